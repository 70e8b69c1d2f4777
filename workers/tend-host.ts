import type { Clock, Timer } from '#ports/clock';
import type { Host } from '#ports/host';
import type { Telemetry } from '#ports/telemetry';

/** How often it is looked whether flows are held. A task that is stopped in the second before its protection only drains. */
const LOOK_MS = 1_000;
/** Protection outlives a worker that hangs by so long, and is renewed when half of it is over. */
const PROTECT_MINUTES = 10;
const RENEW_MS = (PROTECT_MINUTES * 60_000) / 2;
/** After a refusal: each try is a call of an API that is throttled. */
const AGAIN_MS = 10_000;
/** A Spot notice comes two minutes ahead; EC2 asks to look each five seconds. */
const NOTICE_MS = 5_000;

/** The worker, as its host is told of it. */
export interface Tended {
  /** Whether it holds a flow, or is about to. */
  readonly holds: () => boolean;
  /** The host will be taken away, or is likely to: called once for each. */
  readonly onLeaving: (why: string) => void;
}

/**
 * Keeps the host while the worker holds flows, and tells it when the host will go. While draining it gives its flows back at their next break, so the
 * protection goes then. A host that fails to answer is asked again and stops nothing. Returns what ends it; that resolves when the protection is gone.
 */
export function tendHost(host: Host, clock: Clock, telemetry: Telemetry, tended: Tended): () => Promise<void> {
  const failed = (error: unknown) => telemetry.event('hostFailed', { message: String(error) });
  const { protect, leaving, atRisk } = host;
  const protection = protect && new Protection(clock, failed, (on) => protect(on, PROTECT_MINUTES));
  const stops = [
    protection && every(clock, LOOK_MS, () => protection.set(tended.holds())),
    leaving &&
      every(clock, NOTICE_MS, async () => {
        const why = await leaving().catch(failed);
        if (!why) return true;
        tended.onLeaving(why);
        return false;
      }),
    atRisk && heedRisk(clock, atRisk, failed, tended.onLeaving),
  ];
  return async () => {
    for (const stop of stops) stop?.();
    await protection?.drop();
  };
}

/**
 * A recommendation to leave that comes while the worker is there is heeded as a notice is. One that was there when it began is not: EC2 may never take the
 * instance back, and whoever starts the worker there again would see it go each time.
 */
function heedRisk(
  clock: Clock,
  atRisk: () => Promise<string | undefined>,
  failed: (error: unknown) => void,
  onLeaving: (why: string) => void,
): () => void {
  let wasWell = false;
  return every(clock, NOTICE_MS, async () => {
    try {
      const why = await atRisk();
      if (why !== undefined) {
        if (wasWell) onLeaving(why);
        return false;
      }
      wasWell = true;
    } catch (error) {
      failed(error);
    }
    return true;
  });
}

/** The protection of this host: off or on as it was told last. */
class Protection {
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;
  readonly #tell: (on: boolean) => Promise<void>;
  #on = false;
  #nextAt = Number.NEGATIVE_INFINITY;
  #telling: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock, failed: (error: unknown) => void, tell: (on: boolean) => Promise<void>) {
    this.#clock = clock;
    this.#failed = failed;
    this.#tell = tell;
  }

  /** Resolves to true: it is to be looked at again. */
  set(wanted: boolean): Promise<true> {
    const work = this.#telling.then(async () => {
      const now = this.#clock.elapsed();
      const isDue = now >= this.#nextAt;
      if (wanted ? !isDue : !this.#on || (this.#refusedOff && !isDue)) return;
      // A call without an answer may have switched it on.
      if (wanted) this.#on = true;
      try {
        await this.#tell(wanted);
        this.#on = wanted;
        this.#refusedOff = false;
        this.#nextAt = wanted ? now + RENEW_MS : Number.NEGATIVE_INFINITY;
      } catch (error) {
        this.#refusedOff = !wanted;
        this.#nextAt = now + AGAIN_MS;
        this.#failed(error);
      }
    });
    this.#telling = work;
    return work.then(() => true);
  }
  #refusedOff = false;

  async drop(): Promise<void> {
    this.#nextAt = Number.NEGATIVE_INFINITY;
    await this.set(false);
  }
}

/** Repeats `work` while it says so; returns what ends it. */
function every(clock: Clock, ms: number, work: () => Promise<boolean>): () => void {
  let isOver = false;
  let timer: Timer | undefined;
  const next = async () => {
    if ((await work()) && !isOver) timer = clock.after(ms, () => void next());
  };
  void next();
  return () => {
    isOver = true;
    timer?.cancel();
  };
}
