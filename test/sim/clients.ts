import type { FlowOutcome } from '#engine/flow';
import { FlowbeatError } from '#ports/errors';
import { isTerminal } from '#ports/flow-record';
import { rootFlow, runId } from '#ports/ids';
import { answerTask } from '#scheduler/callbacks';
import type { Scheduler } from '#scheduler/context';
import { cancel } from '#scheduler/control';
import { startRun } from '#scheduler/start';
import type { Case } from '#test/sim/cases';
import type { Outcome } from '#test/sim/outcomes';
import type { Stage } from '#test/sim/stage';

/** What a client does: it repeats its request until it has an answer, from another process where its own died. */
export function client(stage: Stage, name: string, work: (s: Scheduler) => Promise<unknown>): void {
  const { world, random, store } = stage;
  const process = stage.process(name);
  const again = () => world.at(world.now + random.between(50, 2_000), () => client(stage, name, work));
  process.onCrash = () => {
    stage.gone(process);
    again();
  };
  work(stage.schedulerOf(process)).then(
    () => stage.gone(process),
    (error: unknown) => {
      stage.gone(process);
      if (error instanceof FlowbeatError && error.kind === 'rejected') return;
      if (!(error instanceof FlowbeatError)) store.violate(`unexpected: ${(error as Error).stack}`);
      else again();
    },
  );
}

/** Starts the run of a case; now and then two clients do. */
export function startCase(stage: Stage, { name, input }: Case): void {
  const start = { chart: name, version: 1, name: 'r', input };
  client(stage, 'starter', (s) => startRun(s, start));
  if (stage.random.chance(0.3)) client(stage, 'starter', (s) => startRun(s, start));
}

/** Cancels the run of a case. */
export function cancelCase(stage: Stage, { name }: Case): void {
  client(stage, 'canceller', async (s) => {
    const root = await s.store.readFlow(rootFlow(runId(name, 'r')));
    if (root && !isTerminal(root.status)) await cancel(s, root, { error: 'Cancelled' }, s.clock.now());
  });
}

/** Sooner or later somebody answers a task token. */
export function answerToken(stage: Stage, token: string, outcome: Outcome): void {
  const said: FlowOutcome = outcome.ok
    ? { status: 'Succeeded', output: outcome.output }
    : { status: 'Failed', error: outcome.error };
  stage.world.at(stage.world.now + stage.random.pick([0, 5, 500, 8_000]), () =>
    client(stage, 'answerer', (s) => answerTask(s, token, said)),
  );
}
