import { type EpochMs, epoch } from '#engine/time';
import type { FlowRecord } from '#ports/flow-record';
import { type Incarnation, rootFlow, runId } from '#ports/ids';
import type { CommitFlow, PutFlow } from '#ports/write';

/** A time. */
export const T0: EpochMs = epoch(1_790_000_000_000);

/** A flow that `owner` holds at term 2. */
export function owned(name: string, owner: string, input: FlowRecord['position']['input'] = 0): FlowRecord {
  const run = runId('chart', name);
  return {
    format: 1,
    id: rootFlow(run),
    run,
    chart: 'chart',
    version: 1,
    queue: 'default',
    needs: '',
    startedAt: T0,
    nonce: 'nonce',
    status: 'Owned',
    owner: owner as Incarnation,
    term: 2,
    seq: 0,
    claims: 1,
    position: { at: 'A', phase: 'act', step: 1, input, vars: {}, entered: T0, attempt: 0 },
    redrives: 0,
    updated: T0,
  };
}

/** A flow that waits on a queue for whoever claims it. */
export function queued(name: string, queue: string): FlowRecord {
  const { owner: _owner, ...flow } = owned(name, '');
  return { ...flow, queue, status: 'Queued', term: 1, claims: 0 };
}

/** The put of a flow. */
export const put = (flow: FlowRecord): PutFlow => ({ kind: 'putFlow', flow, facts: [] });

/** The record one commit on. */
export const next = (flow: FlowRecord): FlowRecord => ({ ...flow, seq: flow.seq + 1, claims: 0 });

/** The fenced write of the next record. */
export const commitOf = (flow: FlowRecord): CommitFlow => ({
  kind: 'commit',
  flow: next(flow),
  if: { ...(flow.owner && { owner: flow.owner }), term: flow.term, seq: flow.seq },
  facts: [['step', T0, flow.seq + 1]],
});
