import type { EpochMs } from '#engine/time';

interface Entry<T> {
  readonly at: EpochMs;
  readonly order: number;
  readonly item: T;
}

/** A queue by time; of two with the same time the one that came first. A binary heap: a run may have 1,000 flows side by side. */
export class TimeHeap<T> {
  private readonly entries: Entry<T>[] = [];
  private orders = 0;

  push(at: EpochMs, item: T): void {
    const { entries } = this;
    const entry = { at, order: this.orders++, item };
    let i = entries.length;
    entries.push(entry);
    while (i > 0) {
      const up = (i - 1) >> 1;
      const above = entries[up] as Entry<T>;
      if (!before(entry, above)) break;
      entries[i] = above;
      i = up;
    }
    entries[i] = entry;
  }

  pop(): T | undefined {
    const { entries } = this;
    const first = entries[0];
    const last = entries.pop();
    if (first === undefined || last === undefined) return undefined;
    if (entries.length === 0) return first.item;
    let i = 0;
    for (;;) {
      let down = 2 * i + 1;
      if (down >= entries.length) break;
      if (down + 1 < entries.length && before(entries[down + 1] as Entry<T>, entries[down] as Entry<T>)) down++;
      const below = entries[down] as Entry<T>;
      if (!before(below, last)) break;
      entries[i] = below;
      i = down;
    }
    entries[i] = last;
    return first.item;
  }
}

const before = <T>(a: Entry<T>, b: Entry<T>): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
