import type { MemoryQueue } from '#adapters/memory/memory-queue';
import type { FlowRecord } from '#ports/flow-record';
import { isTerminal } from '#ports/flow-record';
import { rootOf } from '#ports/ids';
import type { Message } from '#ports/message';
import { standsAtSplit } from '#scheduler/after-commit';
import type { CheckedStore } from '#test/sim/checked-store';
import type { Running } from '#test/sim/sim-actions';
import type { Stage } from '#test/sim/stage';
import { EPOCH } from '#test/sim/world';

/** A process that thaws needs a moment of its own to find out that it was frozen. */
const THAW_MS = 200;
/** In calm times a run whose time is up has ended after so long: the longest action, an owner that does not answer, the messages' delays, the clocks' skew. */
const TIME_UP_MS = 120_000;

/** What must hold after every step, whatever was written last: L4, L5 for deadlines, and L11. Returns what does not. */
export function checkLiveness(stage: Stage): string | undefined {
  const { store, running } = stage;
  for (const it of running) {
    const unproven = runsUnproven(stage, it);
    if (unproven) return unproven;
  }
  const messages = new Messages(stage.queue);
  for (const flow of store.flows.values()) {
    if (isTerminal(flow.status)) continue;
    const overdue = isOverdue(stage, flow);
    if (overdue) return `L5: ${flow.id} is ${flow.status}, ${overdue}`;
    if (stage.lossy) continue;
    const untold = uncancelled(flow, store, messages);
    if (untold) return `M: ${flow.id} is ${flow.status}, ${untold}`;
    const lost = unattended(flow, store, messages) ?? untimed(flow, store, messages);
    if (lost) return `L4: ${flow.id} is ${flow.status} at term ${flow.term} and ${lost}`;
  }
  return undefined;
}

/** L11: an action runs on under a lease that its worker cannot prove, or in a function whose time is up. */
function runsUnproven(
  { world, store, windowMs, timeUpAt }: Stage,
  { process, call, aborted }: Running,
): string | undefined {
  if (aborted || process.dead || world.now < process.frozenUntil + THAW_MS) return undefined;
  const owner = store.flows.get(call.flow)?.owner;
  const upAt = timeUpAt.get(process);
  if (upAt !== undefined && world.now > upAt)
    return `L11: ${process.name} runs ${call.flow} ${world.now - upAt} ms after its time was up`;
  const beatAt = owner === undefined ? undefined : store.beatAt.get(owner);
  if (beatAt === undefined || !owner?.startsWith(`${process.name.split('.')[0]}-${process.name}`)) return undefined;
  if (world.now - beatAt <= windowMs) return undefined;
  return `L11: ${process.name} runs ${call.flow} ${world.now - beatAt} ms after its last beat`;
}

function isOverdue({ world, calmSince }: Stage, { deadline, parent }: FlowRecord): string | undefined {
  if (calmSince === undefined || deadline === undefined || parent) return undefined;
  const since = Math.max(calmSince, deadline - EPOCH);
  return world.now > since + TIME_UP_MS ? `its time has been up for ${world.now - since} ms` : undefined;
}

/** The queue's messages, sorted by what they are about. Made anew for each look, and only where one is needed. */
class Messages {
  readonly #queue: MemoryQueue;
  #terms: Map<string, number[]> | undefined;

  constructor(queue: MemoryQueue) {
    this.#queue = queue;
  }

  /** Whether one lets a flow be claimed at a term from `from` to `to`. */
  claims({ id }: FlowRecord, from: number, to: number): boolean {
    if (!this.#terms) {
      this.#terms = new Map();
      for (const { message } of this.#queue.entries.values()) {
        if (message.kind !== 'flow') continue;
        const terms = this.#terms.get(message.flow);
        if (terms) terms.push(message.term);
        else this.#terms.set(message.flow, [message.term]);
      }
    }
    return this.#terms.get(id)?.some((term) => term >= from && term <= to) ?? false;
  }

  some(fits: (message: Message) => boolean): boolean {
    for (const { message } of this.#queue.entries.values()) if (fits(message)) return true;
    return false;
  }
}

/** L4: a flow that is not terminal is queued (a message exists), owned (its message or a lease names it at its term), or waits for a named thing. */
function unattended(flow: FlowRecord, store: CheckedStore, messages: Messages): string | undefined {
  const { id, term, status, waits } = flow;
  if (status === 'Queued') return messages.claims(flow, term, term) ? undefined : 'has no message';
  if (status === 'Owned') {
    if (messages.claims(flow, 1, Number.POSITIVE_INFINITY)) return undefined;
    const lease = flow.owner === undefined ? undefined : store.leases.get(flow.owner);
    const listed = lease?.flows.some((held) => held.flow === id && held.term === term);
    return listed ? undefined : 'neither a message nor its lease names it';
  }
  if (waits && 'due' in waits && waits.due !== undefined) {
    if (messages.claims(flow, term, term)) return undefined;
    for (const { message } of store.dues.values())
      if (message.kind === 'flow' && message.flow === id && message.term === term) return undefined;
    return 'waits for a time of which no message and no due row knows';
  }
  if (waits?.for === 'callback' && store.callbacks.has(`${id}#${waits.key}`)) {
    if (messages.some((message) => message.kind === 'flow' && message.flow === id && message.due === undefined))
      return undefined;
    for (const lease of store.leases.values()) if (lease.flows.some((held) => held.flow === id)) return undefined;
    return 'waits for an answer that is there, and no message will make it look';
  }
  return undefined;
}

/** L4: a run with a deadline has a message, or a due row, that ends its time; or a control row, once that was done. */
function untimed({ id, deadline, parent }: FlowRecord, store: CheckedStore, messages: Messages): string | undefined {
  if (deadline === undefined || parent || store.controls.has(id)) return undefined;
  const ends = (message: Message) => message.kind === 'deadline' && message.root === id;
  if (messages.some(ends)) return undefined;
  for (const { message } of store.dues.values()) if (ends(message)) return undefined;
  return 'has a deadline of which no message and no due row knows';
}

/** A cancelled run, and the children of a split that was left, have a message that comes back until each of them has ended (rule M). */
function uncancelled(flow: FlowRecord, store: CheckedStore, messages: Messages): string | undefined {
  const root = rootOf(flow.id);
  // What is queued finds the row itself (rule L), and so does what was claimed since.
  if (flow.status === 'Queued') return undefined;
  // Where the run had ended when its row was put, nothing is left to be cancelled but what splits that were left have below them.
  const cancelledAt = store.controlAt.get(root);
  if (cancelledAt !== undefined && cancelledAt <= (store.endedAt.get(root) ?? Number.POSITIVE_INFINITY)) {
    if ((store.claimedAt.get(flow.id) ?? 0) > cancelledAt) return undefined;
    if (messages.some((message) => message.kind === 'control' && message.root === root)) return undefined;
    return 'its run is cancelled, and no control message is left';
  }
  const above = flow.parent;
  const parent = above && store.flows.get(above.id);
  if (!above || !parent || flow.status !== 'Waiting' || standsAtSplit(parent, above.seq)) return undefined;
  const cancels = (message: Message) =>
    message.kind === 'subtree' && message.flow === above.id && message.seq === above.seq;
  if (messages.some(cancels) || cancelledAbove(parent, store)) return undefined;
  return 'its parent has left the split, and no subtree message is left';
}

/** Whether a message of a split further up will reach it in time: its parent was cancelled with its own subtree. */
const cancelledAbove = (parent: FlowRecord, store: CheckedStore): boolean =>
  parent.parent !== undefined || store.controls.has(rootOf(parent.id));
