import { revisionOf } from '#http/revision';
import type { RunDetail } from '#scheduler/operations';

/** A run as read, with its entity tag. */
export interface SeenRun {
  readonly run: RunDetail;
  readonly revision: string;
}

/** The first look comes soon, because most changes do; then the looks grow rarer, because each costs reads of the store. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;

/**
 * Reads a run until it is not at revision `seen` any more, it has ended, `waitMs` are over or `stop` aborts; returns the last reading.
 * The server looks for its client: one place that polls next to the store, instead of each client across the network.
 */
export async function awaitChange(
  read: () => Promise<RunDetail>,
  seen: string | undefined,
  waitMs: number,
  stop: AbortSignal,
): Promise<SeenRun> {
  const until = performance.now() + waitMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    const run = await read();
    const revision = await revisionOf(run);
    const left = until - performance.now();
    if (revision !== seen || run.endedAt !== undefined || left <= 0 || stop.aborted) return { run, revision };
    await pauseFor(Math.min(pause, left), stop);
  }
}

function pauseFor(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener('abort', done, { once: true });
  });
}
