import type { Chart, ScheduleTrigger } from '#engine/chart/chart';
import type { Json } from '#engine/json';
import { nextSlot, slotsBetween } from '#engine/schedule';
import { type EpochMs, epoch } from '#engine/time';
import { mayHaveTriggers } from '#ports/chart-source';
import { FlowbeatError } from '#ports/errors';
import { rootFlow, runId } from '#ports/ids';
import { CONTROL_QUEUE } from '#ports/message';
import type { ChartVersion } from '#ports/store';
import type { Scheduler } from '#scheduler/context';
import { sendAt } from '#scheduler/messages';
import { startRun } from '#scheduler/start';

/** The name of a slot's run: its moment in UTC, `2026-11-21T02-00-00Z`. The slot is the run's name, so it starts at most one run (L9). */
export const slotName = (slot: EpochMs): string => `${new Date(slot).toISOString().slice(0, 19).replaceAll(':', '-')}Z`;

/** Where the last slot that was evaluated is kept: by what the trigger says, so that its place in the chart may change. */
const keyOf = (chart: string, { schedule, timezone }: ScheduleTrigger): string =>
  `trigger.${chart}.${timezone}.${schedule.trim()}`;

/** Charts that are looked at side by side: with thousands of them a tick that waited for each read would not come to the last ones within its minute. */
const CHARTS_AT_ONCE = 16;

/**
 * Starts the runs of all slots that have come since the last evaluation, and tells when the next one comes (undefined: none). Any number of processes
 * may do so at once: of two starts of one slot the second finds the run there. The start goes before the note of the slot, so that a crash between
 * them repeats a start and loses none. After an outage the last missed slot is fired, the ones before it are not; a trigger that is new fires nothing
 * of the past.
 *
 * Who comes by seldom looks ahead: for the slots of the next `aheadMs` it sends messages that start their runs on time (scheduler/slots.ts), and notes up
 * to where. What was promised so and has no run when it comes by again is started then, each slot of it.
 *
 * A chart that fails holds up no other: all have had their turn when the first failure is thrown.
 */
export async function fireTriggers(
  s: Scheduler,
  charts: readonly ChartVersion[],
  aheadMs = 0,
): Promise<EpochMs | undefined> {
  const now = s.clock.now();
  const results: PromiseSettledResult<EpochMs | undefined>[] = [];
  for (let at = 0; at < charts.length; at += CHARTS_AT_ONCE) {
    const some = charts.slice(at, at + CHARTS_AT_ONCE);
    results.push(...(await Promise.allSettled(some.map((version) => fireChart(s, version, now, aheadMs)))));
  }
  let next: EpochMs | undefined;
  for (const result of results) {
    if (result.status === 'rejected') throw result.reason;
    if (result.value !== undefined && (next === undefined || result.value < next)) next = result.value;
  }
  return next;
}

/** Fires the triggers of one chart, and tells when its next slot comes. */
async function fireChart(s: Scheduler, version: ChartVersion, now: EpochMs, aheadMs: number) {
  const firsts: EpochMs[] = [];
  const nexts: EpochMs[] = [];
  for (const trigger of triggersOf(version)) {
    const { schedule, timezone } = trigger;
    const fired = await fire(s, version, trigger, now, aheadMs);
    firsts.push(...slotAfter(schedule, timezone, fired));
    nexts.push(...slotAfter(schedule, timezone, now));
  }
  const first = earliest(firsts);
  // While it is near the chart is looked at by each tick, and no note is needed.
  if (aheadMs > 0 && !(first !== undefined && first <= now + LOOK_AHEAD_MS))
    await s.store.noteNextSlot(version, first, now);
  return earliest(nexts);
}

/**
 * How long before its first slot a chart is looked at again by who comes by seldom: more than clocks differ, since who noted the slot may have had another.
 */
export const LOOK_AHEAD_MS = 10 * 60_000;

function slotAfter(schedule: string, timezone: string, after: EpochMs): readonly EpochMs[] {
  const slot = nextSlot(schedule, timezone, after);
  return slot === undefined ? [] : [slot];
}

const earliest = (slots: readonly EpochMs[]): EpochMs | undefined =>
  slots.length === 0
    ? undefined
    : epoch(slots.reduce((least, slot) => Math.min(least, slot), Number.POSITIVE_INFINITY));

