import type { Scheduler } from '#scheduler/context';
import { tick } from '#scheduler/tick';
import { fireTriggers } from '#scheduler/triggers';

/** How far a tick that comes each minute looks ahead for slots: to the next one, should that be late. */
const AHEAD_MS = 90_000;

/**
 * The tick of an installation where nothing runs but what is called: due rows go to the queue, slots of the next minute too. Either is done where the
 * other fails. Stops reading rows once `goesOn` says no: the next tick takes the rest.
 */
export async function tickAhead(s: Scheduler, goesOn: () => boolean): Promise<void> {
  const slots = async () => fireTriggers(s, await s.store.listCharts(), AHEAD_MS);
  const results = await Promise.allSettled([slots(), tick(s, goesOn)]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
