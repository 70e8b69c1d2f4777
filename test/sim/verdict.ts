import type { FlowOutcome } from '#engine/flow';
import { isTerminal } from '#ports/flow-record';
import { rootFlow, runId } from '#ports/ids';
import { reference } from '#test/sim/reference';
import type { Stage } from '#test/sim/stage';

/** Whether every run has ended, with all that is below it. */
export function ended({ store, cases }: Stage): boolean {
  if (store.flows.size < cases.length) return false;
  for (const flow of store.flows.values()) if (!isTerminal(flow.status)) return false;
  return cases.every((it) => store.flows.has(rootFlow(runId(it.name, 'r'))));
}

/** Whether nothing is left behind: no message, no due row, no lease that names a flow, no join row. */
export function cleared({ store, queue, faults }: Stage): boolean {
  if (queue.entries.size > 0 || store.dues.size > 0) return false;
  for (const lease of store.leases.values()) if (lease.flows.length > 0) return false;
  // Rows that a zombie put back when its parent had moved on are garbage that wakes nobody (rule I): only where there can be zombies.
  const zombies = (faults.crashAfterWrite ?? 0) + (faults.freeze ?? 0) + (faults.lateWrite ?? 0) > 0;
  return zombies || store.joins.size === 0;
}

/** What is left behind, for people. */
export function leftover({ store, queue }: Stage): string {
  const messages = [...queue.entries.values()].map(({ message, receives }) => JSON.stringify({ ...message, receives }));
  const leases = [...store.leases.values()].filter((lease) => lease.flows.length > 0).map((lease) => lease.incarnation);
  return `left behind after every run has ended: ${JSON.stringify({ messages, leases, joins: [...store.joins.keys()] })}`;
}

/** What has not ended, for people. */
export function stuck({ store, queue }: Stage): string {
  const flows = [...store.flows.values()].filter((flow) => !isTerminal(flow.status));
  const views = flows.map(({ id, status, term, seq, owner, waits, position }) => ({
    id,
    status,
    term,
    seq,
    owner,
    waits,
    at: position.at,
  }));
  const messages = [...queue.entries.values()].map(({ message }) => message);
  return `not ended long after the faults stopped: ${JSON.stringify({ views, messages })}`;
}

/** Each result equals the fault-free one, or is a cancel that was asked for; each history is without a gap. */
export function wrongResult({ store, cases, charts }: Stage): string | undefined {
  for (const it of cases) {
    const chart = charts.get(it.name)!;
    const root = store.flows.get(rootFlow(runId(it.name, 'r')))!;
    const wanted = reference(chart, it.input);
    const { outcome } = root;
    if (outcome?.status === 'Cancelled' && it.cancelAt !== undefined) continue;
    if (JSON.stringify(strip(outcome)) !== JSON.stringify(strip(wanted))) {
      return `${root.id} came to ${JSON.stringify(outcome)}, without faults to ${JSON.stringify(wanted)}`;
    }
  }
  for (const flow of store.flows.values()) {
    const seqs = (store.facts.get(flow.id) ?? []).map((chunk) => chunk.seq).filter((seq) => seq > 0);
    if (seqs.some((seq, index) => seq !== index + 1) || seqs.length !== flow.seq) {
      return `the history of ${flow.id} has commits ${seqs.join(',')}, the flow has ${flow.seq}`;
    }
  }
  return undefined;
}

const strip = (outcome: FlowOutcome | undefined) =>
  outcome?.status === 'Succeeded' ? outcome : { status: outcome?.status, error: outcome?.error };
