import { epoch } from '#engine/time';
import type { Scheduler } from '#scheduler/context';
import { tick } from '#scheduler/tick';
import { fireTriggers, LOOK_AHEAD_MS } from '#scheduler/triggers';

/** How far a tick that comes each minute looks ahead for slots: to the next one, should that be late. */
const AHEAD_MS = 90_000;
/** Charts that are read and looked at together; between two such batches it is asked whether there is time. */
const BATCH = 64;
const MINUTE_MS = 60_000;
/** The golden section: ticks that never come to the end of their charts begin at ones that are far apart, and in the end everywhere. */
const STRIDE = (Math.sqrt(5) - 1) / 2;

/**
 * The tick of an installation where nothing runs but what is called: due rows go to the queue, slots of the next minute too. Either is done where the
 * other fails. Begins nothing more once `goesOn` says no: the next tick takes the rest.
 */
export async function tickAhead(s: Scheduler, goesOn: () => boolean): Promise<void> {
  const results = await Promise.allSettled([slotsAhead(s, goesOn), tick(s, goesOn)]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Looks at the charts that have a slot soon. Where there are more than a tick can look at, each tick begins elsewhere, so that none is left for good. */
async function slotsAhead(s: Scheduler, goesOn: () => boolean): Promise<void> {
  const now = s.clock.now();
  const names = await s.store.dueCharts(epoch(now + LOOK_AHEAD_MS));
  const from = Math.floor(names.length * ((Math.floor(now / MINUTE_MS) * STRIDE) % 1));
  const turned = [...names.slice(from), ...names.slice(0, from)];
  const failures: unknown[] = [];
  for (let at = 0; at < turned.length; at += BATCH) {
    if (!goesOn()) {
      s.telemetry.event('slotsLeft', { charts: turned.length - at });
      break;
    }
    const charts = await Promise.all(turned.slice(at, at + BATCH).map((name) => s.store.readChart(name)));
    const there = charts.filter((chart) => chart !== undefined);
    await fireTriggers(s, there, AHEAD_MS).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}
