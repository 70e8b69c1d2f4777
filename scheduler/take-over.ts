import type { EpochMs } from '#engine/time';
import { FlowbeatError } from '#ports/errors';
import type { Evidence, FlowRecord, TakeOver } from '#ports/flow-record';
import { type FlowId, functionOf, type Incarnation } from '#ports/ids';
import type { Lease, Vote } from '#ports/lease';
import { afterCommit } from '#scheduler/after-commit';
import { isBraked } from '#scheduler/brake';
import type { Scheduler } from '#scheduler/context';
import { flowMessage, send } from '#scheduler/messages';
import { apart } from '#scheduler/reliably';
import { provedBy, standing } from '#scheduler/votes';

/** Who takes over, and on what ground. */
export interface Reason {
  readonly by: string;
  readonly evidence: Evidence;
  readonly fromWorker: string;
}

/**
 * Takes one owned flow from a dead owner: message, then an update of status, owner and term alone (rules E, F). One that is parked has no message:
 * nobody is to wake it but a person. Refused where the flow has moved on, which is as good. Returns whether this call took it.
 */
export async function takeOverFlow(s: Scheduler, flow: FlowRecord, reason: Reason): Promise<boolean> {
  if (flow.status !== 'Owned' || flow.owner === undefined) return false;
  const term = flow.term + 1;
  const status = await statusAfter(s, flow, reason.evidence);
  const record: TakeOver = {
    from: flow.owner,
    fromWorker: reason.fromWorker,
    by: reason.by,
    evidence: reason.evidence,
    status,
    oldTerm: flow.term,
    term,
    fromBreak: flow.seq,
    at: flow.position.at,
    when: s.clock.now(),
  };
  const result = await s.commit([
    ...(status === 'Queued' ? [send(flowMessage(flow, term))] : []),
    {
      kind: 'takeOver',
      flow: flow.id,
      if: { owner: flow.owner, term: flow.term, status: 'Owned' },
      record: flow.takenOver ? { ...record, earlier: unwritten(flow.takenOver) } : record,
    },
  ]);
  if (result.ok) s.telemetry.event('takenOver', { flow: flow.id, ...record, evidence: reason.evidence.kind });
  return result.ok;
}

/** Take-overs that no commit has written to the history, each by itself, oldest first: every one leaves a record. */
export const unwritten = ({ earlier = [], ...last }: TakeOver): NonNullable<TakeOver['earlier']> => [...earlier, last];

/** Where the chart says `failover: off` the flow waits for a person's word, unless it is taken so that it can end. */
const statusAfter = async (s: Scheduler, flow: FlowRecord, evidence: Evidence): Promise<TakeOver['status']> =>
  evidence.kind !== 'forced' && (await isGuarded(s, flow)) ? 'Parked' : 'Queued';

/**
 * Whether the flow's chart says `failover: off`: by its text, where this code cannot read the rest of it. A chart that is not there forbids nothing; one
 * that cannot be read just now is read again by whoever repeats the call.
 */
export async function isGuarded(s: Scheduler, flow: FlowRecord): Promise<boolean> {
  try {
    return (await s.charts.get(flow.chart, flow.version)).failover === 'off';
  } catch (error) {
    if (error instanceof FlowbeatError && error.kind === 'retryable') throw error;
    const stored = await s.store.readChart(flow.chart, flow.version);
    return stored !== undefined && (JSON.parse(stored.source) as { readonly failover?: unknown }).failover === 'off';
  }
}

/**
 * How much later than a function's time is up its flows are taken from it: its last commit may be under way, and clocks differ. One that differs by more
 * costs a repeated action, never a wrong commit (L12).
 */
const LATENESS_MS = 10_000;

