import type { FlowRecord } from '#ports/flow-record';
import type { Incarnation } from '#ports/ids';
import type { Received } from '#ports/message';

/** A worker of this process that new flows may be claimed for. All of it is asked inside a transaction: it waits for nothing. */
export interface DirectClaimer {
  readonly owner: Incarnation;
  readonly queues: readonly string[];
  readonly activities: ReadonlySet<string>;
  /** How many flows it would take at this moment; 0 where it is full, drains or cannot prove its lease (L8). */
  places(): number;
  /** Milliseconds for which the message of what it is given stays invisible to others. */
  readonly visibilityMs: number;
  /** Hands it a flow that it owns now, and the flow's message as received by it, once both are on the disk. Never throws. */
  take(flow: FlowRecord, witness: Received): void;
}

/**
 * What a store may offer whose flows and messages share one transaction: a flow that is put with its message, where a worker of the same process has a
 * place for it and nothing waits before it, is put as claimed by that worker, and its message as received by it.
 *
 * It is put, send, receive and claim with nothing in between, so whatever holds after these holds here: the message is the witness until the lease names
 * the flow.
 */
export interface DirectClaims {
  /** Has flows claimed for a worker, until the returned function is called. */
  add(claimer: DirectClaimer): () => void;
}
