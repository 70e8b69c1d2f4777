import { type EpochMs, epoch } from '#engine/time';
import type { Clock, Timer } from '#ports/clock';
import type { Random } from '#test/support/random';

interface Due {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** Virtual time: a heap of things to happen. One step runs the earliest and lets every promise that it settled run on. */
export class World {
  now = 0;
  readonly random: Random;
  readonly #heap: Due[] = [];
  #order = 0;

  constructor(random: Random) {
    this.random = random;
  }

  /** Has `run` happen at `at`, or now if that is past. */
  at(at: number, run: () => void): Timer {
    const due: Due = { at: Math.max(at, this.now), order: this.#order++, run };
    push(this.#heap, due);
    return {
      cancel() {
        due.run = undefined;
      },
    };
  }

  /** The next thing to happen; false where nothing is left. */
  async step(): Promise<boolean> {
    for (let due = pop(this.#heap); due; due = pop(this.#heap)) {
      if (!due.run) continue;
      this.now = due.at;
      due.run();
      // A turn of the macrotask queue: all promise reactions, however long their chain, run before it.
      await new Promise((resolve) => setImmediate(resolve));
      return true;
    }
    return false;
  }

  /** The time of the queue and of the store: true time. */
  readonly clock: Clock = {
    now: () => epoch(EPOCH + this.now),
    elapsed: () => this.now,
    after: (ms, then) => this.at(this.now + ms, then),
  };
}

/** What the wall clock showed when virtual time was 0. */
export const EPOCH = Date.UTC(2026, 0, 1) as EpochMs;

const before = (a: Due, b: Due) => a.at < b.at || (a.at === b.at && a.order < b.order);

function push(heap: Due[], due: Due): void {
  let i = heap.push(due) - 1;
  while (i > 0) {
    const up = (i - 1) >> 1;
    if (!before(due, heap[up]!)) break;
    heap[i] = heap[up]!;
    i = up;
  }
  heap[i] = due;
}

function pop(heap: Due[]): Due | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (!top || !last || heap.length === 0) return top;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
    if (!before(heap[child]!, last)) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = last;
  return top;
}
