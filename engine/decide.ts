/**
 * The engine: what a flow does next.
 *
 * `decide(chart, position, event, options)` runs states one after another until something blocks. It is pure and synchronous, and a
 * decision repeated is the same decision: time, seed and token come in, everything it wants done goes out as data.
 *
 * A flow's modes are the phases of its position. `enter` runs states until one blocks. A Task blocks in `act` until its action is done, then,
 * if its token has to come back, in `callback`. A Wait blocks in `wait`, a failed state that is tried again in `retry`, a Parallel or Map in
 * `split` until its children have ended, a distributed Map also in `read` before each round of them and in `gather` after the last. `end` is for ever. Each event is taken only in the phases named at its handler.
 */
import type { CompiledChart, StateOf } from '#engine/chart/compiled';
import type { ActionRequest, DecideOptions, Decision, Fact, FlowEvent, Next, Position } from '#engine/flow';
import {
  branchFailedFact,
  cancelledFact,
  completedFact,
  failedFact,
  gatheredFact,
  joinedFact,
  readFact,
  wentFact,
} from '#engine/history/facts';
import type { Json } from '#engine/json';
import {
  actAgain,
  endFlow,
  fail,
  leave,
  resultsGathered,
  roundEnded,
  roundRead,
  run,
  splitAgain,
} from '#engine/run/advance';
import { Cursor, PhaseError } from '#engine/run/cursor';
import { gatherResults, readOn, splitRound } from '#engine/run/map-run';
import type { Step } from '#engine/run/step';
import type { Trace } from '#engine/run/trace';
import { actionOf, secondsOf } from '#engine/run/work';
import { errorNames } from '#engine/states-error';
import { type EpochMs, epoch } from '#engine/time';

export { type Batch, Batcher } from '#engine/run/batch';
export { type MapChild, type MapPlan, mapChildPosition, mapPlan } from '#engine/run/map-plan';
export { branchPosition, branchPositions } from '#engine/run/split';
export { PhaseError };

/** Where a run's root flow starts. */
export const startPosition = (chart: CompiledChart, input: Json, now: EpochMs): Position => ({
  at: chart.startAt.name,
  phase: 'enter',
  step: 0,
  input,
  vars: {},
  entered: now,
  attempt: 0,
});

/**
 * Where a flow that ended without success starts again (`redrive`): at the state that failed, with its raw input and variables, all
 * attempts of its Retry open again. Its steps are counted on, so that no action of the new try has the name of an old one.
 */
export const redrivePosition = (position: Position, now: EpochMs): Position => {
  if (position.phase !== 'end') throw new PhaseError(`a flow in phase '${position.phase}' cannot be redriven`);
  return {
    at: position.at,
    phase: 'enter',
    step: position.step,
    input: position.input,
    vars: position.vars,
    entered: now,
    attempt: 0,
    ...(position.item === undefined ? null : { item: position.item }),
  };
};

/**
 * What a flow has started, or is about to, whose end it waits for: the action of a `.sync` Task, as it was asked for. Undefined at any other state. Throws `StatesError`
 * where its parameters fail, and then nothing was started.
 */
export const awaitedAction = (
  chart: CompiledChart,
  position: Position,
  options: DecideOptions,
): ActionRequest | undefined => {
  const cursor = new Cursor(chart, position, options, null);
  const { state } = cursor;
  return state.type === 'Task' && state.work.resource.sync !== undefined ? actionOf(cursor, state) : undefined;
};

/** What the flow does next. Throws `PhaseError` where the event does not belong to the position's phase. */
export const decide = (chart: CompiledChart, position: Position, event: FlowEvent, options: DecideOptions): Decision =>
  advance(chart, position, event, options, null);

