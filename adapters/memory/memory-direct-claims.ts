import type { MemoryLeases } from '#adapters/memory/memory-leases';
import type { MemoryQueue } from '#adapters/memory/memory-queue';
import type { DirectClaimer, DirectClaims } from '#ports/direct-claim';
import type { FlowRecord } from '#ports/flow-record';

/** A flow as it is put for the worker that claims it with the same commit. */
export interface DirectClaim {
  readonly claimer: DirectClaimer;
  readonly flow: FlowRecord;
}

/** Which flows an atomic commit puts as claimed. */
export class MemoryDirectClaims implements DirectClaims {
  readonly #queue: MemoryQueue;
  readonly #leases: MemoryLeases['leases'];
  readonly #claimers = new Set<DirectClaimer>();

  constructor(queue: MemoryQueue, { leases }: Pick<MemoryLeases, 'leases'>) {
    this.#queue = queue;
    this.#leases = leases;
  }

  add(claimer: DirectClaimer): () => void {
    this.#claimers.add(claimer);
    return () => void this.#claimers.delete(claimer);
  }

  /** The claim of a flow that is to be put, where a worker has a place beside those that this commit has given it already. */
  claim(flow: FlowRecord, given: readonly DirectClaim[]): DirectClaim | undefined {
    const { queue, needs, status, term, claims } = flow;
    if (status !== 'Queued') return undefined;
    for (const claimer of this.#claimers) {
      const serves = claimer.queues.includes(queue) && (needs === '' || claimer.activities.has(needs));
      const taken = given.filter((claim) => claim.claimer === claimer).length;
      // Of a worker that was condemned nobody looks for flows any more once they were taken over.
      const lease = this.#leases.get(claimer.owner);
      if (!lease || lease.condemned || !serves || taken >= claimer.places() || this.#queue.waits(claimer)) continue;
      return { claimer, flow: { ...flow, status: 'Owned', owner: claimer.owner, term: term + 1, claims: claims + 1 } };
    }
    return undefined;
  }
}
