// Handlers for the tests of threads.
import { threadId } from 'node:worker_threads';
import { type ActivityContext, ActivityError, defineActivities } from '#sdk/worker';

const block = () => {
  for (;;);
};
const thread = <I, O>(handler: (input: I, ctx: ActivityContext) => O) => ({ handler, isolate: 'thread' as const });

export default defineActivities({
  where: thread(() => threadId),
  names: thread((input: unknown, { idempotencyKey, attempt, run, chart, state, taskToken }) => {
    return { input, names: [idempotencyKey, attempt, run, chart, state, taskToken] };
  }),
  declines: thread(() => {
    throw new ActivityError('Card.Declined', 'no funds');
  }),
  big: thread(() => 1n),
  talks: thread((_: unknown, { log }) => log.warn('from afar', { a: 1 })),
  blocks: thread((_: unknown, { log, heartbeat }) => {
    log('begun');
    heartbeat('alive');
    block();
  }),
  listens: thread(
    (_: unknown, { signal, log }) =>
      new Promise((resolve) => {
        log('begun');
        signal.addEventListener('abort', () => resolve('heard'));
      }),
  ),
  beats: thread((_: unknown, { heartbeat }) => {
    const end = performance.now() + 500;
    while (performance.now() < end) heartbeat();
    return 'done';
  }),
  resumes: thread(async (_: unknown, { checkpoint, checkpointed }) => {
    const before = await checkpointed<number>();
    await checkpoint({ after: before ?? 0 });
    return before ?? null;
  }),
  exits: thread(() => process.exit(3)),
  crashes: thread(() => {
    setTimeout(() => {
      throw new RangeError('in the background');
    });
    return new Promise(() => {});
  }),
});
