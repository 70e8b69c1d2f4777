import type { FlowRecord } from '#ports/flow-record';
import type { FlowId } from '#ports/ids';
import type { Wake } from '#ports/write';
import type { Scheduler } from '#scheduler/context';
import { topNode } from '#scheduler/join-tree';
import { flowMessage, send } from '#scheduler/messages';

/**
 * Wakes a flow that waits, is paused or parked: the message first, then the status, at the term read (rule H). A refusal means that somebody else
 * has moved it: nothing is left to do. Returns whether this call woke it.
 */
export async function wake(
  s: Scheduler,
  flow: FlowRecord,
  condition: Omit<Wake['if'], 'term'>,
  claims?: number,
): Promise<boolean> {
  const result = await s.commit([
    send(flowMessage(flow, flow.term + 1)),
    { kind: 'wake', flow: flow.id, if: { ...condition, term: flow.term }, ...(claims !== undefined && { claims }) },
  ]);
  if (result.ok) s.telemetry.event('woken', { flow: flow.id, term: flow.term + 1, status: flow.status });
  return result.ok;
}

/** Wakes a parent if it waits for the children of exactly this split (rule H). */
export async function wakeParent(s: Scheduler, parent: FlowId, split: number): Promise<void> {
  const flow = await s.store.readFlow(parent);
  if (flow?.waits?.for === 'children' && flow.split === split) await wake(s, flow, { status: 'Waiting', split });
}

/** The parent's look at its join rows after its release: without it, it would stick where its last child left just before (rule Q). */
export async function lookAtChildren(s: Scheduler, flow: FlowRecord): Promise<void> {
  const { branches } = flow.position;
  if (flow.split === undefined || branches === undefined) return;
  const [top] = await s.store.readJoin(flow.id, flow.split, [topNode(branches)]);
  if (top && (top.open.length === 0 || top.failed !== undefined))
    await wake(s, flow, { status: 'Waiting', split: flow.split });
}

/** The flow's look at its callback after its release: the answer may have come while the action ran. */
export async function lookAtCallback(s: Scheduler, flow: FlowRecord): Promise<void> {
  if (flow.waits?.for !== 'callback') return;
  const row = await s.store.readCallback(flow.id, flow.waits.key);
  if (row) await wake(s, flow, { status: 'Waiting', callback: flow.waits.key });
}
