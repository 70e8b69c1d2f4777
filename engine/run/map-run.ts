/**
 * A distributed Map: round after round of items is read, split into children, and joined; then the results are put together. Each function moves the cursor and
 * returns where the flow blocks.
 */
import type { StateOf } from '#engine/chart/compiled';
import type { MapRun, Round, RoundEnd } from '#engine/flow';
import type { Cursor } from '#engine/run/cursor';
import { MapPlan } from '#engine/run/map-plan';
import type { Step } from '#engine/run/step';
import type { Tolerance } from '#engine/run/work';

const noItems: MapRun = { items: 0, round: 0, failed: 0, head: null, rounds: [] };

/** Enters a distributed Map. Throws `StatesError`. */
export const startMapRun = (cursor: Cursor, state: StateOf<'Map'>): Step => {
  cursor.map = undefined;
  const plan = new MapPlan(cursor);
  cursor.trace?.split(state, plan.items.length, plan.name);
  // Both are looked at before the first item is read, so that nothing is done in vain.
  void plan.maxItems;
  void plan.target;
  cursor.map = noItems;
  return readOn(cursor);
};

/** `read`: the next round is asked for. */
export const readOn = (cursor: Cursor): Step => ({ position: cursor.position('read'), next: { do: 'read' } });

/** `gather`: the results are asked for. */
export const gatherResults = (cursor: Cursor): Step => ({
  position: cursor.position('gather'),
  next: { do: 'gather' },
});

/** A round was read: its children are to be made. */
export const takeRound = (cursor: Cursor, { children, items, head, starts, sizes, next }: Round): Step => {
  const map = runOf(cursor);
  cursor.map = { ...map, items: map.items + items, round: items, head, next, starts, ...(sizes && { sizes }) };
  if (children === 0) return gatherResults(cursor);
  cursor.broke = true;
  return splitRound(cursor, children);
};

/** `split`: the children of the present round are to be made. */
export const splitRound = (cursor: Cursor, branches: number): Step => {
  const { maxConcurrency, isTolerant } = new MapPlan(cursor);
  return {
    position: cursor.position('split', { branches }),
    next: { do: 'split', branches, maxConcurrency, ...(isTolerant ? { tolerant: true } : null) },
  };
};

/** A round has ended. `broken`: by a failure that is not tolerated. Undefined where the Map fails at once. */
export const endRound = (cursor: Cursor, round: RoundEnd, broken: boolean): Step | undefined => {
  const { starts: _starts, sizes: _sizes, ...map } = runOf(cursor);
  const plan = new MapPlan(cursor);
  const failed = map.failed + round.failed;
  // The number of all items is known once they were read, or where they are in the input.
  const all = map.next === null ? map.items : plan.source === undefined ? plan.items.length : undefined;
  const exceeded = broken || exceeds(failed, all, plan.tolerance);
  cursor.map = { ...map, failed, rounds: [...map.rounds, round], ...(exceeded ? { exceeded } : null) };
  if (exceeded && plan.target.place === null) return undefined;
  return exceeded || map.next === null ? gatherResults(cursor) : readOn(cursor);
};

const runOf = ({ map, state }: Cursor): MapRun => {
  if (map === undefined) throw new Error(`the distributed Map '${state.name}' was not entered`);
  return map;
};

/** Whether more items failed than are tolerated: more than either bound, and none where none is given. `all`: undefined where their number is not known yet. */
const exceeds = (failed: number, all: number | undefined, { count, percentage }: Tolerance): boolean => {
  if (count === undefined && percentage === undefined) return failed > 0;
  if (count !== undefined && failed > count) return true;
  return percentage !== undefined && all !== undefined && failed > 0 && (failed / all) * 100 > percentage;
};

/** What a Map fails with whose items failed too often (AWS: "Setting failure thresholds for Distributed Map states"). */
export const thresholdExceeded = {
  error: 'States.ExceedToleratedFailureThreshold',
  cause: 'The specified tolerated failure threshold was exceeded',
} as const;
