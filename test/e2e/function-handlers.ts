/** Handlers that the function `executor` runs under test. */
import { isMainThread } from 'node:worker_threads';
import { defineActivities } from '#sdk/worker';

export default defineActivities({
  double: ({ n }: { n: number }) => ({ n: n * 2 }),
  /** Says where it runs. */
  place: { isolate: 'thread', handler: () => ({ isMainThread }) },
});
