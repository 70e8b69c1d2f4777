/**
 * A chart version ready to run. Every state has the same fields in the same order whatever its type, so that the engine's loop
 * reads one shape of object.
 */
import type { ScheduleTrigger } from '#engine/chart/chart';
import type { CompiledExpression, Scope } from '#engine/expression/expression';
import type { ReferencePath } from '#engine/expression/reference-path';
import type { Resource } from '#engine/flow';
import type { Json, JsonObject } from '#engine/json';
import type { Bounds } from '#engine/jsonata/meter';

/** The eight types of state of the Amazon States Language. */
export type StateType = 'Task' | 'Pass' | 'Choice' | 'Wait' | 'Succeed' | 'Fail' | 'Parallel' | 'Map';

/** A number of a chart, or the expression that gives it. */
export type NumberSource =
  | { readonly value: number }
  | { readonly field: string; readonly expression: CompiledExpression };

/** One rule of `Retry`. */
export interface Retrier {
  readonly errorEquals: ReadonlySet<string>;
  readonly intervalMs: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  /** Infinity where there is no bound. */
  readonly maxDelayMs: number;
  readonly jitter: boolean;
}

/** One rule of `Catch`. */
export interface Catcher {
  readonly errorEquals: ReadonlySet<string>;
  readonly next: CompiledState;
  readonly resultPath: ResultPath;
  /** JSONata's `Output`; null: what `resultPath` makes of the error output. */
  readonly output: CompiledExpression | null;
  readonly assign: CompiledExpression | null;
}

/** `ResultPath`: null replaces the input by the result, `discard` drops the result. */
export type ResultPath = ReferencePath | 'discard' | null;

/** What a Choice rule comes to. */
export type Condition = (root: Json, scope: Scope) => boolean;

/** One rule of a Choice state. */
export interface ChoiceRule {
  readonly condition: Condition;
  readonly next: CompiledState;
  /** JSONata's `Output`; null: the state's input. */
  readonly output: CompiledExpression | null;
  readonly assign: CompiledExpression | null;
}

/** What a Task does. */
export interface TaskWork {
  readonly resource: Resource;
  readonly callback: boolean;
  /** The queue whose workers run the action. */
  readonly queue: string;
  readonly timeout: NumberSource | null;
  readonly heartbeat: NumberSource | null;
  /** `Credentials`: gives `{RoleArn}`; null: none. */
  readonly credentials: CompiledExpression | null;
}

/** What a Choice does. */
export interface ChoiceWork {
  readonly rules: readonly ChoiceRule[];
  readonly otherwise: CompiledState | null;
}

/** What a Wait does: one of the four forms. Seconds are kept as they are, the timestamp as milliseconds since the epoch. */
export type WaitWork =
  | { readonly form: 'Seconds'; readonly value: number }
  | { readonly form: 'Timestamp'; readonly value: number }
  | { readonly form: 'SecondsPath'; readonly expression: CompiledExpression }
  | { readonly form: 'TimestampPath'; readonly expression: CompiledExpression };

/** What a Fail says. */
export interface FailWork {
  readonly error: CompiledExpression | null;
  readonly cause: CompiledExpression | null;
}

/** What a Parallel or a Map splits into. */
export interface SplitWork {
  /** Where each branch starts; a Map has one. */
  readonly starts: readonly CompiledState[];
  /** Whether it is written in JSONata. */
  readonly jsonata: boolean;
  /** Map: where its items are; null: the effective input. */
  readonly items: CompiledExpression | null;
  /** Map: the input of one item's child; null: the item itself. */
  readonly itemSelector: CompiledExpression | null;
  readonly maxConcurrency: NumberSource;
  /** Map: how many items may fail. Their values are checked on entry; only a distributed Map tolerates any. */
  readonly tolerances: Tolerances;
  /** Whether states below ask for `$$.Map`, so that children keep their item. */
  readonly keepItem: boolean;
  /** What a distributed Map has beside, whose children do not see the variables of the parent; null: an inline Map, a Parallel. */
  readonly mapRun: MapRunWork | null;
}

/** How many items of a Map may fail: `ToleratedFailureCount`, `ToleratedFailurePercentage`. */
export interface Tolerances {
  readonly count: NumberSource | null;
  readonly percentage: NumberSource | null;
}

/** What a distributed Map reads, puts together and writes (AWS: "Distributed Map"). */
export interface MapRunWork {
  /** `Label`, or the state's name. */
  readonly label: string;
  /** `ItemReader`; null: the items are in the state's input. */
  readonly reader: ReaderWork | null;
  /** `ItemBatcher`; null: an item a child. */
  readonly batcher: BatcherWork | null;
  /** `ResultWriter`; null: the results are the state's output as they are. */
  readonly writer: WriterWork | null;
}

