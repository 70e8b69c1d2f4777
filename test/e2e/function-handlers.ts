/** Handlers that the function `executor` runs under test. */
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';
import { defineActivities } from '#sdk/worker';

export default defineActivities({
  double: ({ n }: { n: number }) => ({ n: n * 2 }),
  /** Says where it runs. */
  place: { isolate: 'thread', handler: () => ({ isMainThread }) },
  /** Counts up, and leaves its key in the file `journal`. */
  count: ({ n, journal, ...rest }: { n: number; journal: string }, { idempotencyKey }) => {
    appendFileSync(journal, `${idempotencyKey}\n`);
    return { ...rest, n: n + 1, journal };
  },
  /** Ends its process, until there is a file `cured`. */
  poison: ({ cured }: { cured: string }) => {
    if (!existsSync(cured)) process.exit(1);
    return { cured: true };
  },
  /** Takes as long as it is told. */
  slow: async ({ journal, ms }: { journal: string; ms: number }, { idempotencyKey }) => {
    appendFileSync(journal, `${idempotencyKey}\n`);
    await sleep(ms);
    return { journal, ms };
  },
});
