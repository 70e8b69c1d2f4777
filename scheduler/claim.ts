import { FlowbeatError } from '#ports/errors';
import { FLOW_FORMAT, type FlowRecord, type TakeOver } from '#ports/flow-record';
import { type Incarnation, rootFlow, rootOf } from '#ports/ids';
import type { Scheduler } from '#scheduler/context';
import { decideOptions, laterOf } from '#scheduler/decide-options';
import { type Held, ownFact } from '#scheduler/held';
import { reliably } from '#scheduler/reliably';

/** Claims without a commit after which a flow is parked: its action is taken for poison. */
export const POISON_CLAIMS = 5;

/** What became of an attempt to claim. */
export type Claimed = { readonly held: Held } | 'refused' | 'parked' | 'unknownFormat';

/**
 * Claims a flow that was read as Queued, or as waiting for a time that has come: at the term read, so that what was read is what was claimed
 * (a flow that nobody owns changes at one term in nothing). An owned flow is never claimed; after a lost answer the flow is read again (rule N).
 */
export async function claim(
  s: Scheduler,
  flow: FlowRecord,
  who: { readonly incarnation: Incarnation; readonly worker: string; readonly signal: AbortSignal },
): Promise<Claimed> {
  if (flow.format > FLOW_FORMAT) return 'unknownFormat';
  if (flow.claims >= POISON_CLAIMS) return park(s, flow);
  const now = laterOf(s, flow);
  const owned = await writeClaim(s, flow, who.incarnation, now);
  if (!owned) return 'refused';
  const { waits, ...rest } = flow;
  const record: FlowRecord = {
    ...rest,
    status: 'Owned',
    owner: who.incarnation,
    term: flow.term + 1,
    claims: flow.claims + 1,
    updated: now,
  };
  s.telemetry.event('claimed', { flow: flow.id, term: record.term, from: flow.status, worker: who.worker });
  const chart = await s.charts.get(flow.chart, flow.version);
  const facts = flow.takenOver ? [ownFact('takenOver', now, takenOverData(flow.takenOver))] : [];
  facts.push(
    ownFact('claimed', now, { worker: who.worker, incarnation: who.incarnation, term: record.term, queue: flow.queue }),
  );
  const options = await decideOptions(s, record, chart);
  return {
    held: {
      record,
      position: record.position,
      facts,
      leaves: undefined,
      waited: waits,
      chart,
      options,
      owner: who.incarnation,
      signal: who.signal,
    },
  };
}

const takenOverData = ({ evidence, ...rest }: TakeOver) => ({ ...rest, evidence: evidence.kind, text: evidence.text });

async function writeClaim(
  s: Scheduler,
  flow: FlowRecord,
  owner: Incarnation,
  now: FlowRecord['updated'],
): Promise<boolean> {
  try {
    const result = await s.commit([
      { kind: 'claim', flow: flow.id, if: { term: flow.term, claimable: { dueBy: now } }, owner, now },
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
