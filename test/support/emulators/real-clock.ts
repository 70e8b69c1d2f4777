import { epoch } from '#engine/time';
import type { Clock } from '#ports/clock';

/** The machine's clock: emulators live in real time, so what is tested against them does too. */
export const REAL_CLOCK: Clock = {
  now: () => epoch(Date.now()),
  elapsed: () => performance.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};
