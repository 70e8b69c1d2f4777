import type { TransactionHooks } from '#adapters/sqlite/group-commit';
import type { Messages, Pending } from '#adapters/sqlite/messages';
import type { DirectClaimer, DirectClaims } from '#ports/direct-claim';
import type { FlowRecord } from '#ports/flow-record';

/** A claimer as this transaction knows it. */
interface Seat {
  readonly claimer: DirectClaimer;
  places: number;
}

/** A flow as it is put for the worker that claims it in the same transaction. */
interface Claim {
  readonly claimer: DirectClaimer;
  readonly flow: FlowRecord;
}

/**
 * Flows that are claimed in the transaction that puts them: a run that starts on a server with a free place does without the two transactions, the
 * lookups and the updates by which its message is received and its flow claimed.
 *
 * Only where no message that the worker could run is visible: what came first is run first.
 */
export class SqliteDirectClaims implements DirectClaims, TransactionHooks {
  readonly #messages: Messages;
  readonly #claimers = new Set<DirectClaimer>();
  /** Found at the first put of a transaction, for all of them. */
  #seats: Seat[] | undefined;
  #claimed: (Claim & { readonly witness: Pending })[] = [];

  constructor(messages: Messages) {
    this.#messages = messages;
  }

  add(claimer: DirectClaimer): () => void {
    this.#claimers.add(claimer);
    return () => void this.#claimers.delete(claimer);
  }

  /** The flow as it is to be put: owned, where a worker has a place for it. Inside a transaction. */
  owned(flow: FlowRecord): Claim | undefined {
    if (flow.status !== 'Queued') return undefined;
    this.#seats ??= this.#find();
    const seat = this.#seats.find(({ places, claimer }) => places > 0 && serves(claimer, flow));
    if (!seat) return undefined;
    const { claimer } = seat;
    const { term, claims } = flow;
    return { claimer, flow: { ...flow, status: 'Owned', owner: claimer.owner, term: term + 1, claims: claims + 1 } };
  }

  /** It was put so: its owner is told when the transaction is on the disk. Its message is written as received, and is its witness. */
  put(claim: Claim, witness: Pending): void {
    const seat = this.#seats?.find(({ claimer }) => claimer === claim.claimer);
    if (seat) seat.places--;
    this.#messages.receive(witness, claim.claimer.visibilityMs);
    this.#claimed.push({ ...claim, witness });
  }

  #find(): Seat[] {
    const seats: Seat[] = [];
    for (const claimer of this.#claimers) {
      const places = claimer.places();
      if (places > 0 && !this.#messages.waits(claimer)) seats.push({ claimer, places });
    }
    return seats;
  }

  committed(): void {
    this.#seats = undefined;
    if (this.#claimed.length === 0) return;
    const claimed = this.#claimed;
    this.#claimed = [];
    for (const { claimer, flow, witness } of claimed) {
      claimer.take(flow, { message: witness.message, receipt: String(witness.id), receives: witness.receives });
    }
  }

  rolledBack(): void {
    this.#seats = undefined;
    this.#claimed = [];
  }
}

const serves = ({ queues, activities }: DirectClaimer, { queue, needs }: FlowRecord): boolean =>
  queues.includes(queue) && (needs === '' || activities.has(needs));
