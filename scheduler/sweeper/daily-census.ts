/** The census of an installation without a controller: once a day, page by page, going on with the next sweep where one ends. */
import type { Json } from '#engine/json';
import { type EpochMs, epoch } from '#engine/time';
import { FlowbeatError } from '#ports/errors';
import { archiveRuns } from '#scheduler/archive/archive-runs';
import { type Census, censusPage, NOTHING_FOUND, type Page } from '#scheduler/census';
import type { Scheduler } from '#scheduler/context';

const KEY = 'sweeper.census';
const DAY_MS = 86_400_000;
/** What has not moved for longer than the longest delay of a queue is not on its way any more. */
const IDLE_MS = 15 * 60_000;

interface Row {
  readonly startedAt: EpochMs;
  /** Where it goes on; absent at its beginning. */
  readonly cursor?: string;
  readonly found: Census;
  readonly done: boolean;
}

/**
 * Goes on with the day's census for as long as `goesOn` says; begins one where the last began a day ago. Two at once do a page twice, which is
 * harmless; so does one that was cut before its page was noted.
 *
 * Runs that ended more than `retentionMs` ago (absent: never) are archived page by page, each page after it was noted: what there is no time for, and what
 * this process does not survive, waits for the next day's census and holds up none.
 */
export async function dailyCensus(
  s: Scheduler,
  by: string,
  goesOn: () => boolean,
  retentionMs?: number,
): Promise<void> {
  const { store, clock } = s;
  let stored = await store.readSetting(KEY);
  let row = stored as unknown as Row | undefined;
  if (!row || (row.done && clock.now() - row.startedAt >= DAY_MS))
    row = { startedAt: clock.now(), found: NOTHING_FOUND, done: false };
  while (!row.done && goesOn()) {
    const before = retentionMs === undefined ? undefined : epoch(clock.now() - retentionMs);
    const { next, ended } = await pageOf(s, by, row, before);
    if (!(await store.writeSetting(KEY, next as unknown as Json, stored))) return;
    stored = next as unknown as Json;
    row = next;
    if (row.done) s.telemetry.event('census', { ...row.found });
    if (before !== undefined) await archiveRuns(s, ended, { before, goesOn });
  }
}

async function pageOf(
  s: Scheduler,
  by: string,
  { startedAt, found, cursor }: Row,
  endedBefore: EpochMs | undefined,
): Promise<{ readonly next: Row; readonly ended: Page['ended'] }> {
  try {
    const page = await censusPage(s, IDLE_MS, by, cursor, endedBefore);
    const sum = Object.fromEntries(
      Object.entries(found).map(([kind, count]) => [kind, count + page.found[kind as keyof Census]]),
    ) as unknown as Census;
    const more = page.cursor !== undefined && { cursor: page.cursor };
    return { next: { startedAt, found: sum, done: page.cursor === undefined, ...more }, ended: page.ended };
  } catch (error) {
    // A cursor that the store does not know any more: from the beginning, with the next sweep.
    if (cursor === undefined || !(error instanceof FlowbeatError) || error.kind === 'retryable') throw error;
    return { next: { startedAt, found: NOTHING_FOUND, done: false }, ended: [] };
  }
}
