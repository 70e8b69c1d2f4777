import type { FlowRecord } from '#ports/flow-record';
import type { Incarnation } from '#ports/ids';

/** A worker of this process that new flows may be claimed for. All of it is asked inside a transaction: it waits for nothing. */
export interface DirectClaimer {
  readonly owner: Incarnation;
  readonly queues: readonly string[];
  readonly activities: ReadonlySet<string>;
  /** How many flows it would take at this moment; 0 where it is full, drains or cannot prove its lease (L8). */
  places(): number;
  /** Hands it a flow that it owns now, once that is on the disk. Never throws. */
  take(flow: FlowRecord): void;
}

/**
 * What a store may offer whose flows, messages and owners share one transaction: a flow that is put with its message, where a worker of the same process
 * has a place for it and nothing waits before it, is put as claimed by that worker, and its message is not stored at all.
 *
 * It is put, send, receive, claim and delete with nothing in between, so whatever holds after these holds here. The message would be the witness until the
 * lease names the flow; here `ownedBy` is, which finds what an incarnation owns whether its lease names it or not. A store that cannot tell owners by
 * itself cannot offer it. The worker's lease must stand in that same transaction: once it is condemned its flows are taken over, and looked for no more.
 */
export interface DirectClaims {
  /** Has flows claimed for a worker, until the returned function is called. */
  add(claimer: DirectClaimer): () => void;
}
