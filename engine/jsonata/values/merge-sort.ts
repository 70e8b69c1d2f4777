import type { Meter } from '#engine/jsonata/meter';

/**
 * The items in order; equal ones stay as they were. `after(a, b)` says whether a belongs behind b, and need not be consistent: the sort ends whatever
 * it answers.
 */
export const mergeSort = <T>(items: readonly T[], after: (a: T, b: T) => boolean, meter: Meter): readonly T[] => {
  if (items.length <= 1) return items;
  meter.items(items.length);
  const middle = items.length >> 1;
  const left = mergeSort(part(items, 0, middle), after, meter);
  const right = mergeSort(part(items, middle, items.length), after, meter);
  const merged: T[] = [];
  let [l, r] = [0, 0];
  while (l < left.length && r < right.length) {
    if (after(left[l] as T, right[r] as T)) merged.push(right[r++] as T);
    else merged.push(left[l++] as T);
  }
  while (l < left.length) merged.push(left[l++] as T);
  while (r < right.length) merged.push(right[r++] as T);
  return merged;
};

/** A plain array of some of the items; `slice` would make a sequence of a sequence. */
const part = <T>(items: readonly T[], from: number, to: number): readonly T[] => {
  const some: T[] = [];
  for (let i = from; i < to; i++) some.push(items[i] as T);
  return some;
};
