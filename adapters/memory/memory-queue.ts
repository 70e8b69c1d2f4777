import type { Clock } from '#ports/clock';
import type { DirectClaimer } from '#ports/direct-claim';
import type { Message, Queue, Received, ReceiveOptions } from '#ports/message';

interface Entry {
  readonly id: number;
  readonly message: Message;
  visibleAt: number;
  receives: number;
}

/** An at-least-once queue in a list: a delivery is hidden for its visibility, then comes back. */
export class MemoryQueue implements Queue {
  readonly maxDelayMs: number;
  readonly entries = new Map<number, Entry>();
  readonly #clock: Clock;
  readonly #waiters = new Set<() => void>();
  #next = 1;

  constructor(clock: Clock, maxDelayMs = Number.POSITIVE_INFINITY) {
    this.#clock = clock;
    this.maxDelayMs = maxDelayMs;
  }

  async send(messages: readonly { readonly message: Message; readonly delayMs: number }[]): Promise<void> {
    for (const { message, delayMs } of messages) {
      const id = this.#next++;
      this.entries.set(id, { id, message, visibleAt: this.#clock.elapsed() + delayMs, receives: 0 });
    }
    for (const wake of [...this.#waiters]) wake();
  }

  /** Puts a message as one that was received already. */
  sendReceived(message: Message, visibilityMs: number): Received {
    const id = this.#next++;
    this.entries.set(id, { id, message, visibleAt: this.#clock.elapsed() + visibilityMs, receives: 1 });
    return { message, receipt: `${id}`, receives: 1 };
  }

  async receive(options: ReceiveOptions): Promise<readonly Received[]> {
    const until = this.#clock.elapsed() + options.waitMs;
    for (;;) {
      if (options.max <= 0) return [];
      const found = this.#take(options);
      if (found.length > 0 || options.signal?.aborted || this.#clock.elapsed() >= until) return found;
      await this.#change(Math.min(until, this.#nextVisible(options)) - this.#clock.elapsed(), options.signal);
    }
  }

  async done(received: Received): Promise<void> {
    this.entries.delete(idOf(received));
  }

  async later(received: Received, delayMs: number): Promise<void> {
    const entry = this.entries.get(idOf(received));
    if (!entry || entry.receives !== received.receives) return;
    entry.visibleAt = this.#clock.elapsed() + delayMs;
    for (const wake of [...this.#waiters]) wake();
  }

  /** Whether a message is visible that the receiver could run. */
  waits({ queues, activities: needs }: Pick<DirectClaimer, 'queues' | 'activities'>): boolean {
    return this.#nextVisible({ queues, needs }) <= this.#clock.elapsed();
  }

  #take(options: ReceiveOptions): Received[] {
    const now = this.#clock.elapsed();
    const found: Received[] = [];
    for (const entry of this.entries.values()) {
      if (found.length >= options.max) break;
      if (entry.visibleAt > now || !wanted(entry.message, options)) continue;
      entry.visibleAt = now + options.visibilityMs;
      entry.receives += 1;
      found.push({ message: entry.message, receipt: `${entry.id}`, receives: entry.receives });
    }
    return found;
  }

  #nextVisible(options: Wanted): number {
    let next = Number.POSITIVE_INFINITY;
    for (const entry of this.entries.values())
      if (wanted(entry.message, options)) next = Math.min(next, entry.visibleAt);
    return next;
  }

  /** Resolves at the next send, after `ms`, or when `signal` aborts. */
  #change(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        timer.cancel();
        this.#waiters.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = this.#clock.after(Math.max(0, ms), wake);
      this.#waiters.add(wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }
}

const idOf = (received: Received): number => Number(received.receipt);

type Wanted = Pick<ReceiveOptions, 'queues' | 'needs'>;

const wanted = (message: Message, options: Wanted): boolean =>
  options.queues.includes(message.queue) &&
  (message.kind !== 'flow' || message.needs === '' || !options.needs || options.needs.has(message.needs));
