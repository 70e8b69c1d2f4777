import { FlowbeatError } from '#ports/errors';
import type { Queue } from '#ports/message';
import type { FlowStore } from '#ports/store';
import type { Commit, CommitResult, SendWrite, StoreWrite, Write } from '#ports/write';

/** How many puts of one kind are under way at once: enough to hide a round trip, few enough not to be throttled. */
const PUTS_AT_ONCE = 32;

/**
 * The ordered commit of DESIGN.md §4, composed of a store and a queue that know nothing of each other. Writes are applied in the order
 * given; runs of sends go to the queue as one batch, runs of puts of one kind side by side, since they touch different items and none can be
 * refused. A crash leaves a prefix (inside such a run: any part of it), and every part is a state that the sweep recovers from.
 */
export function orderedCommit(store: FlowStore, queue: Queue): Commit {
  return async (writes) => {
    let existed: CommitResult['existed'];
    let found: CommitResult['found'];
    for (let at = 0; at < writes.length; ) {
      const end = endOfRun(writes, at);
      const run = writes.slice(at, end);
      if (run[0]!.kind === 'send') {
        await queue.send((run as SendWrite[]).map(({ message, delayMs }) => ({ message, delayMs })));
      } else {
        for (let from = 0; from < run.length; from += PUTS_AT_ONCE) {
          const part = run.slice(from, from + PUTS_AT_ONCE) as StoreWrite[];
          const results =
            part.length === 1 ? [await store.apply(part[0]!)] : await Promise.all(part.map((w) => twice(store, w)));
          for (const result of results) {
            if (!result.ok) return { ...result, refused: at + from };
            if (result.existed) existed = [...(existed ?? []), ...result.existed];
            if (result.found) found = result.found;
          }
        }
      }
      at = end;
    }
    return { ok: true, ...(existed && { existed }), ...(found && { found }) };
  };
}

/**
 * One of many puts, which may be repeated. Else one lost answer among them would have the caller repeat them all, and their messages: of a split of a
 * thousand children, with one call in a hundred lost, that would be every time.
 */
async function twice(store: FlowStore, write: StoreWrite): ReturnType<FlowStore['apply']> {
  try {
    return await store.apply(write);
  } catch (error) {
    if (!(error instanceof FlowbeatError) || error.kind !== 'retryable') throw error;
    return store.apply(write);
  }
}

const TOGETHER: ReadonlySet<Write['kind']> = new Set(['send', 'putFlow', 'putJoin', 'dropJoin', 'dropDue']);

/** Where the run of writes that may go together ends: sends, and puts of one kind. A fenced write always stands alone. */
function endOfRun(writes: readonly Write[], from: number): number {
  const { kind } = writes[from]!;
  if (!TOGETHER.has(kind)) return from + 1;
  let end = from + 1;
  while (end < writes.length && writes[end]!.kind === kind) end++;
  return end;
}
