import type { RunStatus } from '#http/contract/run';
import type { Operations, RunSummary } from '#scheduler/operations';

/** How many pages of the store one answer may read while it looks for runs that still run. */
const MOST_PAGES = 20;

interface Query {
  readonly chart?: string | undefined;
  readonly status?: RunStatus | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/**
 * A page of runs. `Running` stands for three statuses of the root flow, which no store lists as one: there the pages of all runs are
 * read and sifted, a bounded number of them, and the answer may hold fewer runs than `limit` and still have a cursor.
 */
export async function listRuns(
  operations: Operations,
  { chart, status, limit, cursor }: Query,
): Promise<{ items: RunSummary[]; cursor?: string }> {
  const items: RunSummary[] = [];
  let at = cursor;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page = await operations.listRuns({
      limit: limit - items.length,
      ...(chart === undefined ? {} : { chart }),
      ...(status === undefined || status === 'Running' ? {} : { status }),
      ...(at === undefined ? {} : { cursor: at }),
    });
    items.push(...page.items.filter((run) => status === undefined || run.status === status));
    at = page.cursor;
    if (at === undefined || items.length >= limit || status !== 'Running') break;
  }
  return { items, ...(at === undefined ? {} : { cursor: at }) };
}
