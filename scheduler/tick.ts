import { type EpochMs, epoch } from '#engine/time';
import { FlowbeatError } from '#ports/errors';
import type { DueRow, SendWrite } from '#ports/write';
import type { Scheduler } from '#scheduler/context';

/** Rows that are read at a time. */
const ROWS = 500;
/** Pages of one tick at most: 50,000 waits, then the duties beside it have their turn and the next tick takes the rest. */
const PAGES = 100;
/** Rows that are looked at one by one side by side, where together they were refused. */
const AT_ONCE = 25;
/** How long after the horizon a row is looked at again whose message nobody takes: its queue is not there, or not yet. */
const PUT_OFF_MS = 15 * 60_000;

/**
 * Sends the messages of due rows that fall due within the queue's longest delay, each with its delay, then drops the row. A row whose flow has
 * moved on needs no deletion: its message finds a later term. All of them, however many fall due at once: what a tick leaves is late. Returns how many
 * were dealt with. Reads no more rows once `goesOn` says no.
 *
 * A row whose message is refused (a queue that the installation has no more) is put off, so that it does not hold up those behind it for good.
 */
export async function tick(s: Scheduler, goesOn: () => boolean = () => true): Promise<number> {
  const horizon = epoch(s.clock.now() + Math.min(s.queue.maxDelayMs, 2 ** 40));
  let sent = 0;
  for (let page = 0; page < PAGES && goesOn(); page++) {
    const rows = await s.store.dueBefore(horizon, ROWS);
    if (rows.length > 0) await sendRows(s, rows, horizon);
    sent += rows.length;
    if (rows.length < ROWS) break;
  }
  if (sent > 0) s.telemetry.event('ticked', { rows: sent });
  return sent;
}

async function sendRows(s: Scheduler, rows: readonly DueRow[], horizon: EpochMs): Promise<void> {
  // Now, and not when the tick began: thousands of rows take seconds, and their messages would be late by that.
  const now = s.clock.now();
  // Always a message: after a clock that went back meanwhile, a row put anew would be dropped as the one that was read.
  const sends = rows.map(({ message, due }): SendWrite => {
    const delayMs = Math.min(Math.max(0, due - now), s.queue.maxDelayMs);
    return { kind: 'send', message, delayMs };
  });
  try {
    await s.commit([...sends, ...rows.map((row) => ({ kind: 'dropDue', row }) as const)]);
  } catch (error) {
    // What a later try may cure is the next tick's.
    if (error instanceof FlowbeatError && error.kind === 'retryable') throw error;
    const [only, ...others] = rows;
    if (only && others.length === 0) return putOff(s, only, horizon, error);
    for (let at = 0; at < rows.length; at += AT_ONCE)
      await Promise.all(rows.slice(at, at + AT_ONCE).map((row) => sendRows(s, [row], horizon)));
  }
}

/** The new row before the old one goes: cut in between, both are looked at again. */
async function putOff(s: Scheduler, row: DueRow, horizon: EpochMs, error: unknown): Promise<void> {
  const { queue } = row.message;
  s.telemetry.event('dueFailed', { queue, message: String(error) });
  await s.commit([
    { kind: 'putDue', row: { ...row, due: epoch(horizon + PUT_OFF_MS) } },
    { kind: 'dropDue', row },
  ]);
}
