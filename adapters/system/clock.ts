import { type EpochMs, epoch } from '#engine/time';
import type { Clock, Timer } from '#ports/clock';

/** Node refuses longer timers: it fires them at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of this machine. */
export const SYSTEM_CLOCK: Clock = {
  now: (): EpochMs => epoch(Date.now()),
  elapsed: () => performance.now(),
  after(ms: number, then: () => void): Timer {
    const timer = setTimeout(then, Math.min(ms, LONGEST_TIMER_MS)).unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
