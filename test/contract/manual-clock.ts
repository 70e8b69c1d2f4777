import { type EpochMs, epoch } from '#engine/time';
import type { Clock, Timer } from '#ports/clock';

/** A clock that stands still until it is turned. Timers fire in the order of their times, each at its own time. */
export class ManualClock implements Clock {
  #ms = 0;
  readonly #start: number;
  readonly #timers = new Set<{ readonly at: number; readonly then: () => void }>();

  constructor(start = 1_790_000_000_000) {
    this.#start = start;
  }

  now(): EpochMs {
    return epoch(this.#start + this.#ms);
  }

  elapsed(): number {
    return this.#ms;
  }

  after(ms: number, then: () => void): Timer {
    const timer = { at: this.#ms + Math.max(0, ms), then };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Turns the clock by `ms`; between two timers what they set off gets its turns of the event loop. */
  async advance(ms: number): Promise<void> {
    const until = this.#ms + ms;
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.at - b.at).find(({ at }) => at <= until);
      if (!next) break;
      this.#ms = Math.max(this.#ms, next.at);
      this.#timers.delete(next);
      next.then();
      await turns();
    }
    this.#ms = until;
    await turns();
  }
}

/** A few turns of the event loop: what was set off by a timer and batches its writes by `setImmediate` gets to its end. */
async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}
