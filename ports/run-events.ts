import type { FlowOutcome } from '#engine/flow';
import type { EpochMs } from '#engine/time';
import type { FlowId, RunId } from '#ports/ids';

/** How a run ended, or one of its redrives. */
export interface RunEnd {
  /** The same each time that it is told, and for nothing else: the id of its root flow. */
  readonly id: FlowId;
  readonly run: RunId;
  readonly chart: string;
  readonly version: number;
  readonly name: string;
  /** How often it was redriven before this end. */
  readonly redrives: number;
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs;
  readonly outcome: FlowOutcome;
}

/** Tells others that runs have ended. */
export interface RunEvents {
  /**
   * Called after the commit that ends a run is acknowledged, and again by whoever finds the run after a crash: at least once. Rejects with a retryable error
   * where it is to be called again.
   */
  ended(end: RunEnd): Promise<void>;
}
