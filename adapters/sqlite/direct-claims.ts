import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { TransactionHooks } from '#adapters/sqlite/group-commit';
import type { Messages } from '#adapters/sqlite/messages';
import type { DirectClaimer, DirectClaims } from '#ports/direct-claim';
import type { FlowRecord } from '#ports/flow-record';

/** A claimer as this transaction knows it. */
interface Seat {
  readonly claimer: DirectClaimer;
  places: number;
}

/**
 * Flows that are claimed in the transaction that puts them: a run that starts on a server with a free place costs neither the row of a message, nor the
 * two transactions that receive and claim it (30 of 180 us of a run of ten actions, 100 in flight).
 *
 * Only where no message that the worker could run is visible: what came first is run first.
 */
export class SqliteDirectClaims implements DirectClaims, TransactionHooks {
  readonly #messages: Messages;
  readonly #isAlive: StatementSync;
  readonly #claimers = new Set<DirectClaimer>();
  /** Found at the first put of a transaction, for all of them. */
  #seats: Seat[] | undefined;
  #claimed: { readonly claimer: DirectClaimer; readonly flow: FlowRecord }[] = [];

  constructor(db: DatabaseSync, messages: Messages) {
    this.#messages = messages;
    this.#isAlive = db.prepare('SELECT condemned IS NULL AS yes FROM leases WHERE incarnation = ?');
  }

  add(claimer: DirectClaimer): () => void {
    this.#claimers.add(claimer);
    return () => void this.#claimers.delete(claimer);
  }

  /** The flow as it is to be put: owned, where a worker has a place for it. Inside a transaction. */
  owned(flow: FlowRecord): { readonly claimer: DirectClaimer; readonly flow: FlowRecord } | undefined {
    if (flow.status !== 'Queued') return undefined;
    this.#seats ??= this.#find();
    const seat = this.#seats.find(({ places, claimer }) => places > 0 && serves(claimer, flow));
    if (!seat) return undefined;
    const { claimer } = seat;
    const { term, claims } = flow;
    return { claimer, flow: { ...flow, status: 'Owned', owner: claimer.owner, term: term + 1, claims: claims + 1 } };
  }

  /** It was put so: its owner is told when the transaction is on the disk. */
  put(owned: { readonly claimer: DirectClaimer; readonly flow: FlowRecord }): void {
    const seat = this.#seats?.find(({ claimer }) => claimer === owned.claimer);
    if (seat) seat.places--;
    this.#claimed.push(owned);
  }

  /** The places of workers whose leases stand: of one that was condemned nobody looks for flows any more once they were taken over. */
  #find(): Seat[] {
    const seats: Seat[] = [];
    for (const claimer of this.#claimers) {
      const places = claimer.places();
      if (places <= 0 || this.#messages.waits(claimer)) continue;
      if (this.#isAlive.get(claimer.owner)?.yes === 1) seats.push({ claimer, places });
    }
    return seats;
  }

  committed(): void {
    this.#seats = undefined;
    if (this.#claimed.length === 0) return;
    const claimed = this.#claimed;
    this.#claimed = [];
    for (const { claimer, flow } of claimed) claimer.take(flow);
  }

  rolledBack(): void {
    this.#seats = undefined;
    this.#claimed = [];
  }
}

const serves = ({ queues, activities }: DirectClaimer, { queue, needs }: FlowRecord): boolean =>
  queues.includes(queue) && (needs === '' || activities.has(needs));
