import type { CompiledChart } from '#engine/chart/compiled';
import type { ActionRequest, DecideOptions, Fact, Position } from '#engine/flow';
import type { EpochMs } from '#engine/time';
import type { FlowRecord } from '#ports/flow-record';
import type { Incarnation } from '#ports/ids';

/**
 * A flow in its owner's hands, from the claim until its after-commit steps are done.
 *
 * `record` is what the store holds (as of the last commit), `position` is where the flow stands in memory; `facts` is what happened since the
 * last commit and goes with the next one. A crash drops position and facts: that is the rollback to the last break (L6).
 */
export interface Held {
  record: FlowRecord;
  position: Position;
  facts: Fact[];
  /** The split that the last event made it leave; written as `left` by the next commit. `cancel`: its children are to be cancelled. */
  leaves: NonNullable<FlowRecord['left']> | undefined;
  /** A run's first flow that was put and claimed in one transaction: whoever wants something of it has to find it first, so nothing can be wanted yet. */
  readonly fresh: boolean;
  /**
   * Whether a message, or the owner's lease, names the flow. One that was put as claimed has no message, and until a beat has listed it only its owner
   * tells of it: a commit that clears the owner needs a witness of its own where steps follow it.
   */
  witnessed: boolean;
  readonly chart: CompiledChart;
  readonly options: { -readonly [K in keyof DecideOptions]: DecideOptions[K] };
  readonly owner: Incarnation;
  /** Aborts when this worker may not act for the flow any more: its waits for a retry end. */
  readonly signal: AbortSignal;
}

/** What the owner has to do next with a flow. */
export type Step =
  | { readonly do: 'act'; readonly action: ActionRequest }
  /** The flow was released, has ended, or belongs to somebody else: its after-commit steps are done. */
  | { readonly do: 'letGo'; readonly why: 'released' | 'ended' | 'lost' };

/** A fact of our own: something that the protocol did, not the chart. */
export const ownFact = (
  kind: string,
  at: EpochMs,
  data: { readonly [key: string]: string | number | null | boolean },
): Fact => [kind, at, data];
