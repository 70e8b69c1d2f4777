/**
 * Running states: entering one after another, leaving, failing. Each function moves the cursor and returns where the flow blocks.
 */
import type { CompiledState, StateOf } from '#engine/chart/compiled';
import type { CompiledExpression } from '#engine/expression/expression';
import { unexpectedType } from '#engine/expression/jsonata-template';
import type { FlowOutcome, Round, RoundEnd } from '#engine/flow';
import type { Json } from '#engine/json';
import { type Cursor, draws, PhaseError } from '#engine/run/cursor';
import { countTry, matchesError, retrierFor, retryDelay } from '#engine/run/fail';
import { applyResult, assign, outputOf, withVariables } from '#engine/run/leave';
import { endRound, startMapRun, takeRound, thresholdExceeded } from '#engine/run/map-run';
import { countBranches } from '#engine/run/split';
import type { Step } from '#engine/run/step';
import type { Failure, FailureSource } from '#engine/run/trace';
import { waitUntil } from '#engine/run/wait';
import { actionOf, concurrencyOf, effectiveInput, toleranceOf } from '#engine/run/work';
import { errorNames, StatesError } from '#engine/states-error';
import { epoch } from '#engine/time';

/** States entered in one decision at most. An endless loop of Pass states thus yields to others, and is committed, every so often. */
export const maxTransitions = 200;

/** No other state is entered in a decision whose expressions have burnt as much as so many may: what they came to is committed first. */
const enoughExpressions = 5;

/** Enters the state the cursor stands at and goes on until something blocks. */
export const run = (cursor: Cursor): Step => {
  let burnt = cursor.refuel();
  const enough = enoughExpressions * cursor.bounds.fuel;
  for (let entered = 0; entered < maxTransitions && burnt < enough; entered++) {
    const step = enter(cursor);
    if (step !== null) return step;
    burnt += cursor.refuel();
  }
  cursor.broke = true;
  return { position: cursor.position('enter'), next: { do: 'go' } };
};

/** Enters one state: the step where it blocks, or null when the flow has moved on to the next. */
const enter = (cursor: Cursor): Step | null => {
  const { state } = cursor;
  cursor.step++;
  cursor.entered = cursor.options.now;
  cursor.attempt = 0;
  cursor.tries = undefined;
  cursor.map = undefined;
  cursor.draw = draws.enter;
  cursor.trace?.entered(state, cursor.input);
  try {
    switch (state.type) {
      case 'Task':
        return act(cursor);
      case 'Pass':
        return moveOn(cursor, state, passResult(cursor, state));
      case 'Choice':
        return choose(cursor, state);
      case 'Wait':
        return wait(cursor, state);
      case 'Succeed':
        return moveOn(cursor, state, effectiveInput(cursor, state));
      case 'Fail':
        return failState(cursor, state);
      default:
        return split(cursor, state);
    }
  } catch (error) {
    return failWith(cursor, error);
  }
};

/** `act`: the Task's action is to be run. */
export const act = (cursor: Cursor): Step => {
  const { state } = cursor;
  if (state.type !== 'Task') throw new PhaseError(`state '${state.name}' is a ${state.type} and has no action`);
  const action = actionOf(cursor, state);
  cursor.trace?.scheduled(action);
  return { position: cursor.position('act'), next: { do: 'act', action } };
};

const passResult = (cursor: Cursor, state: StateOf<'Pass'>): Json => {
  const input = state.inputPath === null && state.parameters === null ? cursor.input : effectiveInput(cursor, state);
  return state.work.result === undefined ? input : state.work.result;
};

const choose = (cursor: Cursor, state: StateOf<'Choice'>): null => {
  const input = effectiveInput(cursor, state);
  for (const rule of state.work.rules) {
    if (!rule.condition(input, cursor)) continue;
    return take(cursor, state, input, rule.next, rule.output, assign(cursor, rule.assign, input));
  }
  const { otherwise } = state.work;
  if (otherwise === null) {
    throw new StatesError(
      errorNames.runtime,
      'Failed to transition out of the state. The state does not point to a next state.',
      errorNames.noChoiceMatched,
    );
  }
  return take(cursor, state, input, otherwise, state.output, assign(cursor, state.assign, input));
};

