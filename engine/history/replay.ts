/**
 * One flow's history, made from its facts by deciding again with a listener. What the replay keeps is the flow's present position, whatever the
 * number of facts.
 */
import type { CompiledChart, CompiledState } from '#engine/chart/compiled';
import { advance, PhaseError } from '#engine/decide';
import type {
  ActionRequest,
  DecideOptions,
  Fact,
  FlowEvent,
  FlowOutcome,
  Position,
  Round,
  RoundEnd,
  RunContext,
} from '#engine/flow';
import { doneEvent, failedEvent, scheduledEvent, startedEvent } from '#engine/history/action-events';
import type { LooseEvent } from '#engine/history/event';
import { ownEvent } from '#engine/history/own-events';
import type { Json, JsonObject } from '#engine/json';
import { isObject } from '#engine/json-values';
import { maxTransitions } from '#engine/run/advance';
import type { Failure, FailureSource, Trace } from '#engine/run/trace';
import { errorNames } from '#engine/states-error';
import { type EpochMs, epoch } from '#engine/time';

/** A flow whose facts are told again one by one. */
export class FlowReplay implements Trace {
  readonly chart: CompiledChart;
  readonly id: string;
  position: Position;
  /** How the flow ended, once it has. */
  outcome: FlowOutcome | undefined;
  /** Events that the last fact made, in order. */
  readonly events: LooseEvent[] = [];
  /** True where the last fact left the flow at a new split. */
  hasSplit = false;
  private readonly options: { -readonly [K in keyof DecideOptions]: DecideOptions[K] };
  private action: ActionRequest | undefined;
  private awaitsStart = false;
  /** Whether the last decision ended for a commit alone. */
  private goesOn = false;
  /** Whether a distributed Map's run was begun and has not ended. */
  private inMapRun = false;
  private worker: string | undefined;

  constructor(chart: CompiledChart, id: string, position: Position, run: RunContext, token: DecideOptions['token']) {
    this.chart = chart;
    this.id = id;
    this.position = position;
    this.options = { now: epoch(0), seed: id, run, token };
  }

  /** The time of the last fact. */
  get now(): EpochMs {
    return this.options.now;
  }

  /** The options of a decision at a time. */
  at(now: EpochMs): DecideOptions {
    this.options.now = now;
    return this.options;
  }

  /** Takes the next fact. `outputs`: of the children, for a join. */
  take(fact: Fact, outputs: readonly Json[] = []): void {
    this.events.length = 0;
    this.hasSplit = false;
    const [kind, at] = fact;
    this.at(at);
    const event = eventOf(fact, outputs);
    if (event === undefined) {
      this.note(fact);
      return;
    }
    try {
      // Another version of the engine stopped for a commit elsewhere on its way here, which had so many states at most.
      const last = this.position.step + maxTransitions;
      while (this.goesOn && kind !== 'go' && kind !== 'cancel' && this.position.step < last) this.step({ type: 'go' });
      if (this.awaitsStart && kind !== 'cancel') this.start();
      if (kind === 'cancel') this.abort();
      this.step(event);
    } catch (error) {
      // A fact that does not fit (a gap before it, or another version of the engine) is shown, and the rest is told as far as it goes.
      if (!(error instanceof PhaseError)) throw error;
      this.events.push({
        timestamp: at,
        type: 'HistoryGap',
        details: ['historyGapEventDetails', { fact: kind, reason: error.message }],
      });
    }
  }

  private step(event: FlowEvent): void {
    const { position, next } = advance(this.chart, this.position, event, this.options, this);
    this.position = position;
    this.goesOn = next.do === 'go';
    if (next.do === 'end') this.outcome = next.outcome;
  }

  /** A fact of the protocol. */
  private note(fact: Fact): void {
    const [kind, , data] = fact;
    if (kind === 'claimed') {
      this.worker = isObject(data) && typeof data.worker === 'string' ? data.worker : '';
      this.events.push(ownEvent(fact));
      if (this.awaitsStart) this.start();
      return;
    }
    if (kind === 'released' || kind === 'takenOver') this.worker = undefined;
    if (kind !== 'started') this.events.push(ownEvent(fact));
  }

  /** The state that a cancel interrupts. */
  private abort(): void {
    const type = this.chart.states.get(this.position.at)?.type;
    if (type === 'Task' || type === 'Map' || type === 'Parallel' || type === 'Wait') this.push(`${type}StateAborted`);
  }

  private start(): void {
    this.awaitsStart = false;
    if (this.action !== undefined) this.events.push(startedEvent(this.options.now, this.action, this.worker));
  }

