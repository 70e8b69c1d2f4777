import { epoch } from '#engine/time';
import type { Scheduler } from '#scheduler/context';
import { sendAt } from '#scheduler/messages';

/** Rows that one tick deals with at most: the next tick takes the rest. */
const ROWS = 500;

/**
 * Sends the messages of due rows that fall due within the queue's longest delay, each with its delay, then drops the row. A row whose flow has
 * moved on needs no deletion: its message finds a later term. Returns how many were sent.
 */
export async function tick(s: Scheduler): Promise<number> {
  const now = s.clock.now();
  const horizon = epoch(now + Math.min(s.queue.maxDelayMs, 2 ** 40));
  const rows = await s.store.dueBefore(horizon, ROWS);
  for (const row of rows) await s.commit([sendAt(s.queue, row.message, row.due, now), { kind: 'dropDue', row }]);
  if (rows.length > 0) s.telemetry.event('ticked', { rows: rows.length });
  return rows.length;
}
