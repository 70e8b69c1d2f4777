import { type Clock, sleep } from '#ports/clock';
import { FlowbeatError } from '#ports/errors';

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Repeats `work` while it fails with something that a later try may cure, with growing pauses. Only for work that may be repeated: reads and
 * idempotent writes. What is rejected or terminal is thrown on. Stops, with `undefined`, when `signal` aborts.
 */
export async function reliably<T>(
  clock: Clock,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T | undefined> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof FlowbeatError) || error.kind !== 'retryable') throw error;
      if (!(await sleep(clock, pause, signal))) return undefined;
    }
  }
}
