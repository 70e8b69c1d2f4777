import { sleep } from '#ports/clock';
import { FlowbeatError } from '#ports/errors';
import type { FlowRecord } from '#ports/flow-record';
import type { Write } from '#ports/write';
import { afterCommit } from '#scheduler/after-commit';
import type { Scheduler } from '#scheduler/context';
import type { Held } from '#scheduler/held';
import { reliably } from '#scheduler/reliably';

const PAUSE_MS = 20;

/**
 * The one fenced write of a flow: `owner = me AND term = mine AND seq = n` (L1), with the writes that must precede it.
 *
 * After a refused or unknown write the flow is read again (rule N): where it stands as before, the commit is repeated; where it stands as wanted,
 * it was applied and its answer lost; else it is somebody else's: the after-commit steps of its last commit are repeated and it is let go.
 * Returns whether the flow now stands as wanted.
 */
export async function commitFlow(
  s: Scheduler,
  held: Held,
  before: readonly Write[],
  next: FlowRecord,
): Promise<boolean> {
  const { record, facts } = held;
  const fenced: Write = {
    kind: 'commit',
    flow: next,
    if: { owner: held.owner, term: record.term, seq: record.seq },
    facts,
  };
  const writes = before.length === 0 ? [fenced] : [...before, fenced];
  for (;;) {
    let failure: unknown;
    try {
      if ((await s.commit(writes)).ok) break;
    } catch (error) {
      if (!(error instanceof FlowbeatError) || error.kind !== 'retryable') throw error;
      failure = error;
    }
    const found = await reliably(s.clock, held.signal, () => s.store.readFlow(record.id));
    if (!found) return false;
    if (found.term === next.term && found.seq === next.seq && found.status === next.status) break;
    const standsAsBefore = found.owner === held.owner && found.term === record.term && found.seq === record.seq;
    if (!standsAsBefore) {
      s.telemetry.event('refused', { flow: record.id, term: record.term, seq: record.seq, foundTerm: found.term });
      await reliably(s.clock, held.signal, () => afterCommit(s, found));
      return false;
    }
    if (failure !== undefined && !(await sleep(s.clock, PAUSE_MS, held.signal))) return false;
  }
  held.record = next;
  held.leaves = undefined;
  if (facts.length > 0) held.facts = [];
  return true;
}
