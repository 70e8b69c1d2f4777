/**
 * Runs one state with an input and a mock for its work, as the `TestState` API of Step Functions does (AWS: "Testing state machines with TestState API"),
 * and tells what a run would make of it. Pure: it calls nothing, waits for nothing, and keeps nothing.
 *
 * 1. The rules are the engine's own: the state is compiled, entered, left and failed by the functions that run it.
 * 2. Nothing behind the state is run: what it goes to is an end.
 */
import type { CompiledChart, CompiledState } from '#engine/chart/compiled';
import { into } from '#engine/chart/problems';
import { didYouMean } from '#engine/chart/suggest';
import type { DecideOptions, Position } from '#engine/flow';
import type { Json, JsonObject } from '#engine/json';
import { isObject } from '#engine/json-values';
import { fail, leave, run } from '#engine/run/advance';
import { Cursor } from '#engine/run/cursor';
import { matchesError } from '#engine/run/fail';
import { thresholdExceeded } from '#engine/run/map-run';
import type { Step } from '#engine/run/step';
import type { Failure, Trace } from '#engine/run/trace';
import { toleranceOf } from '#engine/run/work';
import { errorNames, StatesError } from '#engine/states-error';
import { checkAnswer, checkExpressions, checkValues, testFuel } from '#engine/test-state/bounded';
import { checkMock } from '#engine/test-state/check-mock';
import { exceeds, readItems } from '#engine/test-state/map-situation';
import { type Probed, probe } from '#engine/test-state/probe';
import { refuse, type TestAnswer, type Tested, TestRefused, type TestRequest } from '#engine/test-state/request';
import { stateUnderTest, testedName, type UnderTest } from '#engine/test-state/state-under-test';
import type { EpochMs } from '#engine/time';

/** Time and chance, which a test has from outside. */
export interface TestOptions {
  readonly now: EpochMs;
  /** Another seed, other random values and another name of the execution. */
  readonly seed: string;
}

/** Tests one state. Never throws; a request that makes no sense is refused with every field that is wrong with the definition, or the first thing else. */
export const testState = (request: TestRequest, options: TestOptions): Tested => {
  try {
    const answer = new StateTest(request, options).answer();
    checkAnswer(answer);
    return { ok: true, answer };
  } catch (error) {
    if (error instanceof TestRefused) return { ok: false, errors: error.problems };
    throw error;
  }
};

class StateTest {
  readonly #request: TestRequest;
  readonly #probed: Probed;
  readonly #chart: CompiledChart;
  readonly #options: DecideOptions;
  readonly #watch: Watch;
  readonly #start: Position;
  /** Attempts that each rule of `Retry` had before the state failed. */
  #tried = 0;

