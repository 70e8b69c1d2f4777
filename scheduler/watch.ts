import type { Evidence } from '#ports/flow-record';
import type { Incarnation } from '#ports/ids';
import type { Lease, WatchedLease } from '#ports/lease';
import { provedBy, standing } from '#scheduler/votes';

/** How many looks at a beat that does not move an observer must have taken itself before it judges: one that was frozen judges nobody. */
const LOOKS = 3;

/** Three beats are due in a window, so after half of it one is missing: the second sign, where a vote was the first. */
const MISSED_PART = 0.5;

/** Each worker watches so many others; with fewer workers than that, all of them. */
export const WATCHED = 3;

/** What an observer knows of one worker. */
export interface Seen {
  readonly beat: number;
  /** The observer's own elapsed time, summed over its looks, since the beat last moved. */
  readonly stillMs: number;
  readonly looks: number;
}

/**
 * Judges death without comparing clocks: a worker is dead when its beat has not moved for a window of the observer's own elapsed time. Between two
 * looks at most two beat intervals count, so that an observer that slept through a window has to look again. Where somebody has voted for its death
 * a beat that is missing is enough (votes.ts).
 */
export class Watch {
  readonly #seen: Map<Incarnation, Seen>;
  #last: number | undefined;

  /** Goes on from what was seen before, by this observer or one that left it what it knew. */
  constructor(seen: Iterable<readonly [Incarnation, Seen]> = []) {
    this.#seen = new Map(seen);
  }

  /** What is known of each worker, for an observer that goes on from here. */
  get seen(): ReadonlyMap<Incarnation, Seen> {
    return this.#seen;
  }

  /**
   * Takes one look at the leases as they were read between two moments of the observer's elapsed time; returns those that are dead by silence. From
   * the answer to one read to the request of the next a beat that is the same has surely not moved: slow reads prove nothing more. A worker that beats
   * for a longer window than the observer's is judged by its own: an observer that was started with another value must not condemn a healthy cluster.
   */
  look<L extends WatchedLease>(
    leases: readonly L[],
    read: { readonly askedAt: number; readonly answeredAt: number },
    windowMs: number,
  ): readonly { readonly lease: L; readonly evidence: Evidence }[] {
    const passed = this.#last === undefined ? 0 : read.askedAt - this.#last;
    this.#last = read.answeredAt;
    return this.judge(leases, passed, windowMs);
  }

  /** The same look, by an observer that tells itself how long ago the one before was: `passedMs` that have surely gone by. */
  judge<L extends WatchedLease>(
    leases: readonly L[],
    passedMs: number,
    windowMs: number,
  ): readonly { readonly lease: L; readonly evidence: Evidence }[] {
    const passed = Math.max(0, Math.min(passedMs, (2 * windowMs) / 3));
    const dead: { lease: L; evidence: Evidence }[] = [];
    const present = new Set<Incarnation>();
    for (const lease of leases) {
      if (lease.condemned) continue;
      present.add(lease.incarnation);
      const before = this.#seen.get(lease.incarnation);
      if (!before || before.beat !== lease.beat) {
        this.#seen.set(lease.incarnation, { beat: lease.beat, stillMs: 0, looks: 0 });
        continue;
      }
      const seen = { beat: lease.beat, stillMs: before.stillMs + passed, looks: before.looks + 1 };
      this.#seen.set(lease.incarnation, seen);
      const window = Math.max(windowMs, lease.windowMs);
      const evidence = seen.looks < LOOKS ? undefined : evidenceOf(lease, seen, window);
      if (evidence) dead.push({ lease, evidence });
    }
    for (const incarnation of this.#seen.keys()) if (!present.has(incarnation)) this.#seen.delete(incarnation);
    return dead;
  }

  /** Milliseconds for which a worker's beat has not moved, as far as this observer knows. */
  stillMs(incarnation: Incarnation): number {
    return this.#seen.get(incarnation)?.stillMs ?? 0;
  }
}

function evidenceOf(lease: WatchedLease, seen: Seen, windowMs: number): Evidence | undefined {
  if (seen.stillMs >= windowMs) return silence(lease, seen, windowMs);
  if (seen.stillMs < windowMs * MISSED_PART) return undefined;
  return provedBy([...standing(lease), { kind: 'missedBeat', text: silence(lease, seen, windowMs).text }]);
}

const silence = (lease: WatchedLease, seen: Seen, windowMs: number): Evidence => ({
  kind: 'silence',
  text: `Beat ${lease.beat} of ${lease.worker} did not move for ${Math.round(seen.stillMs)} ms of the observer's time (window ${windowMs} ms).`,
});

/** Whom a worker watches: its successors on the ring of all incarnations, and whoever is condemned already. */
export function watchedBy(me: Incarnation, leases: readonly Lease[]): readonly Lease[] {
  const others = leases.filter((lease) => lease.incarnation !== me);
  if (others.length <= WATCHED) return others;
  const ring = [...others].sort((a, b) => (a.incarnation < b.incarnation ? -1 : 1));
  const first = ring.findIndex((lease) => lease.incarnation > me);
  const from = first < 0 ? 0 : first;
  const chosen = new Set<Lease>();
  for (let i = 0; i < WATCHED; i++) chosen.add(ring[(from + i) % ring.length]!);
  for (const lease of ring) if (lease.condemned) chosen.add(lease);
  return [...chosen];
}
