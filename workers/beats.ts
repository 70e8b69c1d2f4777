import type { Clock, Timer } from '#ports/clock';
import type { Command, HeldFlow, Lease, LeaseStatus, LeaseStore } from '#ports/lease';

/** What a beat says of its worker at the moment that it is composed. */
export interface Composed {
  readonly flows: readonly HeldFlow[];
  readonly status: LeaseStatus;
  readonly reason?: string;
}

/** The worker, as its beats see it. */
export interface BeatSource {
  /** Undefined once this incarnation is over: an empty list must never replace the one by which its flows are found. */
  compose(): Composed | undefined;
  /** A beat that was composed at `elapsed` has been accepted: the lease is proven as of then, and names `flows`. */
  beaten(flows: readonly HeldFlow[], commands: readonly Command[], elapsed: number): void;
  /** The lease is gone or condemned. */
  lost(): void;
}

/** What beats for a worker: from a thread of its own in production, by timers in the simulator. */
export interface Beats {
  start(lease: Lease, source: BeatSource): RunningBeats;
}

/** The beats of one incarnation. */
export interface RunningBeats {
  stop(): void;
  /** Tells the source at once of beats that were accepted while it was busy: asked before a lease is taken for unproven. */
  catchUp?(): void;
  /** Beats without waiting for its time: a command is there. */
  now?(): void;
}

/** A worker hears of a cancel with its beats: where the window is very long (+10y switches failover off) they come more often than three in it. */
const LONGEST_BEAT_MS = 60_000;

/** Three beats in a window (REQUIREMENTS FX-30); a failed one is tried again after a fraction of that. */
export const beatEvery = (windowMs: number): number => Math.min(windowMs / 3, LONGEST_BEAT_MS);

/** Beats by the clock of the caller, through the store given. */
export class TimerBeats implements Beats {
  readonly #store: LeaseStore;
  readonly #clock: Clock;

  constructor(store: LeaseStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  start(lease: Lease, source: BeatSource): { stop(): void } {
    let beat = lease.beat;
    let stopped = false;
    let timer: Timer;
    const every = beatEvery(lease.windowMs);
    const next = (ms: number) => {
      if (!stopped) timer = this.#clock.after(ms, once);
    };
    const once = async () => {
      const composed = source.compose();
      if (!composed || stopped) return;
      const { flows, status, reason } = composed;
      const composedAt = this.#clock.elapsed();
      beat += 1;
      try {
        const commands = await this.#store.beat({
          incarnation: lease.incarnation,
          beat,
          progress: beat,
          stalled: false,
          status,
          ...(reason !== undefined && { reason }),
          flows,
          now: this.#clock.now(),
        });
        if (stopped) return;
        if (!commands) {
          source.lost();
          return;
        }
        source.beaten(flows, commands, composedAt);
        next(every);
      } catch {
        // The store may have applied it: the next beat has a higher number either way.
        next(every / 4);
      }
    };
    next(every);
    return {
      stop() {
        stopped = true;
        timer.cancel();
      },
    };
  }
}
