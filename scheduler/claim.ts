import { FlowbeatError } from '#ports/errors';
import type { FlowRecord, TakeOver } from '#ports/flow-record';
import { type Incarnation, rootFlow, rootOf } from '#ports/ids';
import { commitFlow } from '#scheduler/commit-flow';
import type { Scheduler } from '#scheduler/context';
import { decideOptions, laterOf } from '#scheduler/decide-options';
import { type Held, ownFact } from '#scheduler/held';
import { reliably } from '#scheduler/reliably';
import { isGuarded, unwritten } from '#scheduler/take-over';

/** Claims without a commit after which a flow is parked: its action is taken for poison. */
export const POISON_CLAIMS = 5;

/** Who claims. */
export interface Claimer {
  readonly incarnation: Incarnation;
  readonly worker: string;
  /** Aborts when the incarnation ends. */
  readonly signal: AbortSignal;
}

/** What became of an attempt to claim. */
export type Claimed = { readonly held: Held } | 'refused' | 'parked';

/**
 * Claims a flow that was read as Queued, or as waiting for a time that has come: at the term read, so that what was read is what was claimed
 * (a flow that nobody owns changes at one term in nothing). An owned flow is never claimed; after a lost answer the flow is read again (rule N).
 */
export async function claim(s: Scheduler, flow: FlowRecord, who: Claimer): Promise<Claimed> {
  if (flow.claims >= POISON_CLAIMS) return park(s, flow);
  const now = laterOf(s, flow);
  const owned = await writeClaim(s, flow, who.incarnation, now);
  if (!owned) return 'refused';
  const { waits: _waits, ...rest } = flow;
  const record: FlowRecord = {
    ...rest,
    status: 'Owned',
    owner: who.incarnation,
    term: flow.term + 1,
    claims: flow.claims + 1,
    updated: now,
  };
  s.telemetry.event('claimed', { flow: flow.id, term: record.term, from: flow.status, worker: who.worker });
  const held = await heldOf(s, record, who);
  return held ? { held } : 'refused';
}

/** Takes up a flow that the store has put as claimed by this incarnation. Undefined where that ends meanwhile. */
export function takeUp(s: Scheduler, flow: FlowRecord, who: Claimer): Promise<Held | undefined> {
  s.telemetry.event('claimed', { flow: flow.id, term: flow.term, from: 'Queued', worker: who.worker });
  return heldOf(s, flow, who, flow.id === rootFlow(flow.run));
}

/**
 * Takes up a flow that this incarnation owns without knowing: its claim's answer was lost, and the claim was applied only after the flow was read
 * again (rule N). One fenced commit of the flow as it stands proves that it is still owned. Undefined where it is not.
 */
export async function adopt(s: Scheduler, flow: FlowRecord, who: Claimer): Promise<Held | undefined> {
  const held = await heldOf(s, flow, who);
  if (!held) return undefined;
  const stands: FlowRecord = { ...flow, seq: flow.seq + 1, updated: held.options.now };
  if (!(await commitFlow(s, held, [], stands))) return undefined;
  s.telemetry.event('adopted', { flow: flow.id, term: flow.term, worker: who.worker });
  return held;
}

/** Undefined where the incarnation ends before the store has answered: then the flow is taken over. */
async function heldOf(s: Scheduler, record: FlowRecord, who: Claimer, fresh = false): Promise<Held | undefined> {
  const read = async () => {
    const chart = await s.charts.get(record.chart, record.version);
    return { chart, options: await decideOptions(s, record, chart) };
  };
  const found = await reliably(s.clock, who.signal, read);
  if (!found) return undefined;
  const { chart, options } = found;
  const { now } = options;
  const facts = takeOversOf(record).map((one) => ownFact('takenOver', now, takenOverData(one)));
  const { worker, incarnation } = who;
  facts.push(ownFact('claimed', now, { worker, incarnation, term: record.term, queue: record.queue }));
  return {
    record,
    position: record.position,
    facts,
    leaves: undefined,
    fresh,
    chart,
    options,
    owner: incarnation,
    signal: who.signal,
  };
}

/** Those of the past that the next commit is to write down. One that came between the reading and the taking has written down the earlier ones. */
function takeOversOf({ takenOver, seq }: FlowRecord): NonNullable<TakeOver['earlier']> {
  if (!takenOver) return [];
  const all = unwritten(takenOver);
  return takenOver.fromBreak === seq ? all : all.slice(-1);
}

const takenOverData = ({ evidence, ...rest }: Omit<TakeOver, 'earlier'>) => ({
  ...rest,
  evidence: evidence.kind,
  text: evidence.text,
  ...(evidence.votes && { votes: evidence.votes.join(', ') }),
});

async function writeClaim(
  s: Scheduler,
  flow: FlowRecord,
  owner: Incarnation,
  now: FlowRecord['updated'],
): Promise<boolean> {
  const fence = { term: flow.term, claimable: { dueBy: now } };
  const durable = await isGuarded(s, flow);
  try {
    const result = await s.commit([
      { kind: 'claim', flow: flow.id, if: fence, owner, now, ...(durable && { durable }) },
    ]);
    if (result.ok) return true;
  } catch (error) {
    if (!(error instanceof FlowbeatError) || error.kind !== 'retryable') throw error;
  }
  const found = await reliably(s.clock, undefined, () => s.store.readFlow(flow.id));
  return found?.owner === owner && found.term === flow.term + 1 && found.status === 'Owned';
}

async function park(s: Scheduler, flow: FlowRecord): Promise<'parked'> {
  await s.commit([{ kind: 'park', flow: flow.id, if: { term: flow.term, status: flow.status } }]);
  s.telemetry.event('parked', { flow: flow.id, claims: flow.claims });
  return 'parked';
}

/** A redriven root notes itself on the run's first root, should the redrive have died between its two writes. */
export async function noteRedrive(s: Scheduler, flow: FlowRecord): Promise<void> {
  const first = rootFlow(flow.run);
  if (flow.parent || flow.id === first) return;
  const redrives = Number(rootOf(flow.id).slice(first.length + 1));
  await s.commit([{ kind: 'markRedriven', flow: first, redrives }]);
}
