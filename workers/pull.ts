import { sleep } from '#ports/clock';
import { FlowbeatError } from '#ports/errors';
import type { Scheduler } from '#scheduler/context';
import type { Life } from '#workers/life';
import type { Places } from '#workers/places';

/** Messages that one receive asks for at most. */
const BATCH = 100;
const PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
const FULL_MS = 1_000;
/** A message whose handling failed comes back after a window, but not after years where the window says that there is no failover. */
const LONGEST_HIDDEN_MS = 60_000;
/** The shortest wait that is one in SQS, which counts seconds. */
const SHORTEST_POLL_MS = 1_000;

interface Pull {
  /** May grow meanwhile: what is new is pulled from with the next look. */
  readonly queues: readonly string[];
  /** How long one receive waits for a first message. */
  readonly pollMs: number;
  /** Aborts when no more messages are wanted. */
  readonly signal: AbortSignal;
}

/** How long a message that a worker deals with stays invisible to others. */
export const visibilityOf = ({ lease }: Life): number => Math.min(lease.windowMs, LONGEST_HIDDEN_MS);

/** Pulls while there is room. A worker without any asks for nothing, so that others get the messages. Never rejects. */
export async function pull(s: Scheduler, life: Life, places: Places, { queues, pollMs, signal }: Pull): Promise<void> {
  const { queue, clock, telemetry } = s;
  const visibilityMs = visibilityOf(life);
  // What comes is held for no longer than its visibility, counted from the asking: half of that at least is to be left when it comes.
  const waitMs = places.prefetch > 0 ? Math.min(pollMs, Math.max(visibilityMs / 2, SHORTEST_POLL_MS)) : pollMs;
  let pauseMs = PAUSE_MS;
  while (!signal.aborted) {
    if (places.room <= 0 || !life.claims) {
      if (!life.claims) await places.giveBack();
      await places.change(life.claims ? FULL_MS : PAUSE_MS);
      continue;
    }
    const until = clock.elapsed() + visibilityMs;
    try {
      const received = await queue.receive({
        queues,
        // Asked when there is something to be taken: places are also given to flows that the store claims for this worker.
        get max() {
          return Math.min(places.room, BATCH);
        },
        waitMs,
        visibilityMs,
        get needs() {
          return life.activities;
        },
        signal,
      });
      places.take(received, until);
      pauseMs = PAUSE_MS;
    } catch (error) {
      telemetry.event('receiveFailed', { code: error instanceof FlowbeatError ? error.code : String(error) });
      await sleep(clock, pauseMs, signal);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }
  await places.giveBack();
}
