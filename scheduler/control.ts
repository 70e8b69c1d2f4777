import type { EpochMs } from '#engine/time';
import { type FlowRecord, isTerminal } from '#ports/flow-record';
import { functionOf, type RunId, rootOf } from '#ports/ids';
import { CONTROL_QUEUE, type Message, type Received } from '#ports/message';
import { childrenOf, standsAtSplit } from '#scheduler/after-commit';
import type { Scheduler } from '#scheduler/context';
import type { Controlled } from '#scheduler/controlled';
import { flowsOf } from '#scheduler/flows-of';
import { flowMessage, send } from '#scheduler/messages';
import { laterBy } from '#scheduler/receive';
import { slotCame } from '#scheduler/slots';
import { takeOverFlow } from '#scheduler/take-over';
import { wake } from '#scheduler/wake';

/** How long an owner may leave a cancel unanswered before the flow is taken from it: a cancel can always be forced. */
const FORCE_AFTER_RECEIVES = 12;
const LONGEST_LATER_MS = 5_000;

/**
 * For how long after its time was up a run that is not there is looked for again. A start puts it within milliseconds of its messages; one that was frozen for longer than this has a run
 * whose time the census finds to be up, or whoever runs its action.
 */
const LATEST_START_MS = 3_600_000;

const again = (receives: number): Controlled => ({
  done: false,
  delayMs: Math.min(LONGEST_LATER_MS, laterBy(receives)),
});

/** Carries out a message that is not about one flow: cancel, subtree, deadline, slot. */
export function control(s: Scheduler, received: Received, by: string): Promise<Controlled> {
  const { message } = received;
  switch (message.kind) {
    case 'control':
      return cancelBelow(s, message, received.receives, by);
    case 'subtree':
      return cancelSubtree(s, message, received.receives, by);
    case 'deadline':
      return deadline(s, message, received.receives);
    case 'slot':
      return slotCame(s, message);
    case 'sweep':
      // The sweeper's own; on a queue that is served it says nothing to anybody.
      return Promise.resolve({ done: true });
    case 'flow':
      throw new Error('a flow message is examined, not carried out');
  }
}

/**
 * A cancel is a message that comes back, waking what waits, until every flow has ended (rule M). It is sent before the control row is put, so one
 * that finds none has come too early (rule K).
 */
async function cancelBelow(
  s: Scheduler,
  message: Extract<Message, { kind: 'control' }>,
  receives: number,
  by: string,
): Promise<Controlled> {
  if (!(await s.store.readControl(message.root))) {
    const root = await s.store.readFlow(message.root);
    if (!root || !isTerminal(root.status)) return again(receives);
    // Looked at once more: it may have ended by this very cancel, whose row was put between the two reads, and its children may go on.
    if (!(await s.store.readControl(message.root))) return { done: true };
  }
  const open = await openFlows(s, message.run, (flow) => rootOf(flow.id) === message.root);
  for (const flow of open) await stop(s, flow, receives, by);
  return open.length === 0 ? { done: true } : again(receives);
}

/** The children of a split that was left. Where the parent still stands there the message has come too early, or its sender was fenced off. */
async function cancelSubtree(
  s: Scheduler,
  message: Extract<Message, { kind: 'subtree' }>,
  receives: number,
  by: string,
): Promise<Controlled> {
  const parent = await s.store.readFlow(message.flow);
  if (!parent) return again(receives);
  if (standsAtSplit(parent, message.seq)) return again(receives);
  const children = await s.store.readFlows(childrenOf(parent, message.seq, message.branches));
  let open = 0;
  for (const flow of children) {
    if (!flow || isTerminal(flow.status)) continue;
    open++;
    await stop(s, flow, receives, by);
  }
  return open === 0 ? { done: true } : again(receives);
}

/** Brings one flow of a cancelled run to its claimer's or owner's attention. */
async function stop(s: Scheduler, flow: FlowRecord, receives: number, by: string): Promise<void> {
  // Any worker can end it, whatever it would need to go on: of those that could there may be none, and they may have no place.
  const anybodys = { ...flow, queue: CONTROL_QUEUE, needs: '' };
  if (flow.status === 'Waiting' || flow.status === 'Paused' || flow.status === 'Parked') {
    await wake(s, anybodys, { status: flow.status }, 0);
    return;
  }
  if (flow.status === 'Queued') {
    await s.commit([send(flowMessage(anybodys, flow.term))]);
    return;
  }
  if (flow.status !== 'Owned' || flow.owner === undefined) return;
  if (receives < FORCE_AFTER_RECEIVES) {
    // A function has no lease to be told by: it looks for itself before each action.
    if (!functionOf(flow.owner)) await s.store.command(flow.owner, { verb: 'cancel', flow: flow.id, run: flow.run });
    return;
  }
  const evidence = { kind: 'forced', text: 'Its owner did not answer the cancel.' } as const;
  await takeOverFlow(s, flow, { by, evidence, fromWorker: 'unknown' });
}

async function openFlows(s: Scheduler, run: RunId, below: (flow: FlowRecord) => boolean): Promise<FlowRecord[]> {
  const open: FlowRecord[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await s.store.listFlows(run, cursor);
    for (const flow of page.items) if (!isTerminal(flow.status) && below(flow)) open.push(flow);
    if (page.cursor === undefined) return open;
    cursor = page.cursor;
  }
}

/**
 * The run's `TimeoutSeconds` may be up: a cancel whose flows end as TimedOut. The message is sent before its root is put, maybe by a start or redrive that
 * finds another's root there: what counts is the root's own deadline, of which its own start has sent a message too.
 */
async function deadline(
  s: Scheduler,
  message: Extract<Message, { kind: 'deadline' }>,
  receives: number,
): Promise<Controlled> {
  const now = s.clock.now();
  if (now < message.due) return { done: false, delayMs: message.due - now };
  const root = await s.store.readFlow(message.root);
  // It is on its way, or its start never came to be: that cannot be told apart, so the message comes back for a while (rule K).
  if (!root) return now - message.due >= LATEST_START_MS ? { done: true } : { done: false, delayMs: laterBy(receives) };
  if (root.deadline !== undefined && now >= root.deadline) await endTime(s, root, now);
  return { done: true };
}

/** Cancels a run whose time was up at `now`. */
export async function endTime(s: Scheduler, root: FlowRecord, now: EpochMs): Promise<void> {
  if (!isTerminal(root.status)) await cancel(s, root, { timedOut: true }, now);
}

/** What a cancel says. */
export interface CancelReason {
  readonly timedOut?: boolean;
  readonly error?: string;
  readonly cause?: string;
  /** Who asked for it. */
  readonly by?: string;
}

/**
 * Cancels everything below a root flow: the control message first, then the row. Owners are told at once as well: the message may take its time.
 */
export async function cancel(s: Scheduler, root: FlowRecord, reason: CancelReason, now: EpochMs): Promise<void> {
  await s.commit([
    send({ kind: 'control', queue: CONTROL_QUEUE, run: root.run, root: root.id }),
    { kind: 'putControl', row: { root: root.id, verb: 'cancel', at: now, ...reason } },
  ]);
  s.telemetry.event('cancelRequested', { run: root.run, ...reason });
  for await (const { id, run, owner } of flowsOf(s, root.run)) {
    if (owner === undefined || functionOf(owner) || rootOf(id) !== root.id) continue;
    await s.store.command(owner, { verb: 'cancel', flow: id, run });
  }
}
