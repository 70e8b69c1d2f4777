import type { MemoryQueue } from '#adapters/memory/memory-queue';
import type { FlowRecord } from '#ports/flow-record';
import { isTerminal } from '#ports/flow-record';
import { rootOf } from '#ports/ids';
import { standsAtSplit } from '#scheduler/after-commit';
import type { CheckedStore } from '#test/sim/checked-store';
import type { Running } from '#test/sim/sim-actions';
import type { World } from '#test/sim/world';

/** A process that thaws needs a moment of its own to find out that it was frozen. */
const THAW_MS = 200;

/** What must hold after every step, whatever was written last: L4 and L11. */
export function watchLiveness(
  world: World,
  store: CheckedStore,
  queue: MemoryQueue,
  running: ReadonlySet<Running>,
  windowMs: number,
) {
  return {
    check(messagesVanish: boolean): string | undefined {
      for (const it of running) {
        const { process } = it;
        if (it.aborted || process.dead || world.now < process.frozenUntil + THAW_MS) continue;
        const flow = store.flows.get(it.call.flow);
        const beatAt = flow?.owner === undefined ? undefined : store.beatAt.get(flow.owner);
        if (beatAt === undefined || !flow?.owner?.startsWith(`${process.name.split('.')[0]}-${process.name}`)) continue;
        if (world.now - beatAt > windowMs)
          return `L11: ${process.name} runs ${it.call.flow} ${world.now - beatAt} ms after its last beat`;
      }
      if (messagesVanish) return undefined;
      for (const flow of store.flows.values()) {
        const lost = isTerminal(flow.status) ? undefined : unattended(flow, store, queue);
        const untold = isTerminal(flow.status) ? undefined : uncancelled(flow, store, queue);
        if (untold) return `M: ${flow.id} is ${flow.status}, ${untold}`;
        if (lost) return `L4: ${flow.id} is ${flow.status} at term ${flow.term} and ${lost}`;
      }
      return undefined;
    },
  };
}

/** L4: a flow that is not terminal is queued (a message exists), owned (its message or a lease names it at its term), or waits for a named thing. */
function unattended(flow: FlowRecord, store: CheckedStore, queue: MemoryQueue): string | undefined {
  if (flow.status === 'Queued') return hasMessage(queue, flow, flow.term, flow.term) ? undefined : 'has no message';
  if (flow.status === 'Owned') {
    if (hasMessage(queue, flow, 1, Number.POSITIVE_INFINITY)) return undefined;
    const lease = flow.owner === undefined ? undefined : store.leases.get(flow.owner);
    const listed = lease?.flows.some((held) => held.flow === flow.id && held.term === flow.term);
    return listed ? undefined : 'neither a message nor its lease names it';
  }
  if (flow.waits?.for === 'time') {
    if (hasMessage(queue, flow, flow.term, flow.term)) return undefined;
    for (const { message } of store.dues.values())
      if (message.kind === 'flow' && message.flow === flow.id && message.term === flow.term) return undefined;
    return 'waits for a time of which no message and no due row knows';
  }
  return undefined;
}

function hasMessage(queue: MemoryQueue, flow: FlowRecord, from: number, to: number): boolean {
  for (const { message } of queue.entries.values()) {
    if (message.kind === 'flow' && message.flow === flow.id && message.term >= from && message.term <= to) return true;
  }
  return false;
}

/** A cancelled run, and the children of a split that was left, have a message that comes back until each of them has ended (rule M). */
function uncancelled(flow: FlowRecord, store: CheckedStore, queue: MemoryQueue): string | undefined {
  const root = rootOf(flow.id);
  // What is queued finds the row itself (rule L), and so does what was claimed since.
  if (flow.status === 'Queued') return undefined;
  if (store.controls.has(root)) {
    if ((store.claimedAt.get(flow.id) ?? 0) > (store.controlAt.get(root) ?? 0)) return undefined;
    for (const { message } of queue.entries.values())
      if (message.kind === 'control' && message.root === root) return undefined;
    return 'its run is cancelled, and no control message is left';
  }
  const above = flow.parent;
  const parent = above && store.flows.get(above.id);
  if (!above || !parent || flow.status !== 'Waiting' || standsAtSplit(parent, above.seq)) return undefined;
  for (const { message } of queue.entries.values()) {
    if (message.kind === 'subtree' && message.flow === above.id && message.seq === above.seq) return undefined;
  }
  return cancelledAbove(parent, store) ? undefined : 'its parent has left the split, and no subtree message is left';
}

/** Whether a message of a split further up will reach it in time: its parent was cancelled with its own subtree. */
const cancelledAbove = (parent: FlowRecord, store: CheckedStore): boolean =>
  parent.parent !== undefined || store.controls.has(rootOf(parent.id));
