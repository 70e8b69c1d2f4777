import type { GroupCommit } from '#adapters/sqlite/group-commit';
import type { Messages } from '#adapters/sqlite/messages';
import type { Reader } from '#adapters/sqlite/reader';
import type { Clock } from '#ports/clock';
import type { Message, Queue, Received, ReceiveOptions } from '#ports/message';

/**
 * How often a receiver that waits looks for what other processes have sent, should nobody nudge it. A look at an empty queue is a read of some 5 us.
 */
const POLL_MS = 50;

interface Waiter {
  readonly queues: ReadonlySet<string>;
  wake(): void;
}

/** The queue over the same file and the same transactions as the flows. Delays have no bound, so no wait needs a due row. */
export class SqliteQueue implements Queue {
  readonly maxDelayMs = Number.POSITIVE_INFINITY;
  readonly #group: GroupCommit;
  readonly #reader: Reader;
  readonly #messages: Messages;
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  #closed = false;

  constructor(group: GroupCommit, reader: Reader, messages: Messages, clock: Clock) {
    this.#group = group;
    this.#reader = reader;
    this.#messages = messages;
    this.#clock = clock;
  }

  send(messages: readonly { readonly message: Message; readonly delayMs: number }[]): Promise<void> {
    return this.#group.add(() => {
      for (const { message, delayMs } of messages) this.#messages.send(message, delayMs);
    });
  }

  async receive(options: ReceiveOptions): Promise<readonly Received[]> {
    const until = this.#clock.elapsed() + options.waitMs;
    for (;;) {
      if (this.#closed || options.signal?.aborted || options.max <= 0) return [];
      const next = await this.#reader.read(() => this.#messages.nextVisible(options));
      if (next <= this.#clock.now()) {
        const found = await this.#group.add(() => this.#messages.take(options), false);
        if (found.length > 0) return found;
        // Another process was faster; what it took is looked at again below, with the rest.
      }
      const left = until - this.#clock.elapsed();
      if (left <= 0) return [];
      await this.#change(options, left);
    }
  }

  done(received: Received): Promise<void> {
    return this.#group.add(() => this.#messages.done(received), false);
  }

  later(received: Received, delayMs: number): Promise<void> {
    return this.#group.add(() => this.#messages.later(received, delayMs), false);
  }

  /** Wakes who waits for one of these queues, or everybody: another process has sent something. */
  nudge(queues?: Iterable<string>): void {
    const sent = queues && [...queues];
    for (const waiter of [...this.#waiters]) {
      if (!sent || sent.some((queue) => waiter.queues.has(queue))) waiter.wake();
    }
  }

  /** Ends every receive. */
  close(): void {
    this.#closed = true;
    this.nudge();
  }

  /**
   * Resolves at the next send, when the next message gets visible, at the next poll, after `left`, or when `signal` aborts. The look at
   * what is visible and the registration happen in one turn, so no local send falls between.
   */
  #change(options: ReceiveOptions, left: number): Promise<void> {
    const { signal } = options;
    return new Promise((resolve) => {
      const waiter: Waiter = {
        queues: new Set(options.queues),
        wake: () => {
          timer.cancel();
          this.#waiters.delete(waiter);
          signal?.removeEventListener('abort', waiter.wake);
          resolve();
        },
      };
      const now = this.#clock.now();
      const next = this.#messages.nextVisible(options);
      const timer = this.#clock.after(Math.max(0, Math.min(left, next - now, POLL_MS)), waiter.wake);
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', waiter.wake, { once: true });
      if (signal?.aborted || this.#closed) waiter.wake();
    });
  }
}