/** `decide`, listened to: how history is made from facts on read. */
export const advance = (
  chart: CompiledChart,
  position: Position,
  event: FlowEvent,
  options: DecideOptions,
  trace: Trace | null,
): Decision => {
  const cursor = new Cursor(chart, position, options, trace);
  switch (event.type) {
    case 'go':
      return go(cursor, position);
    case 'completed':
      return complete(cursor, position, event.output);
    case 'failed': {
      expect(position, event, 'act', 'callback', 'read', 'split', 'gather');
      const source = position.phase === 'act' || position.phase === 'callback' ? 'action' : 'branch';
      const step = fail(cursor, event.error, event.cause, undefined, source);
      return decision(cursor, step, failedFact(options.now, event.error, event.cause));
    }
    case 'heartbeat':
      return beat(cursor, position, event.at);
    case 'joined': {
      expect(position, event, 'split');
      if (event.round) {
        return decision(cursor, roundEnded(cursor, event.round, false), joinedFact(options.now, event.round));
      }
      trace?.joined(cursor.state);
      cursor.broke = true;
      return decision(cursor, leave(cursor, event.outputs), joinedFact(options.now));
    }
    case 'branchFailed': {
      expect(position, event, 'split');
      const { index, error, cause, round } = event;
      const fact = branchFailedFact(options.now, index, error, cause, round);
      if (round) return decision(cursor, roundEnded(cursor, round, true), fact);
      const alias = cursor.state.type === 'Parallel' ? errorNames.branchFailed : undefined;
      return decision(cursor, fail(cursor, error, cause, alias, 'branch'), fact);
    }
    case 'read': {
      expect(position, event, 'read');
      return decision(cursor, roundRead(cursor, event.round), readFact(options.now, event.round));
    }
    case 'gathered': {
      expect(position, event, 'gather');
      return decision(cursor, resultsGathered(cursor, event.output), gatheredFact(options.now, event.output));
    }
    case 'cancelled': {
      if (position.phase === 'end') throw new PhaseError('a flow that has ended cannot be cancelled');
      const status = event.timedOut === true ? 'TimedOut' : 'Cancelled';
      const step = endFlow(cursor, {
        status,
        ...(event.error === undefined ? null : { error: event.error }),
        ...(event.cause === undefined ? null : { cause: event.cause }),
      });
      return decision(cursor, step, cancelledFact(options.now, event.timedOut === true, event.error, event.cause));
    }
  }
};

const expect = (position: Position, event: FlowEvent, ...phases: readonly Position['phase'][]): void => {
  if (!phases.includes(position.phase)) {
    throw new PhaseError(`event '${event.type}' does not belong to phase '${position.phase}' (state '${position.at}')`);
  }
};

const decision = (cursor: Cursor, step: Step, fact: Fact): Decision => ({
  position: step.position,
  next: step.next,
  facts: [fact],
  broke: cursor.broke,
});

const noFacts: readonly Fact[] = [];

/** Nothing happens: the flow goes on blocking where it stands. */
const stay = (position: Position, next: Next): Decision => ({ position, next, facts: noFacts, broke: false });

/** Asked again what it wants, the flow wants the same: no fact. Only where its parameters fail now has something happened. */
const again = (cursor: Cursor, position: Position, step: Step): Decision =>
  step.position.phase === position.phase && step.position.step === position.step
    ? stay(position, step.next)
    : decision(cursor, step, wentFact(cursor.options.now));

