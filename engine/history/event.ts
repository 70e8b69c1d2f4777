import type { JsonObject } from '#engine/json';
import type { EpochMs } from '#engine/time';

/**
 * An event of a run's history, in the shape of Step Functions' GetExecutionHistory: its type, and its details under the name that
 * belongs to the type (`stateEnteredEventDetails`, …), where inputs and outputs are JSON texts. Events of our own have types and details
 * of their own. `flow` is ours too: which thread of control it belongs to.
 */
export interface HistoryEvent {
  /** 1, 2, 3 … in the order of the history. */
  readonly id: number;
  /** The event that led to this one, in the same flow or, for a child's first, at its parent's split; 0 for the first. */
  readonly previousEventId: number;
  readonly timestamp: EpochMs;
  readonly type: string;
  readonly flow: string;
  readonly [details: `${string}EventDetails`]: JsonObject;
}

/** An event before it has its place in the history. */
export interface LooseEvent {
  readonly timestamp: EpochMs;
  readonly type: string;
  /** Name of the details' field, and the details; absent where the type has none. */
  readonly details?: readonly [field: `${string}EventDetails`, details: JsonObject];
}