/** Fires one trigger. Returns the last slot that needs no more to be looked at. */
async function fire(
  s: Scheduler,
  chart: ChartVersion,
  trigger: ScheduleTrigger,
  now: EpochMs,
  aheadMs: number,
): Promise<EpochMs> {
  const key = keyOf(chart.name, trigger);
  const stored = await s.store.readSetting(key);
  const noted = notedOf(stored);
  const { schedule, timezone } = trigger;
  // The earliest that any clock says, since by one that was ahead it would be seen only in the future; but not before the chart was there.
  const seen = epoch(Math.max(now, chart.createdAt));
  const since = noted ? noted.since && epoch(Math.min(noted.since, seen)) : seen;
  let { fired, sent } = noted ?? { fired: now, sent: undefined };
  if (aheadMs > 0 && Math.max(fired, (sent ?? fired) - aheadMs) > now + aheadMs) {
    // Noted by a clock that is ahead, or this one is behind: what is recent is looked at again, and sent for once more.
    fired = epoch(Math.max(since ?? 0, now - RECENT_MS));
    sent = undefined;
  }
  if (noted) {
    for (const slot of slotsDue(trigger, fired, sent, now, aheadMs > 0)) {
      // What was sent for has its run, but for what was lost: a look is cheaper than a start that finds it.
      if (aheadMs === 0 || !(await hasRun(s, chart.name, slot))) await startSlot(s, chart, slot);
      fired = slot;
    }
  }
  if (aheadMs > 0) {
    const from = epoch(Math.max(sent ?? now, now, since ?? now));
    const ahead = slotsBetween(schedule, timezone, from, epoch(now + aheadMs));
    if (ahead.length > 0) {
      await s.commit(ahead.map((slot) => slotWrite(s.queue, chart, slot, now)));
      sent = ahead.at(-1);
    }
  }
  if (noted && noted.fired === fired && noted.sent === sent && noted.since === since) return fired;
  const note = { fired, ...(sent !== undefined && { sent }), ...(since !== undefined && { since }) };
  await s.store.writeSetting(key, aheadMs > 0 ? note : fired, stored);
  return fired;
}

/** Where messages start slots on time an outage of this length is none: a tick may come late, or be lost. */
const RECENT_MS = 150_000;

/** The slots up to `now` that should have a run: those that were promised, the recent ones where slots are, and of the others the last. */
function slotsDue(trigger: ScheduleTrigger, fired: EpochMs, sent: EpochMs | undefined, now: EpochMs, ahead: boolean) {
  const { schedule, timezone } = trigger;
  const until = epoch(Math.max(fired, Math.min(sent ?? fired, now)));
  const promised = slotsBetween(schedule, timezone, fired, until);
  const recent = ahead ? slotsBetween(schedule, timezone, epoch(Math.max(until, now - RECENT_MS)), now) : [];
  const last = recent.length > 0 ? undefined : lastSlot(trigger, until, now);
  return [...promised, ...recent, ...(last === undefined ? [] : [last])];
}

/** What is kept of a trigger: the last slot that was fired; the last one that a message was sent for, where somebody looks ahead. */
interface Noted {
  readonly fired: EpochMs;
  readonly sent?: EpochMs | undefined;
  /** When it was seen first, where somebody looks ahead: whatever a clock says, it fires nothing of before. */
  readonly since?: EpochMs | undefined;
}

/** Undefined for a trigger that is new, or whose chart was deleted meanwhile. */
function notedOf(stored: Json | undefined): Noted | undefined {
  if (typeof stored === 'number') return { fired: epoch(stored) };
  return (stored ?? undefined) as unknown as Noted | undefined;
}

const hasRun = async (s: Scheduler, chart: string, slot: EpochMs): Promise<boolean> =>
  (await s.store.readFlow(rootFlow(runId(chart, slotName(slot))))) !== undefined;

/** The message that starts a slot's run on time. */
const slotWrite = (queue: Scheduler['queue'], { name, version }: ChartVersion, slot: EpochMs, now: EpochMs) =>
  sendAt(queue, { kind: 'slot', queue: CONTROL_QUEUE, chart: name, version, slot }, slot, now);

/** Whether one of a chart's triggers fires at that moment. */
export const hasSlot = (chart: ChartVersion, slot: EpochMs): boolean =>
  triggersOf(chart).some(({ schedule, timezone }) => nextSlot(schedule, timezone, epoch(slot - 1)) === slot);

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

/** Starts the run of a slot; one that is there is left as it is (L9). */
export async function startSlot(s: Scheduler, chart: ChartVersion, slot: EpochMs): Promise<void> {
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
    triggers = mayHaveTriggers(chart.source) ? (JSON.parse(chart.source) as Chart).triggers : [];
    parsed.set(chart, triggers);
  }
  return triggers;
}
