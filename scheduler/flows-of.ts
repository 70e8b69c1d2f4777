import type { FlowRecord } from '#ports/flow-record';
import type { FlowId, RunId } from '#ports/ids';
import type { Store } from '#ports/store';

/** Every flow of a run that is in the store, parents before children. */
export async function* flowsOf(
  s: { readonly store: Pick<Store, 'listFlows'> },
  run: RunId,
): AsyncGenerator<FlowRecord> {
  const seen = new Set<FlowId>();
  for (let cursor: string | undefined; ; ) {
    const page = await s.store.listFlows(run, cursor);
    for (const flow of page.items) {
      // A page that is read while flows are made may tell one twice.
      if (seen.has(flow.id)) continue;
      seen.add(flow.id);
      yield flow;
    }
    if (page.cursor === undefined) return;
    cursor = page.cursor;
  }
}
