/**
 * Judges death where the observer's memory may be gone at any time: what it saw is kept in a row, and each look goes on from there.
 *
 * - Between two looks of one instance its own monotonic clock tells what has passed, from the answer to one read to the request of the next.
 * - Where another instance took the look before (or this one's memory is lost) nobody can tell for certain: a sweep's interval counts at most, and never more
 *   than the wall clocks say. So clocks that differ cost looks, and condemn nobody: a worker that beats moves within two such intervals, and a window
 *   has six (L12).
 * - Two looks at once: the row is written where it is as it was read. Who loses judges nobody.
 */
import type { Json } from '#engine/json';
import type { EpochMs } from '#engine/time';
import type { Evidence } from '#ports/flow-record';
import type { Incarnation } from '#ports/ids';
import type { WatchedLease } from '#ports/lease';
import type { Scheduler } from '#scheduler/context';
import { sweepEvery } from '#scheduler/sweeper/chain';
import { type Seen, Watch } from '#scheduler/watch';

const KEY = 'sweeper.watch';

/** What is kept between two looks; one entry a worker, short: it is written each time. */
interface Row {
  /** The number of the look. */
  readonly look: number;
  /** By the wall clock of whoever took it. */
  readonly at: EpochMs;
  readonly seen: readonly Entry[];
}

/** The incarnation's `shortOf`, its beat; and stillMs and looks where the beat has not moved. */
type Entry = readonly [string, number] | readonly [string, number, number, number];

/** The end of an incarnation, which is random: 60 bits. Two that share it would be judged by the beat of one of them: later as a rule, and never unsafely (L12). */
const shortOf = (incarnation: string): string => incarnation.slice(-10);

/**
 * So many workers are judged at most. The row is one item, which ends at 400 KB, and an entry has 27 bytes where no beat has moved since the last look. Leases end earlier: their partition takes
 * 1,000 beats a second, those of 10,000 workers at a window of 30 s.
 */
export const MOST_WORKERS = 12_000;

/** The leases as they were read, between two moments of the observer's elapsed time. */
export interface Sight {
  readonly leases: readonly WatchedLease[];
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** One for each instance: its memory of its own last look. */
export class Judge {
  readonly #s: Scheduler;
  readonly #windowMs: number;
  #mine: { readonly look: number; readonly answeredAt: number } | undefined;

  constructor(s: Scheduler, windowMs: number) {
    this.#s = s;
    this.#windowMs = windowMs;
  }

  /** Takes one look at the first `MOST_WORKERS`; returns the number of it and those that are dead by silence. */
  async look({ leases: all, askedAt, answeredAt }: Sight): Promise<{
    readonly look: number;
    readonly dead: readonly { readonly lease: WatchedLease; readonly evidence: Evidence }[];
  }> {
    const { store, clock } = this.#s;
    const stored = await store.readSetting(KEY);
    const row = (stored ?? { look: 0, at: clock.now(), seen: [] }) as unknown as Row;
    const leases = all.slice(0, MOST_WORKERS);
    const watch = new Watch(knownOf(row, leases));
    const now = clock.now();
    const guess = Math.min(sweepEvery(this.#windowMs), now - row.at);
    // An instance may be put to sleep between two sweeps, and its clock with it: then the guess says more.
    const passed = this.#mine?.look === row.look ? Math.max(guess, askedAt - this.#mine.answeredAt) : guess;
    const dead = watch.judge(leases, passed, this.#windowMs);
    const look = row.look + 1;
    const next: Row = { look, at: now, seen: [...watch.seen].map(flat) };
    this.#mine = undefined;
    if (!(await store.writeSetting(KEY, next as unknown as Json, stored))) return { look, dead: [] };
    this.#mine = { look, answeredAt };
    return { look, dead };
  }
}

function knownOf({ seen }: Row, leases: readonly WatchedLease[]): readonly (readonly [Incarnation, Seen])[] {
  const known = new Map(
    seen.map(([name, beat, stillMs = 0, looks = 0]) => [shortOf(name), { beat, stillMs, looks }] as const),
  );
  return leases.flatMap(({ incarnation }) => {
    const entry = known.get(shortOf(incarnation));
    return entry ? [[incarnation, entry] as const] : [];
  });
}

const flat = ([incarnation, { beat, stillMs, looks }]: readonly [Incarnation, Seen]): Entry =>
  looks === 0 ? [shortOf(incarnation), beat] : [shortOf(incarnation), beat, Math.round(stillMs), looks];
