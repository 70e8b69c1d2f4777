import { epoch } from '#engine/time';
import type { Scheduler } from '#scheduler/context';
import { sendAt } from '#scheduler/messages';

/** Rows that are read at a time. */
const ROWS = 500;
/** Pages of one tick at most: 50,000 waits, then the duties beside it have their turn and the next tick takes the rest. */
const PAGES = 100;

/**
 * Sends the messages of due rows that fall due within the queue's longest delay, each with its delay, then drops the row. A row whose flow has
 * moved on needs no deletion: its message finds a later term. All of them, however many fall due at once: what a tick leaves is late. Returns how many
 * were sent. Reads no more rows once `goesOn` says no.
 */
export async function tick(s: Scheduler, goesOn: () => boolean = () => true): Promise<number> {
  const now = s.clock.now();
  const horizon = epoch(now + Math.min(s.queue.maxDelayMs, 2 ** 40));
  let sent = 0;
  for (let page = 0; page < PAGES && goesOn(); page++) {
    const rows = await s.store.dueBefore(horizon, ROWS);
    if (rows.length > 0) {
      const sends = rows.map((row) => sendAt(s.queue, row.message, row.due, now));
      await s.commit([...sends, ...rows.map((row) => ({ kind: 'dropDue', row }) as const)]);
    }
    sent += rows.length;
    if (rows.length < ROWS) break;
  }
  if (sent > 0) s.telemetry.event('ticked', { rows: sent });
  return sent;
}
