import type { Clock } from '#ports/clock';
import type { Store } from '#ports/store';

/** How often it is looked whether the functions are still at work, and how long they may be silent: a rule calls the sweeper each minute. */
const LOOK_MS = 60_000;

/** The number of the sweeper's wakes moves with each of its sweeps. */
const KEY = 'sweeper.chain';

/**
 * Whether functions look after the installation: sweep, tick, fire triggers. Then its workers need not: a hundred of them looking at each other's
 * leases every ten seconds cost five times what their beats do. Where the sweeper's number has not moved from one look to the next (its functions fail, or its
 * brake is on), workers look after each other again.
 */
export class Attended {
  readonly #store: Pick<Store, 'readSetting'>;
  readonly #clock: Clock;
  #number: unknown;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #answer: Promise<boolean> = Promise.resolve(false);

  constructor(store: Pick<Store, 'readSetting'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Asked as often as one likes; the store is asked once a minute. */
  byFunctions(): Promise<boolean> {
    const now = this.#clock.elapsed();
    if (now - this.#lookedAt < LOOK_MS) return this.#answer;
    this.#lookedAt = now;
    this.#answer = this.#look().catch(() => false);
    return this.#answer;
  }

  async #look(): Promise<boolean> {
    const number = await this.#store.readSetting(KEY);
    const moved = number !== undefined && number !== this.#number;
    this.#number = number;
    return moved;
  }
}