/** What is known of an owner without a lease: how long until its flow may be taken from it, and why then. Undefined where the owner is a worker. */
export function timeOf(
  { owner }: FlowRecord,
  now: EpochMs,
): { readonly leftMs: number; readonly reason: Omit<Reason, 'by'> } | undefined {
  const known = functionOf(owner);
  if (!known) return undefined;
  const { name, until } = known;
  const text = `The time of the function ${name} was up at ${new Date(until).toISOString()}.`;
  return { leftMs: until + LATENESS_MS - now, reason: { evidence: { kind: 'deadline', text }, fromWorker: name } };
}

/** Condemns a lease if its beat is still the one seen: from then on its worker's beats fail. Returns whether it is condemned now; not while the brake is on. */
export async function condemn(
  s: Scheduler,
  lease: Pick<Lease, 'incarnation' | 'worker' | 'beat'>,
  by: string,
  evidence: Evidence,
  now: EpochMs,
): Promise<boolean> {
  if (await isBraked(s, by)) return false;
  const condemned = await s.store.condemn(lease.incarnation, lease.beat, by, evidence, now);
  if (condemned)
    s.telemetry.event('condemned', { incarnation: lease.incarnation, worker: lease.worker, evidence: evidence.kind });
  return condemned;
}

/**
 * Says that a worker is dead, at the beat that was seen; condemns it where that is the second sign (votes.ts). Returns whether it is condemned now; a worker that
 * beat since is not, and neither is one while the brake is on.
 */
export async function vote(
  s: Scheduler,
  lease: Pick<Lease, 'incarnation' | 'worker' | 'beat' | 'votes'>,
  by: string,
  { kind, text }: Pick<Vote, 'kind' | 'text'>,
): Promise<boolean> {
  const { incarnation, worker, beat } = lease;
  const at = s.clock.now();
  let { votes } = lease;
  // Who looks each minute says it once; should its call have been cut before the condemnation, that is made up for.
  if (!standing(lease).some((there) => there.kind === kind)) {
    votes = await s.store.vote(incarnation, { kind, by, text, at, beat });
    if (!votes) return false;
    s.telemetry.event('voted', { incarnation, worker, kind, by });
  }
  const evidence = provedBy(standing({ votes, beat }));
  return evidence !== undefined && condemn(s, lease, by, evidence, at);
}

/**
 * Takes over what a condemned worker held: the flows that its lease names, and those that the store finds under its name. For a listed flow
 * that has moved on, its after-commit steps (rule B). What is in neither list has its message as witness. The lease row goes when the list is done: it stays
 * where a flow of it could not be dealt with.
 */
export async function takeOverAll(s: Scheduler, incarnation: Incarnation, by: string): Promise<readonly FlowId[]> {
  const lease = await s.store.readLease(incarnation);
  if (!lease?.condemned) return [];
  const reason: Reason = { by, evidence: lease.condemned.evidence, fromWorker: lease.worker };
  const owned = (await s.store.ownedBy(incarnation)) ?? [];
  const taken: FlowId[] = [];
  let isDone = true;
  const each = async (id: FlowId, work: () => Promise<boolean>) => {
    const worked = await apart(s, id, work);
    if (!worked) isDone = false;
    else if (worked.came) taken.push(id);
  };
  const seen = new Set<FlowId>();
  for (const flow of owned) {
    seen.add(flow.id);
    await each(flow.id, () => takeOverFlow(s, flow, reason));
  }
  for (const { flow: id } of lease.flows) {
    if (seen.has(id)) continue;
    const flow = await s.store.readFlow(id);
    if (flow) await each(id, () => takeOrFinish(s, flow, incarnation, reason));
  }
  if (isDone) await s.store.dropLease(incarnation);
  return taken;
}

/** Takes a flow that a dead worker's lease names; repeats the after-commit steps of one that has moved on (rule B). Returns whether it was taken. */
export async function takeOrFinish(
  s: Scheduler,
  flow: FlowRecord,
  owner: Incarnation,
  reason: Reason,
): Promise<boolean> {
  if (flow.owner === owner && flow.status === 'Owned') return takeOverFlow(s, flow, reason);
  await afterCommit(s, flow);
  return false;
}
