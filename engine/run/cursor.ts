import type { CompiledChart, CompiledState } from '#engine/chart/compiled';
import type { Scope } from '#engine/expression/expression';
import type { DecideOptions, MapItem, Phase, Position } from '#engine/flow';
import type { Json } from '#engine/json';
import { member } from '#engine/json-values';
import type { Bounds, Pool } from '#engine/jsonata/meter';
import { randomBytes } from '#engine/random';
import type { Trace } from '#engine/run/trace';
import type { EpochMs } from '#engine/time';
import { formatTimestamp } from '#engine/timestamp';

/**
 * Which part of a state draws random values. A decision repeated after a take-over starts at any part, so each has its own numbers.
 */
export const draws = { enter: 0, exit: 1000, retry: 2000, item: 3000 } as const;

/**
 * What the expressions of one state may burn together, those that make the inputs of a Map's items too: as much as so many expressions that each burn what they may, some eight seconds. A chart
 * of 1 MB has room for 30,000 of them, by which a worker would do nothing else for hours.
 */
const expressionsPerState = 50;

/**
 * A flow on its way through one decision: the only thing in the engine that changes, made at the start of `decide` and gone at its end.
 * It is also the scope of expressions, so that none has to be made.
 */
export class Cursor implements Scope {
  readonly chart: CompiledChart;
  readonly options: DecideOptions;
  readonly trace: Trace | null;
  state: CompiledState;
  input: Json;
  vars: { readonly [name: string]: Json };
  step: number;
  entered: EpochMs;
  attempt: number;
  tries: readonly number[] | undefined;
  item: Position['item'];
  map: Position['map'];
  /** Whether a transaction break was passed. */
  broke = false;
  /** Number of the next random draw. */
  draw = 0;
  /** What the expressions of this state, or of a decision that is bounded as a whole, may still burn. */
  readonly fuel: Pool;

  constructor(chart: CompiledChart, position: Position, options: DecideOptions, trace: Trace | null) {
    this.chart = chart;
    this.options = options;
    this.trace = trace;
    this.state = stateAt(chart, position.at);
    this.input = position.input;
    this.vars = position.vars;
    this.step = position.step;
    this.entered = position.entered;
    this.attempt = position.attempt;
    this.tries = position.tries;
    this.item = position.item;
    this.map = position.map;
    this.fuel = options.fuel ?? { left: this.#stateFuel };
  }

  get #stateFuel(): number {
    return expressionsPerState * this.chart.bounds.fuel;
  }

  /** How far each expression may go. */
  get bounds(): Bounds {
    return this.chart.bounds;
  }

  get now(): EpochMs {
    return this.options.now;
  }

  /**
   * The same, at the time at which the state was entered: what makes the children of a split is asked for again and again, and must be the same each time, whatever its expressions
   * make of the time.
   */
  asEntered(): Cursor {
    const { chart, options, trace, entered: now, fuel } = this;
    return now === options.now ? this : new Cursor(chart, this.position('enter'), { ...options, now, fuel }, trace);
  }

  /** Gives the next state its own fuel, where the decision has none as a whole. Returns how much the state before has burnt. */
  refuel(): number {
    if (this.options.fuel !== undefined) return 0;
    const burnt = this.#stateFuel - this.fuel.left;
    this.fuel.left = this.#stateFuel;
    return burnt;
  }

  contextPart(name: string): Json | undefined {
    const { run, context } = this.options;
    // The item whose input is made is always the engine's.
    if (context !== undefined && (name !== 'Map' || this.item === undefined)) {
      const given = member(context, name);
      if (given !== undefined || name !== 'Task') return given;
    }
    switch (name) {
      case 'Execution':
        return {
          Id: run.run,
          Input: run.input,
          Name: run.name,
          RoleArn: '',
          StartTime: formatTimestamp(run.startedAt),
          RedriveCount: 0,
        };
      case 'StateMachine':
        return { Id: `${run.chart}:${run.version}`, Name: run.chart };
      case 'State':
        return {
          Name: this.state.name,
          EnteredTime: formatTimestamp(this.entered),
          // Only states that can be retried have a count (recorded behaviour).
          ...(canRetry.has(this.state.type) ? { RetryCount: this.attempt } : null),
        };
      case 'Task':
        return this.state.type === 'Task' ? { Token: this.options.token(this.step, this.attempt) } : undefined;
      case 'Map':
        return this.item === undefined ? undefined : itemPart(this.item);
      default:
        return undefined;
    }
  }

  context(): Json {
    const { context } = this.options;
    if (context !== undefined) return this.item === undefined ? context : { ...context, Map: itemPart(this.item) };
    const whole: { [part: string]: Json } = {};
    for (const name of ['Execution', 'StateMachine', 'State', 'Task', 'Map']) {
      if (name === 'Task' && !(this.state.type === 'Task' && this.state.work.callback)) continue;
      const part = this.contextPart(name);
      if (part !== undefined) whole[name] = part;
    }
    return whole;
  }

  random(): Uint8Array {
    return randomBytes(this.options.seed, this.step, this.attempt, this.draw++);
  }

  /** Where the flow stands now. Fields in one order, so that positions of a kind share one shape. */
  position(phase: Phase, more?: Pick<Position, 'due' | 'dueMeans' | 'deadline' | 'branches'>): Position {
    const base: Position = {
      at: this.state.name,
      phase,
      step: this.step,
      input: this.input,
      vars: this.vars,
      entered: this.entered,
      attempt: this.attempt,
    };
    if (this.tries === undefined && this.item === undefined && this.map === undefined && more === undefined)
      return base;
    return {
      ...base,
      ...(this.tries === undefined ? null : { tries: this.tries }),
      ...more,
      ...(this.map === undefined ? null : { map: this.map }),
      ...(this.item === undefined ? null : { item: this.item }),
    };
  }
}

/** AWS: "Context object data for Map states". */
const itemPart = ({ index, key, value, source }: MapItem): Json => ({
  Item: {
    Index: index,
    ...(key === undefined ? null : { Key: key }),
    Value: value,
    ...(source === undefined ? null : { Source: source }),
  },
});

const canRetry: ReadonlySet<string> = new Set(['Task', 'Parallel', 'Map']);

/** The state a flow stands at. Throws on a name that the chart does not have: the flow belongs to another chart version. */
export const stateAt = (chart: CompiledChart, name: string): CompiledState => {
  const state = chart.states.get(name);
  if (state === undefined) throw new PhaseError(`chart ${chart.name}:${chart.version} has no state '${name}'`);
  return state;
};

/** A decision that was asked for where it makes no sense: a mistake of the caller, never of the chart. */
export class PhaseError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PhaseError';
  }
}