/** `ItemReader`. */
export interface ReaderWork {
  readonly resource: 's3:getObject' | 's3:listObjectsV2';
  /** `Parameters` or `Arguments`; null: none. */
  readonly input: CompiledExpression | null;
  /** `ReaderConfig` as written. */
  readonly config: JsonObject;
  readonly maxItems: NumberSource | null;
}

/** `ItemBatcher`. */
export interface BatcherWork {
  readonly maxItems: NumberSource | null;
  readonly maxBytes: NumberSource | null;
  /** `BatchInput`, which each batch has beside its items; null: none. */
  readonly input: CompiledExpression | null;
}

/** `ResultWriter`. */
export interface WriterWork {
  /** `Parameters` or `Arguments` with `Bucket` and `Prefix`; null: the results are the state's output. */
  readonly place: CompiledExpression | null;
  readonly transformation: 'NONE' | 'COMPACT' | 'FLATTEN';
  readonly outputType: 'JSON' | 'JSONL';
}

interface CommonState {
  readonly name: string;
  /** The state that follows; null: the flow's end (`End: true`, Succeed, Fail) or, in a Choice, not given. */
  readonly next: CompiledState | null;
  /** The Parallel or Map state this one is inside of; null at the top. */
  readonly enclosing: CompiledState | null;
  /** Which branch of `enclosing` it is in; 0 for a Map and at the top. */
  readonly branch: number;
  /** Whether leaving it is a transaction break. */
  readonly breaks: boolean;
  readonly inputPath: CompiledExpression | null;
  readonly parameters: CompiledExpression | null;
  readonly resultSelector: CompiledExpression | null;
  readonly resultPath: ResultPath;
  readonly outputPath: CompiledExpression | null;
  /** JSONata's `Output`; null: the result as it is. */
  readonly output: CompiledExpression | null;
  readonly assign: CompiledExpression | null;
  readonly retry: readonly Retrier[];
  readonly catch: readonly Catcher[];
}

/** A state ready to run. `work` is what its type adds. */
export type CompiledState = CommonState &
  (
    | { readonly type: 'Task'; readonly work: TaskWork }
    | { readonly type: 'Pass'; readonly work: { readonly result: Json | undefined } }
    | { readonly type: 'Choice'; readonly work: ChoiceWork }
    | { readonly type: 'Wait'; readonly work: WaitWork }
    | { readonly type: 'Succeed'; readonly work: null }
    | { readonly type: 'Fail'; readonly work: FailWork }
    | { readonly type: 'Parallel'; readonly work: SplitWork }
    | { readonly type: 'Map'; readonly work: SplitWork }
  );

/** A state of one type. */
export type StateOf<T extends StateType> = Extract<CompiledState, { readonly type: T }>;

/** A chart version ready to run. `compileChart` makes it. */
export interface CompiledChart {
  readonly name: string;
  readonly version: number;
  readonly queue: string;
  readonly queues: { readonly [activity: string]: string };
  readonly breaks: 'every-action' | readonly string[];
  readonly failover: 'on' | 'off';
  readonly triggers: readonly ScheduleTrigger[];
  /** The bounds of each of its expressions. */
  readonly bounds: Bounds;
  readonly startAt: CompiledState;
  /** All states by name, those inside Parallel branches and Map processors included. */
  readonly states: ReadonlyMap<string, CompiledState>;
  /** Whether a state reads `$$.Execution.Input`; only then must the run's input be at hand in `DecideOptions.run`. */
  readonly needsRunInput: boolean;
  /** The format of its flows' records: the first whose code knows all that its states have, so that older code leaves its runs alone. */
  readonly format: 1 | 2;
  /** The most bytes of JSON that a Task's result and a state's output may have (`States.DataLimitExceeded`); null: no bound, and nothing is counted. */
  readonly maxDataBytes: number | null;
  /** The run's `TimeoutSeconds`, in milliseconds; null: no bound. */
  readonly timeoutMs: number | null;
}

/** Whether a state is inside a distributed Map, whose children have histories of their own. */
export const inMapRun = (state: CompiledState): boolean => {
  for (let outer = state.enclosing; outer !== null; outer = outer.enclosing)
    if (outer.type === 'Map' && outer.work.mapRun !== null) return true;
  return false;
};

/** The queue for a flow that stands at a state: that of the state's activity, else the chart's. */
export const queueAt = (chart: CompiledChart, at: string): string => {
  const state = chart.states.get(at);
  return state?.type === 'Task' ? state.work.queue : chart.queue;
};
