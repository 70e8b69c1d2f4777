import { type FlowRecord, formatNewer, isReadable, isTerminal } from '#ports/flow-record';
import { childFlow } from '#ports/ids';
import { answerStarter } from '#scheduler/answer-starter';
import type { Scheduler } from '#scheduler/context';
import { joinRows, levels, nodeOf, topNode } from '#scheduler/join-tree';
import { isForReaders } from '#scheduler/map-run/children';
import { flowMessage, send } from '#scheduler/messages';
import { tellEnd } from '#scheduler/run-end';
import { putChild } from '#scheduler/split';
import { lookAtCallback, lookAtChildren, wakeParent } from '#scheduler/wake';

/**
 * The steps that follow a flow's last commit, worked out of the record alone, so that whoever finds the flow can repeat them (rule B). Each
 * is idempotent. They are done by the committer before its lease lets go of the flow (rule D) and before its message is deleted (rule C). Throws FORMAT_NEWER where this
 * code cannot tell what they are: then they are left to code that can, and so is what would let go of the flow.
 */
export async function afterCommit(s: Scheduler, flow: FlowRecord): Promise<void> {
  if (!isReadable(flow)) throw formatNewer('terminal', flow);
  if (flow.left) await clearJoin(s, flow, flow.left.seq, flow.left.branches);
  if (flow.waits?.for === 'children') await lookAtChildren(s, flow);
  if (flow.waits?.for === 'callback') await lookAtCallback(s, flow);
  if (!isTerminal(flow.status)) return;
  if (flow.parent) await leaveSplit(s, flow, flow.parent);
  else {
    await answerStarter(s, flow);
    await tellEnd(s, flow);
  }
}

/** Deletes the join rows of a split that the parent has committed to have left, never earlier (rule I). */
export async function clearJoin(s: Scheduler, flow: FlowRecord, seq: number, branches: number): Promise<void> {
  await s.commit(joinRows(flow.id, seq, branches).map(({ node }) => ({ kind: 'dropJoin', flow: flow.id, seq, node })));
}

/** An ended child starts its successor where the split bounds its children, leaves its join row, and wakes the parent where the top row is empty. */
async function leaveSplit(s: Scheduler, flow: FlowRecord, parent: NonNullable<FlowRecord['parent']>): Promise<void> {
  const { id, seq, index, branches, max, tolerant } = parent;
  const goesOn = flow.status === 'Succeeded' || tolerant === true;
  const successor = index + max;
  if (goesOn && max > 0 && successor < branches) {
    const above = await s.store.readFlow(id);
    if (above && standsAtSplit(above, seq)) {
      try {
        await putChild(s, above, seq, successor, { max, ...(tolerant && { tolerant }) });
      } catch (error) {
        if (!isForReaders(error)) throw error;
        // Its message brings it to somebody who reads items, and who begins here.
        await s.commit([send(flowMessage(flow, flow.term))]);
        return;
      }
    }
  }
  const top = topNode(branches);
  let failed = false;
  if (!goesOn) {
    const row = await s.store.leaveJoin(id, seq, top, { failed: index });
    failed = row !== undefined;
  }
  // Whoever *finds* a row empty goes on to the next level, whether or not it was the one who emptied it (rule J).
  let empty = true;
  for (let level = 0, member = index; empty && level < levels(branches); level++) {
    const node = nodeOf(level, member);
    const row = await s.store.leaveJoin(id, seq, node, { remove: member });
    empty = row !== undefined && row.open.length === 0;
    member = Number(node.slice(node.indexOf('.') + 1));
  }
  if (empty || failed) await wakeParent(s, id, seq);
}

/** Whether a parent still stands at the split `seq`: its children go on. */
export const standsAtSplit = (parent: FlowRecord, seq: number): boolean =>
  !isTerminal(parent.status) && parent.split === seq;

/** The ids of a split's children. */
export const childrenOf = (flow: FlowRecord, seq: number, branches: number) =>
  Array.from({ length: branches }, (_, index) => childFlow(flow.id, seq, index));
