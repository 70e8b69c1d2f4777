import { type Clock, sleep } from '#ports/clock';
import { FlowbeatError } from '#ports/errors';
import type { FlowId } from '#ports/ids';
import type { Surroundings } from '#ports/surroundings';

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

/**
 * Does `work` for one flow of many. What a later try may cure is thrown on, since it would meet the others too; what is this flow's own (a chart that cannot be
 * read, a mistake of ours) is told and left, so that it does not hold up the others. Returns what `work` came to; undefined where it was left.
 */
export async function apart<T>(
  s: Pick<Surroundings, 'telemetry'>,
  flow: FlowId,
  work: () => Promise<T>,
): Promise<{ readonly came: T } | undefined> {
  try {
    return { came: await work() };
  } catch (error) {
    if (error instanceof FlowbeatError && error.kind === 'retryable') throw error;
    s.telemetry.event('flowFailed', { flow, message: String(error) });
    return undefined;
  }
}
