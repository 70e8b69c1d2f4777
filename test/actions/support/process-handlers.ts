// Handlers for the tests of processes.
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { type ActivityContext, ActivityError, defineActivities } from '#sdk/worker';

const block = () => {
  for (;;);
};
const apart = <I, O>(handler: (input: I, ctx: ActivityContext) => O) => ({ handler, isolate: 'process' as const });

export default defineActivities({
  where: apart(() => process.pid),
  environment: apart(() => ({ ...process.env })),
  names: apart((input: unknown, { idempotencyKey, attempt, run, chart, state, taskToken }) => {
    return { input, names: [idempotencyKey, attempt, run, chart, state, taskToken] };
  }),
  declines: apart(() => {
    throw new ActivityError('Card.Declined', 'no funds');
  }),
  big: apart(() => 'x'.repeat(17 * 2 ** 20)),
  talks: apart((_: unknown, { log }) => log.warn('from afar', { a: 1 })),
  blocks: apart((_: unknown, { log, heartbeat }) => {
    log('begun');
    heartbeat('alive');
    block();
  }),
  /** Writes its own process id and that of a child, then blocks. */
  parents: apart((file: string) => {
    const child = spawn('sleep', ['600'], { stdio: 'ignore' });
    appendFileSync(file, `${process.pid}\n${child.pid}\n`);
    block();
  }),
  listens: apart(
    (_: unknown, { signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve('heard'));
      }),
  ),
  beats: apart((_: unknown, { heartbeat }) => {
    const end = performance.now() + 2_000;
    while (performance.now() < end) heartbeat();
    return 'done';
  }),
  resumes: apart(async (_: unknown, { checkpoint, checkpointed }) => {
    const before = await checkpointed<number>();
    await checkpoint({ after: before ?? 0 });
    return before ?? null;
  }),
  exits: apart(() => process.exit(3)),
  crashes: apart(() => {
    process.abort();
  }),
});