  constructor(request: TestRequest, { now, seed }: TestOptions) {
    checkValues(request);
    const under = stateUnderTest(request.definition, request.stateName);
    checkMock(under, request);
    checkSituation(under, request);
    checkExpressions(under.text, 1);
    const read =
      under.state.type === 'Map' ? readItems(under, request.stateConfiguration?.mapItemReaderData) : undefined;
    this.#request = request;
    this.#probed = probe(under, read?.items);
    if (read?.afterItemsPointer !== undefined) this.#probed.data.afterItemsPointer = read.afterItemsPointer;
    const { state } = this.#probed;
    this.#chart = { ...under.chart, startAt: state, states: new Map(under.chart.states).set(state.name, state) };
    this.#watch = new Watch(state);
    const input = request.input ?? {};
    this.#probed.data.input = input;
    this.#start = {
      at: state.name,
      phase: 'enter',
      step: 0,
      input,
      vars: request.variables ?? {},
      entered: now,
      attempt: 0,
    };
    const { name: chart, version } = under.chart;
    const made: DecideOptions = {
      now,
      seed,
      run: { run: `${chart}:${seed}`, name: seed, chart, version, startedAt: now, input },
      fuel: { left: testFuel },
      token: (step, attempt) => `${seed}-${step}-${attempt}`,
    };
    this.#options = { ...made, context: request.context ?? this.#context(made) };
  }

  answer(): TestAnswer {
    // Entering a state begins with no attempt; those that the test speaks of are set behind it.
    let step = run(this.#at(this.#start));
    if (step.position.phase === 'wait') step = leave(this.#at(step.position), null);
    if (step.position.phase === 'act' || step.position.phase === 'split') step = this.#work(step);
    return this.#tell(step);
  }

  #at(position: Position): Cursor {
    return new Cursor(this.#chart, position, this.#options, this.#watch);
  }

  /** The context object of a run, as far as a test has one: Step Functions names no role where none was given, and no redrive. */
  #context(made: DecideOptions): JsonObject {
    const attempt = this.#request.stateConfiguration?.retrierRetryCount ?? 0;
    const { Execution, State, ...others } = new Cursor(
      this.#chart,
      { ...this.#start, attempt },
      made,
      null,
    ).context() as {
      readonly [part: string]: JsonObject;
    };
    const { RedriveCount: _, ...execution } = Execution as JsonObject;
    return {
      Execution: { ...execution, RoleArn: this.#request.roleArn ?? null },
      ...others,
      State: { ...State, Name: testedName },
    };
  }

  /** The mock in the place of the state's work. */
  #work(entered: Step): Step {
    const { mock, stateConfiguration: situation = {} } = this.#request;
    const { state } = this.#probed;
    const tried = situation.retrierRetryCount ?? 0;
    this.#tried = tried;
    const cursor = this.#at({ ...entered.position, attempt: tried, tries: state.retry.map(() => tried) });
    try {
      this.#probed.noteBatches(cursor);
    } catch (error) {
      if (!(error instanceof StatesError)) throw error;
      return fail(cursor, error.error, error.message, error.alias, 'evaluation');
    }
    if (state.type === 'Map' && this.#failsByCount(state, entered, cursor)) {
      const { error, cause } = thresholdExceeded;
      return fail(cursor, error, cause, undefined, 'branch');
    }
    const { result, errorOutput } = mock ?? {};
    if (errorOutput !== undefined) {
      const alias = state.type === 'Parallel' ? errorNames.branchFailed : undefined;
      const source = state.type === 'Task' ? 'action' : 'branch';
      return fail(cursor, errorOutput.error, errorOutput.cause, alias, source);
    }
    if (state.type === 'Task') this.#probed.data.result = result as Json;
    return leave(cursor, result as Json);
  }

  /** Whether the Map's items failed too often, where no error is mocked; notes its bounds. */
  #failsByCount(state: Extract<CompiledState, { type: 'Map' }>, { next }: Step, cursor: Cursor): boolean {
    const { data, items } = this.#probed;
    const { mock, stateConfiguration: situation = {} } = this.#request;
    const tolerance = toleranceOf(cursor, state.work.tolerances);
    if (next.do === 'split') data.maxConcurrency = next.maxConcurrency;
    if (tolerance.count !== undefined) data.toleratedFailureCount = tolerance.count;
    if (tolerance.percentage !== undefined) data.toleratedFailurePercentage = tolerance.percentage;
    const { mapIterationFailureCount: failures } = situation;
    if (failures === undefined) return false;
    const known = items()?.length;
    if (known !== undefined && failures > known)
      refuse(
        'INVALID_STATE_CONFIGURATION',
        '/stateConfiguration/mapIterationFailureCount',
        `'mapIterationFailureCount' is ${failures}, and the Map has ${known} items.`,
      );
    const all = known ?? (Array.isArray(mock?.result) ? mock.result.length : 0);
    return mock?.errorOutput === undefined && exceeds(failures, all, tolerance);
  }

  #tell({ position, next }: Step): TestAnswer {
    const { failure, left, nextState } = this.#watch;
    const failed = { ...textOf('error', failure?.error), ...textOf('cause', failure?.cause) };
    if (position.phase === 'retry') {
      const retryIndex = position.tries?.findIndex((tries) => tries > this.#tried) ?? 0;
      const retryBackoffIntervalSeconds = Math.round(((position.due as number) - this.#options.now) / 1000);
      this.#probed.data.errorDetails = { retryIndex, retryBackoffIntervalSeconds };
      return { status: 'RETRIABLE', ...failed, ...this.#inspection() };
    }
    if (next.do === 'end' && next.outcome.status !== 'Succeeded') {
      const { error, cause } = next.outcome;
      return { status: 'FAILED', ...textOf('error', error), ...textOf('cause', cause), ...this.#inspection() };
    }
    const outcome = { output: left?.output ?? null, ...(nextState === undefined ? null : { nextState }) };
    if (failure === undefined) return { status: 'SUCCEEDED', ...outcome, ...this.#inspection() };
    const catchIndex = this.#probed.state.catch.findIndex(({ errorEquals }) => matchesError(errorEquals, failure));
    this.#probed.data.errorDetails = { catchIndex };
    return { status: 'CAUGHT_ERROR', ...failed, ...outcome, ...this.#inspection() };
  }

  #inspection(): Pick<TestAnswer, 'inspectionData'> {
    const { inspectionLevel: level = 'INFO', variables } = this.#request;
    if (level === 'INFO') return {};
    const all = { ...variables, ...this.#watch.left?.assigned };
    if (Object.keys(all).length > 0) this.#probed.data.variables = all;
    return { inspectionData: this.#probed.data };
  }
}

const textOf = <F extends 'error' | 'cause'>(field: F, text: string | undefined): { readonly [K in F]?: string } =>
  (text === undefined ? {} : { [field]: text }) as { readonly [K in F]?: string };

const contextParts = ['Execution', 'StateMachine', 'State', 'Task', 'Map'];

/** Refuses a context and a configuration that do not belong to the state. Throws `TestRefused`. */
const checkSituation = (under: UnderTest, { mock, context, stateConfiguration: situation = {} }: TestRequest): void => {
  const wrong = (field: string, message: string): never =>
    refuse('INVALID_STATE_CONFIGURATION', `/stateConfiguration/${field}`, message);
  if (context !== undefined && mock === undefined)
    refuse('INVALID_CONTEXT', '/context', "A 'context' may be given only together with a 'mock'.");
  for (const [part, value] of Object.entries(context ?? {})) {
    const at = into('/context', part);
    if (!contextParts.includes(part))
      refuse('INVALID_CONTEXT', at, `The context object has no part '${part}'.`, didYouMean(part, contextParts));
    if (!isObject(value)) refuse('INVALID_CONTEXT', at, `The part '${part}' of the context object must be an object.`);
  }
  for (const [field, value] of Object.entries(situation)) {
    if (value !== undefined && mock === undefined) wrong(field, `'${field}' may be given only together with a 'mock'.`);
  }
  const { type } = under.state;
  for (const field of ['mapIterationFailureCount', 'mapItemReaderData'] as const) {
    if (situation[field] !== undefined && type !== 'Map')
      wrong(field, `'${field}' belongs to a Map state, not to a ${type}.`);
  }
  const { errorCausedByState: inner } = situation;
  if (inner !== undefined && !under.inside.has(inner))
    wrong('errorCausedByState', `There is no state '${inner}' inside the tested ${type} state.`);
};

/** Notes what the engine does with the tested state, and where it goes. */
class Watch implements Trace {
  readonly #state: CompiledState;
  left: { readonly output: Json; readonly assigned: JsonObject | null } | undefined;
  failure: Failure | undefined;
  nextState: string | undefined;

  constructor(state: CompiledState) {
    this.#state = state;
  }

  entered(state: CompiledState): void {
    if (state.name !== this.#state.name) this.nextState ??= state.name;
  }
  exited(state: CompiledState, output: Json, assigned: JsonObject | null): void {
    if (state === this.#state) this.left ??= { output, assigned };
  }
  failed(state: CompiledState, failure: Failure): void {
    if (state === this.#state) this.failure = failure;
  }
  scheduled(): void {}
  submitted(): void {}
  succeeded(): void {}
  retried(): void {}
  split(): void {}
  joined(): void {}
}
