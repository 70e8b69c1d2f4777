import type { Clock, Timer } from '#ports/clock';

/** Node's timers fire at once beyond 2^31 - 1 ms, and a chart may say `TimeoutSeconds: 99999999`. */
const LONGEST_TIMER = 2 ** 30;

/** Which of the two was missed. */
export type Missed = 'timeout' | 'heartbeat';

/** What a Deadlines needs of an action. */
export interface DeadlineLimits {
  readonly timeoutMs?: number | undefined;
  readonly heartbeatMs?: number | undefined;
}

/**
 * The time-out and the heartbeat of one action, in time that only grows. A beat moves no timer: the timer looks, when it fires, how long
 * ago the last beat was. So a handler may beat in a tight loop.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #end: number;
  readonly #heartbeatMs: number;
  readonly #missed: (which: Missed) => void;
  #beaten: number;
  #timer: Timer | undefined;

  constructor(clock: Clock, limits: DeadlineLimits, startedAt: number, missed: (which: Missed) => void) {
    this.#clock = clock;
    this.#end = startedAt + (limits.timeoutMs ?? Number.POSITIVE_INFINITY);
    this.#heartbeatMs = limits.heartbeatMs ?? Number.POSITIVE_INFINITY;
    this.#beaten = startedAt;
    this.#missed = missed;
  }

  beat(): void {
    this.#beaten = this.#clock.elapsed();
  }

  /** What has been missed by now. */
  missedNow(): Missed | undefined {
    const now = this.#clock.elapsed();
    if (now >= this.#end) return 'timeout';
    return now >= this.#beaten + this.#heartbeatMs ? 'heartbeat' : undefined;
  }

  /** Watches from now on. */
  arm(): void {
    const missed = this.missedNow();
    if (missed !== undefined) {
      this.#missed(missed);
      return;
    }
    const next = Math.min(this.#end, this.#beaten + this.#heartbeatMs);
    if (next === Number.POSITIVE_INFINITY) return;
    // At least 1 ms: a timer may fire a fraction early, and must not spin until the time has come.
    const wait = Math.max(1, Math.ceil(next - this.#clock.elapsed()));
    this.#timer = this.#clock.after(Math.min(wait, LONGEST_TIMER), () => this.arm());
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
