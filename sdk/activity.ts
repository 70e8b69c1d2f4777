import type { Json } from '#engine/json';

/**
 * A handler's log. Its lines are kept with the action (`runs show --log`), at most 100 of them and 16 KB; what is said beyond that is
 * counted. Arguments are joined as `console.log` joins them. `log(…)` is `log.info(…)`.
 */
export interface ActivityLog {
  (...message: unknown[]): void;
  debug(...message: unknown[]): void;
  info(...message: unknown[]): void;
  warn(...message: unknown[]): void;
  error(...message: unknown[]): void;
}

/** What a handler is given beside its input. Each member may be taken out: `(input, { signal, log }) => …`. */
export interface ActivityContext {
  /**
   * Aborts when the action timed out, its run was cancelled, or its worker stops or cannot prove that it still holds the flow. From then
   * on nothing that the handler returns counts, so pass it to `fetch` and the like and stop. Made when first asked for.
   */
  readonly signal: AbortSignal;
  /**
   * The same for every attempt and after every take-over, and different for every other action: hand it to whatever the action
   * changes, so that doing it twice has the effect of doing it once.
   */
  readonly idempotencyKey: string;
  /** 0 at first; +1 each time the chart's `Retry` tries again. A take-over repeats an attempt under its own number. */
  readonly attempt: number;
  /** The run's id. */
  readonly run: string;
  /** The chart's name. */
  readonly chart: string;
  /** The name of the Task state. */
  readonly state: string;
  /** What `SendTaskSuccess` wants, where the Task waits for a callback (`.waitForTaskToken`). */
  readonly taskToken: string | undefined;
  /**
   * A sign of life, needed at least every `HeartbeatSeconds` where the Task sets them. `details` are shown if the next one does not come.
   * Costs nothing; call it as often as is handy.
   */
  heartbeat(details?: Json): void;
  /**
   * Saves progress inside a long action: when it resolves, `data` survives the death of this worker. Each call replaces what was
   * saved before. A sign of life too. Rejects, saving nothing, once the action is over or the flow is not this worker's any more.
   */
  checkpoint(data: Json): Promise<void>;
  /**
   * What was saved last for this action, by whatever attempt on whatever worker; `undefined` where nothing was. The type is the
   * caller's claim: a later version of the handler may find what an earlier one saved.
   */
  checkpointed<T = Json>(): Promise<T | undefined>;
  /** Writes to the action's log. */
  readonly log: ActivityLog;
}

/**
 * What runs an action: `(input, ctx) => output`. The input is the handler's own copy. The output is what `JSON.stringify` makes of it
 * (`undefined` is `null`); what that cannot write, such as a cycle or a `bigint`, fails the action with `Flowbeat.OutputNotSerializable`.
 */
export type Handler<Input = Json, Output = unknown> = (input: Input, ctx: ActivityContext) => Output | Promise<Output>;

/** A handler with how it is to be run. */
export interface IsolatedHandler<Input = Json, Output = unknown> {
  readonly handler: Handler<Input, Output>;
  /**
   * `thread`: in a worker thread, for a handler that blocks (long computations, synchronous I/O). It holds up nobody else and is ended
   * even when it never yields. The thread loads the handlers' module anew, so module variables are not shared.
   * `process`: the same in a process of its own, for native code that blocks or may crash, and for what changes its process (`process.chdir`). What it
   * starts ends with it, and it starts slower.
   * `none` (the default): in the worker's own thread; a handler that ignores its `signal` cannot be ended there.
   */
  readonly isolate?: 'none' | 'thread' | 'process';
}
