/** The census of an installation without a controller: once a day, page by page, going on with the next sweep where one ends. */
import type { Json } from '#engine/json';
import type { EpochMs } from '#engine/time';
import { FlowbeatError } from '#ports/errors';
import { type Census, censusPage, NOTHING_FOUND } from '#scheduler/census';
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
 */
export async function dailyCensus(s: Scheduler, by: string, goesOn: () => boolean): Promise<void> {
  const { store, clock } = s;
  let stored = await store.readSetting(KEY);
  let row = stored as unknown as Row | undefined;
  if (!row || (row.done && clock.now() - row.startedAt >= DAY_MS))
    row = { startedAt: clock.now(), found: NOTHING_FOUND, done: false };
  while (!row.done && goesOn()) {
    const page = await pageOf(s, by, row);
    if (!(await store.writeSetting(KEY, page as unknown as Json, stored))) return;
    stored = page as unknown as Json;
    row = page;
    if (row.done) s.telemetry.event('census', { ...row.found });
  }
}

async function pageOf(s: Scheduler, by: string, { startedAt, found, cursor }: Row): Promise<Row> {
  try {
    const page = await censusPage(s, IDLE_MS, by, cursor);
    const sum = Object.fromEntries(
      Object.entries(found).map(([kind, count]) => [kind, count + page.found[kind as keyof Census]]),
    ) as unknown as Census;
    const more = page.cursor !== undefined && { cursor: page.cursor };
    return { startedAt, found: sum, done: page.cursor === undefined, ...more };
  } catch (error) {
    // A cursor that the store does not know any more: from the beginning, with the next sweep.
    if (cursor === undefined || !(error instanceof FlowbeatError) || error.kind === 'retryable') throw error;
    return { startedAt, found: NOTHING_FOUND, done: false };
  }
}
