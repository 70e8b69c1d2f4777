import { startPosition } from '#engine/decide';
import type { FlowOutcome } from '#engine/flow';
import { type FlowRecord, isTerminal } from '#ports/flow-record';
import { type FlowId, rootFlow, rootOf, runId } from '#ports/ids';
import type { Message } from '#ports/message';
import { type Explained, explain } from '#test/sim/explain';
import { checkRedrives } from '#test/sim/flow-checks';
import { ABSENT } from '#test/sim/outcomes';
import { formerRoots, redriveOf } from '#test/sim/redrive-ids';
import { reference } from '#test/sim/reference';
import type { Stage } from '#test/sim/stage';

/** Whether every run has ended, with all that is below it. */
export function ended({ store, cases }: Stage): boolean {
  if (store.flows.size < cases.length) return false;
  for (const flow of store.flows.values()) if (!isTerminal(flow.status)) return false;
  return cases.every((it) => it.startAt === undefined || store.flows.has(rootFlow(runId(it.name, 'r'))));
}

/**
 * Whether nothing is left behind: no due row, no lease that names a flow, no join row but a stale one, and no message but those that nobody can receive
 * because they need what no worker has a handler for, and those of a root whose start died before it was put (rule K: they come back until the queue's
 * retention ends).
 */
export function cleared({ store, queue }: Stage): boolean {
  if (store.dues.size > 0) return false;
  for (const { message } of queue.entries.values()) if (!mayStay(store, message)) return false;
  for (const lease of store.leases.values()) if (lease.flows.length > 0) return false;
  return leftRows(store).length === 0;
}

function mayStay(store: Stage['store'], message: Message): boolean {
  if (message.kind === 'flow' && message.needs === ABSENT) return true;
  // While there are workers there is a next wake.
  if (message.kind === 'sweep') return true;
  const root = message.kind === 'flow' ? message.flow : message.kind === 'deadline' ? message.root : undefined;
  return root !== undefined && rootOf(root) === root && !store.flows.has(root);
}

const leftRows = (store: Stage['store']) => [...store.joins.keys()].filter((row) => !store.staleRows.has(row));

/** What is left behind, for people. */
export function leftover({ store, queue }: Stage): string {
  const messages = [...queue.entries.values()].map(({ message, receives }) => JSON.stringify({ ...message, receives }));
  const leases = [...store.leases.values()].filter((lease) => lease.flows.length > 0).map((lease) => lease.incarnation);
  const left = { messages, leases, dues: [...store.dues.keys()], joins: leftRows(store) };
  return `left behind after every run has ended: ${JSON.stringify(left)}`;
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

/**
 * What is wrong with how it all ended: a history that has a gap or does not account for its flow's end, a redrive that is not noted, a cancel that
 * nobody asked for, a result that is not the fault-free one.
 *
 * A run may have been cancelled only where somebody cancelled it, and timed out only where its deadline had passed by the clock of who ended it (looked at
 * as that is written). Any other end is the fault-free one, unless a time-out of one of its states came in between; then its history says which. A redrive
 * of what a cancel or the run's deadline stopped goes on from wherever it had come to, past states that would end otherwise now: there it counts what
 * that leads to.
 */
export function wrongResult(stage: Stage): string | undefined {
  const { store } = stage;
  const byTime = new Set<FlowId>();
  for (const flow of store.flows.values()) {
    const seqs = (store.facts.get(flow.id) ?? []).map((chunk) => chunk.seq).filter((seq) => seq > 0);
    if (seqs.some((seq, index) => seq !== index + 1) || seqs.length !== flow.seq)
      return `the history of ${flow.id} has commits ${seqs.join(',')}, the flow has ${flow.seq}`;
    const explained: Explained = explain(stage, flow);
    if (explained.problem !== undefined) return explained.problem;
    if (explained.byTime) byTime.add(rootOf(flow.id));
  }
  for (const flow of store.flows.values()) {
    const wrong = flow.parent ? undefined : wrongEnd(stage, flow, byTime);
    if (wrong !== undefined) return wrong;
  }
  return checkRedrives(store);
}

function wrongEnd(stage: Stage, root: FlowRecord, byTime: ReadonlySet<FlowId>): string | undefined {
  const { outcome } = root;
  if (outcome?.status === 'TimedOut') return undefined;
  if (outcome?.status === 'Cancelled')
    return stage.cancelled.has(root.run) ? undefined : `${root.id} was cancelled, and nobody asked for it`;
  const former = formerRoots(root.id);
  if ([root.id, ...former].some((id) => byTime.has(id))) return undefined;
  const chart = stage.charts.get(root.chart)!;
  const stopped = former.some((id) => stage.store.flows.get(id)?.outcome?.status !== 'Failed');
  const from = stopped
    ? stage.store.starts.get(root.id)!.position
    : startPosition(chart, stage.inputOf(root), root.startedAt);
  const wanted = reference(chart, from, redriveOf(root.id));
  if (JSON.stringify(strip(outcome)) === JSON.stringify(strip(wanted))) return undefined;
  return `${root.id} came to ${JSON.stringify(outcome)}, without faults to ${JSON.stringify(wanted)}`;
}

const strip = (outcome: FlowOutcome | undefined) =>
  outcome?.status === 'Succeeded' ? outcome : { status: outcome?.status, error: outcome?.error };
