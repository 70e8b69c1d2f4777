import type { FlowOutcome } from '#engine/flow';
import type { Json } from '#engine/json';
import type { ActionCall } from '#ports/action';
import { FlowbeatError } from '#ports/errors';
import { isTerminal } from '#ports/flow-record';
import { rootFlow, runId } from '#ports/ids';
import { answerTask } from '#scheduler/callbacks';
import type { Scheduler } from '#scheduler/context';
import { cancel } from '#scheduler/control';
import { startRun } from '#scheduler/start';
import { callbackKey, readToken } from '#scheduler/token';
import type { Case } from '#test/sim/cases';
import { answerOf } from '#test/sim/outcomes';
import type { Stage } from '#test/sim/stage';
import type { Random } from '#test/support/random';

/** What is particular to a client. */
export interface ClientOptions {
  /** What its delays and faults are drawn from: the stage's own source if absent. */
  readonly random?: Random;
  /** Whether what it asks for stands in the store: the protocol must carry it out, whether or not the client asks again. */
  readonly settled?: () => boolean;
  /** Its request was answered, and not refused. */
  readonly answered?: () => void;
  /** It will ask no more, for whatever reason. */
  readonly over?: () => void;
}

/** What a client does: it repeats its request until it has an answer, from another process where its own died. */
export function client(
  stage: Stage,
  name: string,
  work: (s: Scheduler) => Promise<unknown>,
  options: ClientOptions = {},
): void {
  const { world, store } = stage;
  const random = options.random ?? stage.random;
  const process = stage.process(name, options.random);
  const again = () => {
    stage.gone(process);
    if (options.settled?.() && !stage.asksAgain()) options.over?.();
    else world.at(world.now + random.between(50, 2_000), () => client(stage, name, work, options));
  };
  process.onCrash = again;
  work(stage.schedulerOf(process)).then(
    () => {
      stage.gone(process);
      options.answered?.();
      options.over?.();
    },
    (error: unknown) => {
      if (error instanceof FlowbeatError && error.kind !== 'rejected') return again();
      stage.gone(process);
      if (error instanceof FlowbeatError) stage.count(stage.transitions, `rejected.${error.code}`);
      else store.violate(`unexpected: ${(error as Error).stack}`);
      options.over?.();
    },
  );
}

/** Starts the run of a case; now and then two clients do. */
export function startCase(stage: Stage, { name, input }: Case): void {
  const start = { chart: name, version: 1, name: 'r', input };
  const settled = () => stage.store.flows.has(rootFlow(runId(name, 'r')));
  client(stage, 'starter', (s) => startRun(s, start), { settled });
  if (stage.random.chance(0.3)) client(stage, 'starter', (s) => startRun(s, start), { settled });
}

/** Cancels the run of a case. */
export function cancelCase(stage: Stage, { name }: Case): void {
  const run = runId(name, 'r');
  stage.cancelled.add(run);
  const settled = () => stage.store.controls.has(rootFlow(run));
  client(
    stage,
    'canceller',
    async (s) => {
      const root = await s.store.readFlow(rootFlow(run));
      if (root && !isTerminal(root.status)) await cancel(s, root, { error: 'Cancelled' }, s.clock.now());
    },
    { settled },
  );
}

/** Somebody is given a task token, and sooner or later answers, unless it is a question that nobody answers. */
export function asked(stage: Stage, call: ActionCall, token: string): void {
  const answer = answerOf(call.resource.name, call.input as Json);
  if (answer) {
    const said: FlowOutcome = answer.ok
      ? { status: 'Succeeded', output: answer.output }
      : { status: 'Failed', error: answer.error };
    const { step, attempt } = readToken(token);
    const settled = () => stage.store.callbacks.has(`${call.flow}#${callbackKey(step, attempt)}`);
    const answered = () => {
      for (const then of stage.onAnswered) then(token);
    };
    stage.world.at(stage.world.now + stage.random.pick([0, 5, 500, 8_000]), () =>
      client(stage, 'answerer', (s) => answerTask(s, token, said), { settled, answered }),
    );
  }
  for (const then of stage.onAsked) then(token);
}
