/**
 * The chain of wakes: while there are workers each sweep has the next one come a moment later, by a delayed message of a number. One chain, whatever is
 * doubled, late or cut:
 *
 * - A number is claimed once, in a row; who loses it, or comes with one that is past, sends nothing. So two sweeps at once never make two chains.
 * - Each minute's rule begins the chain anew with a higher number. What was on its way is past when it comes; and a chain that broke (its sweep was cut
 *   between the row and the message) is broken for a minute at most. No clock is asked whether it lives.
 */
import { SWEEP_QUEUE } from '#ports/message';
import type { SendWrite } from '#ports/write';
import type { Scheduler } from '#scheduler/context';

const KEY = 'sweeper.chain';

/** The longest time between two sweeps of the chain. */
const LONGEST_PAUSE_MS = 5_000;

/** How far apart the sweeps of a chain are: 5 s, or a sixth of a short window. */
export const sweepEvery = (windowMs: number): number => Math.min(LONGEST_PAUSE_MS, windowMs / 6);

/**
 * Claims the number of a wake; without one, the next number: the chain begins anew. Returns it, or undefined where it is past, or was claimed by another at
 * this moment.
 */
export async function claimWake(s: Pick<Scheduler, 'store'>, wake: number | undefined): Promise<number | undefined> {
  const stored = await s.store.readSetting(KEY);
  const last = typeof stored === 'number' ? stored : 0;
  if (wake !== undefined && wake <= last) return undefined;
  const number = wake ?? last + 1;
  return (await s.store.writeSetting(KEY, number, stored)) ? number : undefined;
}

/** The message of the wake after `wake`. */
export const nextWake = (wake: number, windowMs: number): SendWrite => ({
  kind: 'send',
  message: { kind: 'sweep', queue: SWEEP_QUEUE, wake: wake + 1 },
  delayMs: sweepEvery(windowMs),
});

/** The message that has the sweeper look at once: for whoever knows of something that it should see. */
export const SWEEP_NOW: SendWrite = { kind: 'send', message: { kind: 'sweep', queue: SWEEP_QUEUE }, delayMs: 0 };