const take = (
  cursor: Cursor,
  state: StateOf<'Choice'>,
  input: Json,
  next: CompiledState,
  made: CompiledExpression | null,
  assigned: { readonly [name: string]: Json } | null,
): null => {
  const shape = made ?? state.outputPath;
  const output = shape === null ? input : shape.evaluate(input, cursor);
  if (assigned !== null) cursor.vars = withVariables(cursor.vars, assigned);
  cursor.trace?.exited(state, output, assigned);
  if (state.breaks) cursor.broke = true;
  cursor.state = next;
  cursor.input = output;
  return null;
};

const wait = (cursor: Cursor, state: StateOf<'Wait'>): Step | null => {
  const input = effectiveInput(cursor, state);
  const due = waitUntil(cursor, state, input);
  // A wait that is over already costs no commit.
  if (due <= cursor.options.now) return moveOn(cursor, state, input);
  cursor.broke = true;
  return { position: cursor.position('wait', { due }), next: { do: 'wait', due } };
};

const failState = (cursor: Cursor, state: StateOf<'Fail'>): Step => {
  const error = text(cursor, state.work.error, 'Error');
  const cause = text(cursor, state.work.cause, 'Cause');
  return endFlow(cursor, {
    status: 'Failed',
    ...(error === undefined ? null : { error }),
    ...(cause === undefined ? null : { cause }),
  });
};

const text = (cursor: Cursor, expression: CompiledExpression | null, field: string): string | undefined => {
  if (expression === null) return undefined;
  const value = expression.evaluate(cursor.input, cursor);
  if (typeof value === 'string') return value;
  if (expression.kind === 'jsonata') throw unexpectedType(expression, field, 'string', value);
  throw new StatesError(errorNames.runtime, `The ${field}Path field does not refer to a string`);
};

/** `act` of a state entered before: its action is asked for again, or its parameters fail now. */
export const actAgain = (cursor: Cursor): Step => {
  try {
    return act(cursor);
  } catch (error) {
    return failWith(cursor, error) ?? run(cursor);
  }
};

/** A Parallel or an inline Map splits at once, a distributed Map reads its items first. */
const split = (cursor: Cursor, state: StateOf<'Parallel' | 'Map'>): Step | null =>
  state.type === 'Map' && state.work.mapRun !== null
    ? startMapRun(cursor, state as StateOf<'Map'>)
    : splitInto(cursor, state);

/** `split`: children are to be made. A Map without items is over at once: null, the flow has moved on. */
const splitInto = (cursor: Cursor, state: StateOf<'Parallel' | 'Map'>): Step | null => {
  const branches = countBranches(cursor, state);
  const maxConcurrency = concurrencyOf(cursor, state.work.maxConcurrency);
  toleranceOf(cursor, state.work.tolerances);
  cursor.trace?.split(state, branches);
  if (branches === 0) {
    cursor.trace?.joined(state);
    return moveOn(cursor, state, []);
  }
  cursor.broke = true;
  return { position: cursor.position('split', { branches }), next: { do: 'split', branches, maxConcurrency } };
};

/** `split` of a state entered before: after a take-over, or tried again. */
export const splitAgain = (cursor: Cursor): Step => {
  try {
    return split(cursor, cursor.state as StateOf<'Parallel' | 'Map'>) ?? run(cursor);
  } catch (error) {
    return failWith(cursor, error) ?? run(cursor);
  }
};

/** A round of a distributed Map's items was read. */
export const roundRead = (cursor: Cursor, round: Round): Step => mapStep(cursor, () => takeRound(cursor, round));

/** A round of a distributed Map has ended; `broken`: by a failure that is not tolerated. */
export const roundEnded = (cursor: Cursor, round: RoundEnd, broken: boolean): Step =>
  mapStep(cursor, () => endRound(cursor, round, broken) ?? failMap(cursor));

/** The results of a distributed Map were put together. */
export const resultsGathered = (cursor: Cursor, output: Json): Step => {
  cursor.broke = true;
  if (cursor.map?.exceeded) return failMap(cursor);
  cursor.trace?.joined(cursor.state);
  return leave(cursor, output);
};

const failMap = (cursor: Cursor): Step =>
  fail(cursor, thresholdExceeded.error, thresholdExceeded.cause, undefined, 'branch');

const mapStep = (cursor: Cursor, step: () => Step): Step => {
  try {
    return step();
  } catch (error) {
    return failWith(cursor, error) ?? run(cursor);
  }
};

