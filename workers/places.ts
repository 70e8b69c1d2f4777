import type { Clock } from '#ports/clock';
import type { Queue, Received } from '#ports/message';

/** Who deals with messages: an incarnation's life. */
interface Dealer {
  /** Whether it may claim (L8). */
  readonly claims: boolean;
  /** Deals with one message; never rejects. */
  handle(received: Received): Promise<void>;
}

interface Ahead {
  readonly received: Received;
  /** By the worker's elapsed time: from then on its queue may have brought it to somebody else. */
  readonly until: number;
}

/**
 * The places of one incarnation, and the messages that it holds ahead of them, first in first out. What an earlier incarnation received too late
 * occupies none of them.
 *
 * What is held ahead is a message and nothing more: its flow is not claimed (L8), and its queue brings it again should this worker die (L4). So it is
 * dropped when its visibility has run out, and given back as soon as this worker claims no more. Only flows wait here: a control message is dealt with
 * at once, whatever runs, since it may be what ends that.
 */
export class Places {
  /** How many messages are held ahead of them. */
  readonly prefetch: number;
  readonly #queue: Queue;
  readonly #clock: Clock;
  readonly #places: number;
  readonly #dealer: Dealer;
  #taken = 0;
  #ahead: Ahead[] = [];
  #changed: (() => void) | undefined;

  /** `places`: how many flows run at a time. `prefetch`: how many messages are held ahead of that. */
  constructor(queue: Queue, clock: Clock, places: number, prefetch: number, dealer: Dealer) {
    this.#queue = queue;
    this.#clock = clock;
    this.#places = places;
    this.prefetch = prefetch;
    this.#dealer = dealer;
  }

  /** How many places are free. */
  get free(): number {
    return Math.max(0, this.#places - this.#taken);
  }

  /** For how many more messages there is room. */
  get room(): number {
    this.#dropOld();
    return Math.max(0, this.#places + this.prefetch - this.#taken - this.#ahead.length);
  }

  /** Deals with messages that stay invisible to others until `until`: at once, or as places get free. */
  take(received: readonly Received[], until: number): void {
    for (const one of received) {
      if (this.free > 0 || one.message.kind !== 'flow') this.occupy(this.#dealer.handle(one));
      else this.#ahead.push({ received: one, until });
    }
    // A place may have been taken since there was room for so many.
    const over = this.#ahead.splice(this.prefetch);
    if (over.length > 0) void this.#return(over);
  }

  /** A place is taken for as long as `work` runs. */
  occupy(work: Promise<void>): void {
    this.#taken++;
    void work.then(() => {
      this.#taken--;
      this.#next();
      this.#changed?.();
    });
  }

  /** Gives what is held ahead back to its queues, for other workers. Never rejects: where that fails it comes back when its visibility ends. */
  async giveBack(): Promise<void> {
    this.#dropOld();
    await this.#return(this.#ahead.splice(0));
  }

  /** Resolves when a message has been dealt with, or after `ms`. */
  change(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(ms, () => resolve());
      this.#changed = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  #next(): void {
    if (!this.#dealer.claims) return void this.giveBack();
    this.#dropOld();
    while (this.free > 0) {
      const next = this.#ahead.shift();
      if (!next) return;
      this.occupy(this.#dealer.handle(next.received));
    }
  }

  async #return(held: readonly Ahead[]): Promise<void> {
    await Promise.allSettled(held.map(async ({ received }) => this.#queue.later(received, 0)));
  }

  #dropOld(): void {
    const now = this.#clock.elapsed();
    if (this.#ahead.some(({ until }) => until <= now)) this.#ahead = this.#ahead.filter(({ until }) => until > now);
  }
}