/** `go`: at the start, after a break or a take-over, when `due` has come. */
const go = (cursor: Cursor, position: Position): Decision => {
  const { now } = cursor.options;
  switch (position.phase) {
    case 'enter': {
      const { refused } = position;
      const step = refused === undefined ? run(cursor) : endFlow(cursor, { status: 'Failed', ...refused });
      return decision(cursor, step, wentFact(now));
    }
    case 'act':
      return again(cursor, position, actAgain(cursor));
    case 'wait':
      if (now < (position.due as number)) return stay(position, { do: 'wait', due: position.due as EpochMs });
      // No break: the flow stands committed at its wait, and whoever takes it over finds that it is over too.
      return decision(cursor, leave(cursor, cursor.input), wentFact(now));
    case 'retry': {
      if (now < (position.due as number)) return stay(position, { do: 'wait', due: position.due as EpochMs });
      return decision(cursor, cursor.state.type === 'Task' ? actAgain(cursor) : splitAgain(cursor), wentFact(now));
    }
    case 'callback': {
      if (position.due === undefined) return stay(position, { do: 'callback' });
      if (now < position.due) return stay(position, { do: 'callback', due: position.due });
      const error = position.dueMeans === 'heartbeat' ? errorNames.heartbeatTimeout : errorNames.timeout;
      // Kept as a failure: heartbeats moved `due` and left no fact, so a replay could not tell which time-out it was.
      return decision(cursor, fail(cursor, error, undefined, undefined, 'action'), failedFact(now, error, undefined));
    }
    case 'read':
      return stay(position, readOn(cursor).next);
    case 'split':
      return position.map === undefined
        ? again(cursor, position, splitAgain(cursor))
        : stay(position, splitRound(cursor, position.branches as number).next);
    case 'gather':
      return stay(position, gatherResults(cursor).next);
    case 'end':
      throw new PhaseError(`the flow has ended (state '${position.at}')`);
  }
};

/** The action (`act`) or the callback (`callback`) succeeded. */
const complete = (cursor: Cursor, position: Position, output: Json): Decision => {
  const { now } = cursor.options;
  const fact = completedFact(now, output);
  if (position.phase === 'act') {
    const { state } = cursor;
    if (state.type === 'Task' && state.work.callback) {
      cursor.trace?.submitted(output);
      return decision(cursor, awaitCallback(cursor), fact);
    }
  } else if (position.phase !== 'callback') {
    throw new PhaseError(`event 'completed' does not belong to phase '${position.phase}' (state '${position.at}')`);
  }
  cursor.trace?.succeeded(output);
  return decision(cursor, leave(cursor, output), fact);
};

/** The action is done: its token has to come back. Time-outs count from here, for only now somebody else has the token for certain. */
const awaitCallback = (cursor: Cursor): Step => {
  const { timeout, heartbeat } = (cursor.state as StateOf<'Task'>).work;
  const timeoutMs = secondsOf(cursor, timeout);
  const heartbeatMs = secondsOf(cursor, heartbeat);
  const { now } = cursor.options;
  const deadline = timeoutMs === undefined ? undefined : epoch(now + timeoutMs);
  cursor.broke = true;
  return callbackStep(cursor, deadline, heartbeatMs === undefined ? undefined : epoch(now + heartbeatMs));
};

const callbackStep = (cursor: Cursor, deadline: EpochMs | undefined, beatDue: EpochMs | undefined): Step => {
  const byBeat = beatDue !== undefined && (deadline === undefined || beatDue < deadline);
  const due = byBeat ? beatDue : deadline;
  if (due === undefined) return { position: cursor.position('callback'), next: { do: 'callback' } };
  const position = cursor.position('callback', {
    due,
    dueMeans: byBeat ? 'heartbeat' : 'timeout',
    ...(deadline === undefined ? null : { deadline }),
  });
  return { position, next: { do: 'callback', due } };
};

/**
 * A sign of life, given at `at`: the heartbeat's `due` is counted from there, and never gets earlier; the end of `TimeoutSeconds` stays. One that
 * was given so long ago that this is past saves nothing.
 */
const beat = (cursor: Cursor, position: Position, at: EpochMs): Decision => {
  if (position.phase !== 'callback') throw new PhaseError(`a heartbeat does not belong to phase '${position.phase}'`);
  const heartbeatMs = secondsOf(cursor, (cursor.state as StateOf<'Task'>).work.heartbeat);
  if (heartbeatMs === undefined) return go(cursor, position);
  const before = position.dueMeans === 'heartbeat' ? (position.due as number) : 0;
  const step = callbackStep(cursor, position.deadline, epoch(Math.max(before, at + heartbeatMs)));
  return go(cursor, step.position);
};
