import type { Chart, ScheduleTrigger } from '#engine/chart/chart';
import type { Json } from '#engine/json';
import { nextSlot, slotsBetween } from '#engine/schedule';
import { type EpochMs, epoch } from '#engine/time';
import { FlowbeatError } from '#ports/errors';
import type { ChartVersion } from '#ports/store';
import type { Scheduler } from '#scheduler/context';
import { startRun } from '#scheduler/start';

/** The name of a slot's run: its moment in UTC, `2026-11-21T02-00-00Z`. The slot is the run's name, so it starts at most one run (L9). */
export const slotName = (slot: EpochMs): string => `${new Date(slot).toISOString().slice(0, 19).replaceAll(':', '-')}Z`;

/** Where the last slot that was evaluated is kept: by what the trigger says, so that its place in the chart may change. */
const keyOf = (chart: string, { schedule, timezone }: ScheduleTrigger): string =>
  `trigger.${chart}.${timezone}.${schedule.trim()}`;

/**
 * Starts the runs of all slots that have come since the last evaluation, and tells when the next one comes (undefined: none). Any number of processes
 * may do so at once: of two starts of one slot the second finds the run there. The start goes before the note of the slot, so that a crash between
 * them repeats a start and loses none. After an outage the last missed slot is fired, the ones before it are not; a trigger that is new fires nothing
 * of the past.
 */
export async function fireTriggers(s: Scheduler, charts: readonly ChartVersion[]): Promise<EpochMs | undefined> {
  const now = s.clock.now();
  let next: EpochMs | undefined;
  for (const version of charts) {
    for (const trigger of triggersOf(version)) {
      await fire(s, version, trigger, now);
      const slot = nextSlot(trigger.schedule, trigger.timezone, now);
      if (slot !== undefined && (next === undefined || slot < next)) next = slot;
    }
  }
  return next;
}

async function fire(s: Scheduler, chart: ChartVersion, trigger: ScheduleTrigger, now: EpochMs): Promise<void> {
  const key = keyOf(chart.name, trigger);
  const last = (await s.store.readSetting(key)) ?? undefined;
  if (typeof last !== 'number') {
    await s.store.writeSetting(key, now, last);
    return;
  }
  const slot = lastSlot(trigger, epoch(last), now);
  if (slot === undefined) return;
  await startSlot(s, chart, slot);
  await s.store.writeSetting(key, slot, last);
}

const LOOKS_BACK_MS = [60_000, 3_600_000, 86_400_000, 40 * 86_400_000, 10 * 366 * 86_400_000];

/** The last slot after `last`: looked for from now backwards, since a long outage may have missed millions. */
function lastSlot({ schedule, timezone }: ScheduleTrigger, last: EpochMs, now: EpochMs): EpochMs | undefined {
  for (const back of LOOKS_BACK_MS) {
    const from = epoch(Math.max(last, now - back));
    const slot = slotsBetween(schedule, timezone, from, now).at(-1);
    if (slot !== undefined || from === last) return slot;
  }
  return undefined;
}

async function startSlot(s: Scheduler, chart: ChartVersion, slot: EpochMs): Promise<void> {
  const input: Json = { slot: new Date(slot).toISOString() };
  try {
    const started = await startRun(s, { chart: chart.name, version: chart.version, name: slotName(slot), input });
    s.telemetry.event('fired', { chart: chart.name, slot: slotName(slot), created: started.created });
  } catch (error) {
    // What can be cured by a later try is tried again with the next evaluation: the slot is not noted yet.
    if (error instanceof FlowbeatError && error.kind !== 'retryable') {
      s.telemetry.event('fireFailed', { chart: chart.name, slot: slotName(slot), code: error.code });
      return;
    }
    throw error;
  }
}

/** A deleted chart's triggers start anew should it come back: what they missed meanwhile was meant to be missed. */
export async function forgetTriggers(s: Scheduler, chart: ChartVersion): Promise<void> {
  for (const trigger of triggersOf(chart)) {
    const key = keyOf(chart.name, trigger);
    const last = await s.store.readSetting(key);
    if (last !== undefined && last !== null) await s.store.writeSetting(key, null, last);
  }
}

const parsed = new WeakMap<ChartVersion, readonly ScheduleTrigger[]>();

/** Most charts have none: a look at the text spares parsing it. */
function triggersOf(chart: ChartVersion): readonly ScheduleTrigger[] {
  let triggers = parsed.get(chart);
  if (triggers === undefined) {
    triggers = chart.source.includes('"schedule"') ? (JSON.parse(chart.source) as Chart).triggers : [];
    parsed.set(chart, triggers);
  }
  return triggers;
}
