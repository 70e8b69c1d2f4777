import type { EpochMs } from '#engine/time';

/** A timer that can be called off. */
export interface Timer {
  cancel(): void;
}

/** Time, as the scheduler sees it. A clock decides when a take-over is tried, never whether it is safe (L12). */
export interface Clock {
  /** The wall clock; may jump and be skewed. */
  now(): EpochMs;
  /** Milliseconds that only grow, from any origin. Goes on while the process is frozen. */
  elapsed(): number;
  /** Calls `then` once after `ms` milliseconds. Does not keep a process alive by itself. */
  after(ms: number, then: () => void): Timer;
}

/** Resolves after `ms`, or at once (with false) when `signal` aborts. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<boolean> {
  if (signal?.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const stop = () => {
      timer.cancel();
      resolve(false);
    };
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', stop);
      resolve(true);
    });
    signal?.addEventListener('abort', stop, { once: true });
  });
}