  private push(type: string, details?: LooseEvent['details']): void {
    const timestamp = this.options.now;
    this.events.push(details === undefined ? { timestamp, type } : { timestamp, type, details });
  }

  entered(state: CompiledState, input: Json): void {
    this.push(`${state.type}StateEntered`, [
      'stateEnteredEventDetails',
      { name: state.name, input: JSON.stringify(input) },
    ]);
  }

  exited(state: CompiledState, output: Json, assigned: JsonObject | null): void {
    const variables =
      assigned === null || Object.keys(assigned).length === 0 ? null : { assignedVariables: asTexts(assigned) };
    this.push(`${state.type}StateExited`, [
      'stateExitedEventDetails',
      { name: state.name, output: JSON.stringify(output), ...variables },
    ]);
  }

  scheduled(action: ActionRequest): void {
    this.action = action;
    this.awaitsStart = true;
    this.events.push(scheduledEvent(this.options.now, action));
    if (this.worker !== undefined) this.start();
  }

  submitted(output: Json): void {
    if (this.action !== undefined) this.events.push(doneEvent(this.options.now, this.action, output, 'Submitted'));
  }

  succeeded(output: Json): void {
    if (this.action !== undefined) this.events.push(doneEvent(this.options.now, this.action, output, 'Succeeded'));
  }

  failed(state: CompiledState, { error, cause, location }: Failure, source: FailureSource, retried: boolean): void {
    if (source === 'action') {
      if (this.action !== undefined) this.events.push(failedEvent(this.options.now, this.action, error, cause));
      return;
    }
    if (this.inMapRun) {
      this.inMapRun = false;
      this.push('MapRunFailed', [
        'mapRunFailedEventDetails',
        { ...(error === undefined ? null : { error }), ...(cause === undefined ? null : { cause }) },
      ]);
      if (!retried) this.push('MapStateFailed');
      return;
    }
    const inQuery = source === 'evaluation' && error === errorNames.queryEvaluationError;
    if (inQuery)
      this.push('EvaluationFailed', [
        'evaluationFailedEventDetails',
        { state: state.name, error, cause: cause ?? '', ...(location === undefined ? null : { location }) },
      ]);
    if (retried) return;
    if (source === 'branch' || (inQuery && state.type === 'Map')) this.push(`${state.type}StateFailed`);
  }

  retried(state: CompiledState, due: number): void {
    this.push('RetryScheduled', ['retryScheduledEventDetails', { name: state.name, due }]);
  }

  split(state: CompiledState, branches: number, mapRun?: string): void {
    // The children of a distributed Map have histories of their own.
    this.hasSplit = branches > 0 && mapRun === undefined;
    if (state.type === 'Map') this.push('MapStateStarted', ['mapStateStartedEventDetails', { length: branches }]);
    else this.push('ParallelStateStarted');
    if (mapRun === undefined) return;
    this.inMapRun = true;
    this.push('MapRunStarted', ['mapRunStartedEventDetails', { mapRunArn: mapRun }]);
  }

  joined(state: CompiledState): void {
    if (this.inMapRun) {
      this.inMapRun = false;
      this.push('MapRunSucceeded');
    }
    this.push(`${state.type}StateSucceeded`);
  }
}

const asTexts = (variables: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, JSON.stringify(value)]));

/** The event that a fact is the record of; undefined for facts of the protocol. */
const eventOf = (fact: Fact, outputs: readonly Json[]): FlowEvent | undefined => {
  const [kind, , first, second, third, fourth] = fact;
  switch (kind) {
    case 'go':
      return { type: 'go' };
    case 'ok':
      return { type: 'completed', output: first ?? null };
    case 'fail':
      return { type: 'failed', error: String(first), ...(typeof second === 'string' ? { cause: second } : null) };
    case 'read':
      // What the children begin with is needed where they are made, and nowhere else.
      return { type: 'read', round: { ...(first as unknown as Omit<Round, 'starts'>), starts: [] } };
    case 'join':
      return { type: 'joined', outputs, round: roundOf(first) };
    case 'gather':
      return { type: 'gathered', output: first ?? null };
    case 'branch':
      return {
        type: 'branchFailed',
        index: Number(first),
        error: text(second),
        cause: text(third),
        round: roundOf(fourth),
      };
    case 'cancel':
      return {
        type: 'cancelled',
        timedOut: first === true,
        ...(typeof second === 'string' ? { error: second } : null),
        ...(typeof third === 'string' ? { cause: third } : null),
      };
    default:
      return undefined;
  }
};

const roundOf = (value: Json | undefined): RoundEnd | undefined =>
  isObject(value) ? (value as unknown as RoundEnd) : undefined;

const text = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
