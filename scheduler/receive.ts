import type { EpochMs } from '#engine/time';
import { FLOW_FORMAT, type FlowRecord, isReadable, isTerminal } from '#ports/flow-record';
import { type FlowId, parentOf } from '#ports/ids';
import type { Received } from '#ports/message';
import { afterCommit, standsAtSplit } from '#scheduler/after-commit';
import { isArchived } from '#scheduler/archive/run-source';
import { isBraked } from '#scheduler/brake';
import type { Scheduler } from '#scheduler/context';
import { takeOverFlow, timeOf } from '#scheduler/take-over';

const FIRST_LATER_MS = 200;
const LONGEST_LATER_MS = 60_000;

/** Deliveries of a witness after which its flow's owner is asked whether it knows that it owns it: a few beats. */
const ASK_AFTER = 4;

/** What a receiver does with a flow message. */
export type Verdict =
  | { readonly do: 'claim'; readonly flow: FlowRecord }
  /** The receiver owns it already: it holds it, or its claim was applied without its knowing. */
  | { readonly do: 'adopt'; readonly flow: FlowRecord }
  | {
      readonly do: 'later';
      readonly delayMs: number;
      readonly why: 'tooEarly' | 'notDue' | 'witness' | 'waiting' | 'takenOver' | 'braked' | 'formatNewer';
    }
  | { readonly do: 'delete'; readonly why: 'past' | 'ended' | 'listed' };

/** Growing with every delivery: a message that came too early must not spin, and must not be dropped (rule K). */
export const laterBy = (receives: number): number =>
  Math.min(LONGEST_LATER_MS, FIRST_LATER_MS * 2 ** Math.min(receives, 12));

/**
 * The message is a witness until the lease names the flow (DESIGN.md §4.3). It is deleted on stable facts only: its term is past or the flow has
 * ended, and the after-commit steps of the last commit were repeated (rule B); or the owner's lease lists the flow at its present term (rule A).
 */
export async function examine(s: Scheduler, received: Received, by: string): Promise<Verdict> {
  const { message, receives } = received;
  if (message.kind !== 'flow') throw new Error(`not a flow message: ${message.kind}`);
  const flow = await s.store.readFlow(message.flow);
  if (!flow) {
    if (await endOrphan(s, message.flow)) return { do: 'delete', why: 'ended' };
    return { do: 'later', delayMs: laterBy(receives), why: 'tooEarly' };
  }
  // Taking over touches nothing but status, owner and term, which mean the same in every format.
  if (flow.status === 'Owned') return witness(s, flow, received, by);
  if (!isReadable(flow)) {
    s.telemetry.event('formatNewer', { flow: flow.id, format: flow.format, known: FLOW_FORMAT });
    return { do: 'later', delayMs: laterBy(receives), why: 'formatNewer' };
  }
  if (isTerminal(flow.status)) {
    await afterCommit(s, flow);
    return { do: 'delete', why: 'ended' };
  }
  if (flow.term < message.term) {
    // The sender may have died between the message and its write: what the flow waits for may be there already.
    if (flow.status === 'Waiting') await afterCommit(s, flow);
    return { do: 'later', delayMs: laterBy(receives), why: 'tooEarly' };
  }
  if (flow.term > message.term) {
    await afterCommit(s, flow);
    return { do: 'delete', why: 'past' };
  }
  return claimable(s, flow, receives, s.clock.now());
}

/**
 * The message of a child that was never put, because its parent left the split first: the child is put as ended, so that a late put by a former owner
 * of the parent makes nothing, and the message need not come back for ever. Returns whether it is so. Of a run in the archive nothing is put.
 */
async function endOrphan(s: Scheduler, id: FlowId): Promise<boolean> {
  const link = parentOf(id);
  if (!link) return false;
  const parent = await s.store.readFlow(link.id);
  if (parent && (!isReadable(parent) || standsAtSplit(parent, link.seq))) return false;
  // A message that was moved back from the dead letters may be older than the archive: its child was put, and has ended.
  if (await isArchived(s, id)) return true;
  if (!parent) return false;
  const {
    owner: _owner,
    waits: _waits,
    split: _split,
    left: _left,
    takenOver: _takenOver,
    outcome: _outcome,
    answers: _answers,
    ...kept
  } = parent;
  const { at, entered } = parent.position;
  const flow: FlowRecord = {
    ...kept,
    id,
    parent: { ...link, branches: 0, max: 0 },
    status: 'Cancelled',
    outcome: { status: 'Cancelled' },
    term: 1,
    seq: 0,
    claims: 0,
    position: { at, phase: 'end', step: 0, input: null, vars: {}, entered, attempt: 0 },
    redrives: 0,
  };
  const { existed } = await s.commit([{ kind: 'putFlow', flow, facts: [] }]);
  // It was put between the two reads: then this is the message that it will be claimed by.
  return existed === undefined;
}

async function claimable(s: Scheduler, flow: FlowRecord, receives: number, now: EpochMs): Promise<Verdict> {
  if (flow.status === 'Queued') return { do: 'claim', flow };
  const due = flow.waits && 'due' in flow.waits ? flow.waits.due : undefined;
  // A wait's message is claimed only when it is due by the item (rule G).
  if (due !== undefined) {
    if (due <= now) return { do: 'claim', flow };
    await afterCommit(s, flow);
    return { do: 'later', delayMs: Math.min(due - now, s.queue.maxDelayMs, 2 ** 31 - 1), why: 'notDue' };
  }
  await afterCommit(s, flow);
  return { do: 'later', delayMs: laterBy(receives), why: 'waiting' };
}

/**
 * An owned flow's message: deleted once the owner's lease names the flow at this term; where the owner is condemned or has no lease (rule O), taken over, unless
 * the brake is on: then it comes back until it is let go. A function's is never deleted by others: it stays until the function returns, and finds the flow still owned where it
 * did not.
 */
async function witness(s: Scheduler, flow: FlowRecord, received: Received, by: string): Promise<Verdict> {
  const later = { do: 'later', delayMs: laterBy(received.receives), why: 'witness' } as const;
  if (received.message.kind === 'flow' && received.message.term > flow.term) return later;
  const time = timeOf(flow, s.clock.now());
  if (time) {
    if (time.leftMs > 0) return { ...later, delayMs: Math.min(time.leftMs, LONGEST_LATER_MS) };
    await takeOverFlow(s, flow, { by, ...time.reason });
    return { ...later, delayMs: 0, why: 'takenOver' };
  }
  const lease = flow.owner === undefined ? undefined : await s.store.readLease(flow.owner);
  if (!lease || lease.condemned) {
    if (await isBraked(s, by)) return { ...later, why: 'braked' };
    const evidence =
      lease?.condemned?.evidence ?? ({ kind: 'missing', text: 'Its owner has no lease any more.' } as const);
    await takeOverFlow(s, flow, { by, evidence, fromWorker: lease?.worker ?? 'unknown' });
    return { ...later, delayMs: 0, why: 'takenOver' };
  }
  const listed = lease.flows.some((held) => held.flow === flow.id && held.term === flow.term);
  if (listed) return { do: 'delete', why: 'listed' };
  if (flow.owner === by) return { do: 'adopt', flow };
  if (received.receives >= ASK_AFTER) await s.store.command(lease.incarnation, { verb: 'adopt', flow: flow.id });
  return later;
}