/** Leaves the state with its result, then runs on. */
export const leave = (cursor: Cursor, result: Json): Step => {
  const { state } = cursor;
  try {
    return moveOn(cursor, state, state.type === 'Wait' ? effectiveInput(cursor, state) : result) ?? run(cursor);
  } catch (error) {
    return failWith(cursor, error) ?? run(cursor);
  }
};

/** Works out the output and moves to the next state, or ends the flow. */
const moveOn = (cursor: Cursor, state: CompiledState, result: Json): Step | null => {
  const output = outputOf(cursor, state, result);
  if (state.breaks) cursor.broke = true;
  if (state.next === null) return endFlow(cursor, { status: 'Succeeded', output });
  cursor.state = state.next;
  cursor.input = output;
  return null;
};

/** The flow has ended. A success drops its input; any other end keeps state and input for a redrive. */
export const endFlow = (cursor: Cursor, outcome: FlowOutcome): Step => {
  cursor.broke = true;
  cursor.map = undefined;
  if (outcome.status === 'Succeeded') {
    cursor.input = null;
    cursor.vars = noVars;
    cursor.tries = undefined;
    cursor.item = undefined;
  }
  return { position: cursor.position('end'), next: { do: 'end', outcome } };
};

const noVars: { readonly [name: string]: Json } = {};

/** The state failed: it is tried again, its error is caught, or the flow ends. Runs on after a Catch. */
export const fail = (
  cursor: Cursor,
  error: string | undefined,
  cause: string | undefined,
  alias: string | undefined,
  source: FailureSource,
): Step => handle(cursor, { error, cause, alias }, source) ?? run(cursor);

const failWith = (cursor: Cursor, error: unknown): Step | null => {
  // A value nested deeper than the stack, a text longer than a string may be: the data's fault, which fails the state and not the worker.
  if (error instanceof RangeError) return failWith(cursor, new StatesError(errorNames.runtime, error.message));
  if (!(error instanceof StatesError)) throw error;
  const { error: name, message: cause, alias, location } = error;
  return handle(cursor, { error: name, cause, alias, location }, 'evaluation');
};

const handle = (cursor: Cursor, failure: Failure, source: FailureSource): Step | null => {
  const { state } = cursor;
  const rule = retrierFor(state, failure, cursor.tries);
  cursor.trace?.failed(state, failure, source, rule >= 0);
  if (rule >= 0) return retry(cursor, rule);
  for (const catcher of state.catch) {
    if (!matchesError(catcher.errorEquals, failure)) continue;
    const output = { Error: failure.error ?? '', Cause: failure.cause ?? '' };
    try {
      cursor.draw = draws.exit;
      const assigned = assign(cursor, catcher.assign, output);
      const input =
        catcher.output === null
          ? applyResult(cursor, output, catcher.resultPath)
          : catcher.output.evaluate(output, cursor);
      if (assigned !== null) cursor.vars = withVariables(cursor.vars, assigned);
      cursor.trace?.exited(state, input, assigned);
      if (state.breaks) cursor.broke = true;
      cursor.state = catcher.next;
      cursor.input = input;
      return null;
    } catch (error) {
      if (!(error instanceof StatesError)) throw error;
      return endFailed(cursor, { error: error.error, cause: error.message, alias: undefined });
    }
  }
  return endFailed(cursor, failure);
};

const endFailed = (cursor: Cursor, failure: Failure): Step =>
  endFlow(cursor, {
    status: 'Failed',
    ...(failure.error === undefined ? null : { error: failure.error }),
    ...(failure.cause === undefined ? null : { cause: failure.cause }),
  });

const retry = (cursor: Cursor, index: number): Step => {
  const { state } = cursor;
  const rule = state.retry[index];
  if (rule === undefined) throw new PhaseError(`state '${state.name}' has no Retry rule ${index}`);
  const delay = retryDelay(cursor, rule, cursor.tries?.[index] ?? 0);
  cursor.tries = countTry(cursor.tries, index, state.retry.length);
  cursor.attempt++;
  cursor.map = undefined;
  cursor.broke = true;
  const due = epoch(cursor.options.now + delay);
  cursor.trace?.retried(state, due);
  return { position: cursor.position('retry', { due }), next: { do: 'wait', due } };
};
