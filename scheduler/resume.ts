import type { FlowEvent } from '#engine/flow';
import type { EpochMs } from '#engine/time';
import { rootOf } from '#ports/ids';
import { afterCommit, childrenOf, standsAtSplit } from '#scheduler/after-commit';
import { noteRedrive } from '#scheduler/claim';
import type { Scheduler } from '#scheduler/context';
import { type Held, ownFact } from '#scheduler/held';
import { topNode } from '#scheduler/join-tree';
import { roundEnded } from '#scheduler/map-run/results';
import { callbackKey } from '#scheduler/token';

/**
 * What a freshly claimed flow goes on with. Claim, *then* read the control row, then act (rule L): a cancel that is written before the claim is
 * seen here, one that is written after it finds the flow owned and tells its owner.
 */
export async function resume(s: Scheduler, held: Held): Promise<FlowEvent> {
  if (held.fresh) return GO;
  // The next commit forgets a split that was left: what its dead owner did not clear away is cleared now.
  if (held.record.left) await afterCommit(s, held.record);
  // Before all else: one that was cancelled before its first claim is a redrive too.
  await noteRedrive(s, held.record);
  return (await stopped(s, held)) ?? (await awaited(s, held)) ?? GO;
}

const GO: FlowEvent = { type: 'go' };

/** Whether the run was cancelled, its time is up, or the parent has left the split. */
export async function stopped(s: Scheduler, held: Held): Promise<FlowEvent | undefined> {
  const { record } = held;
  const control = await s.store.readControl(rootOf(record.id));
  if (control) {
    const { timedOut, error, cause, at, by } = control;
    // Once a run: in its root's history.
    if (record.parent === undefined) note(held, 'cancelRequested', at, by);
    return {
      type: 'cancelled',
      ...(timedOut && { timedOut }),
      ...(error !== undefined && { error }),
      ...(cause !== undefined && { cause }),
    };
  }
  if (record.parent) {
    const parent = await s.store.readFlow(record.parent.id);
    if (!parent || !standsAtSplit(parent, record.parent.seq)) return { type: 'cancelled' };
  }
  return undefined;
}

/** What a flow that waited was waiting for. */
async function awaited(s: Scheduler, held: Held): Promise<FlowEvent | undefined> {
  const { position } = held.record;
  if (position.phase === 'split') return children(s, held);
  if (position.phase === 'callback') return callback(s, held);
  return undefined;
}

/** Writes down who asked for what the flow goes on with, where it is known; asked again before the commit it is known already. */
function note({ facts }: Held, kind: 'cancelRequested' | 'answered', at: EpochMs, by: string | undefined): void {
  if (by !== undefined && !facts.some(([known]) => known === kind)) facts.push(ownFact(kind, at, { by }));
}

async function children(s: Scheduler, held: Held): Promise<FlowEvent | undefined> {
  const { record } = held;
  const { branches } = record.position;
  if (record.split === undefined || branches === undefined) return undefined;
  const [top] = await s.store.readJoin(record.id, record.split, [topNode(branches)]);
  if (!top) return undefined;
  const ids = childrenOf(record, record.split, branches);
  if (record.position.map) {
    return top.failed === undefined && top.open.length > 0 ? undefined : roundEnded(s, held, top.failed);
  }
  if (top.failed !== undefined) {
    const child = await s.store.readFlow(ids[top.failed]!);
    const outcome = child?.outcome;
    if (outcome && outcome.status !== 'Succeeded') {
      const { error = 'States.TaskFailed', cause } = outcome;
      return { type: 'branchFailed', index: top.failed, error, ...(cause !== undefined && { cause }) };
    }
  }
  if (top.open.length > 0) return undefined;
  const flows = await s.store.readFlows(ids);
  const outputs = flows.map((flow) => (flow?.outcome?.status === 'Succeeded' ? flow.outcome.output : null));
  return { type: 'joined', outputs };
}

async function callback(s: Scheduler, held: Held): Promise<FlowEvent | undefined> {
  const { record, options } = held;
  const { position } = record;
  const key = callbackKey(position.step, position.attempt);
  const row = await s.store.readCallback(record.id, key);
  note(held, 'answered', options.now, row?.outcome.by);
  if (row?.outcome.status === 'Succeeded') return { type: 'completed', output: row.outcome.output };
  if (row) {
    const { error = 'States.TaskFailed', cause } = row.outcome;
    return { type: 'failed', error, ...(cause !== undefined && { cause }) };
  }
  if (position.dueMeans === 'heartbeat') {
    // Looked at though it may not be due yet: time goes on, and the engine, who decides a moment later, knows of no heartbeat but this.
    const beat = await s.store.readCallbackBeat(record.id, key);
    if (beat !== undefined) return { type: 'heartbeat', at: beat };
  }
  // Whether its time is up the engine sees.
  return undefined;
}
