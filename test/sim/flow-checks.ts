import type { Fact } from '#engine/flow';
import { type FlowRecord, isTerminal, type TakeOver } from '#ports/flow-record';
import { functionOf, rootFlow, rootOf } from '#ports/ids';
import type { CommitFlow, PutControl, StoreWrite } from '#ports/write';
import { standsAtSplit } from '#scheduler/after-commit';
import { POISON_CLAIMS } from '#scheduler/claim';
import { callbackKey } from '#scheduler/token';
import type { CheckedStore } from '#test/sim/checked-store';
import { formerRoots, redriveOf } from '#test/sim/redrive-ids';

/** A claim that was on its way when its worker said that it drains is no violation: requests take so long at most. */
const UNDER_WAY_MS = 6_000;

/** What one write to a flow can break: looked at as it is applied, with the flow before and after it. */
export function checkFlowWrite(
  store: CheckedStore,
  write: StoreWrite,
  before: FlowRecord | undefined,
  after: FlowRecord,
): void {
  if (!before) {
    checkPut(store, after);
    return;
  }
  if (after.term < before.term) store.violate(`L2: the term of ${after.id} fell from ${before.term} to ${after.term}`);
  if (isTerminal(before.status) && (after.status !== before.status || after.seq !== before.seq))
    store.violate(`L3: ${after.id} was ${before.status} and became ${after.status} by ${write.kind}`);
  switch (write.kind) {
    case 'commit':
      checkCommit(store, write, before, after);
      break;
    case 'claim': {
      if (after.term <= before.term) store.violate(`L2: a claim of ${after.id} left term ${after.term}`);
      if (before.status === 'Owned') store.violate(`an owned flow was claimed: ${after.id} from ${before.owner}`);
      if (before.status === 'Waiting' && !dueBy(before, write.now))
        store.violate(`G: ${after.id} was claimed before it was due`);
      if (after.claims > POISON_CLAIMS)
        store.violate(`poison: ${after.id} was claimed ${after.claims} times without a commit`);
      checkOpen(store, after);
      break;
    }
    case 'wake':
      if (before.status !== 'Waiting' && before.status !== 'Parked')
        store.violate(`a wake moved ${after.id} while it was ${before.status}`);
      if (after.term <= before.term) store.violate(`L2: a wake of ${after.id} left term ${after.term}`);
      break;
    case 'takeOver':
      if (before.status !== 'Owned') store.violate(`L7: ${after.id} was taken over while it was ${before.status}`);
      if (after.term <= before.term) store.violate(`L2: a take-over of ${after.id} left term ${after.term}`);
      if (after.seq !== before.seq || after.position !== before.position)
        store.violate(`F: a take-over changed ${after.id}`);
      if (write.record.evidence.kind !== 'forced') checkDeadOwner(store, before, write.record);
      break;
    case 'park':
      if (before.status === 'Owned' || isTerminal(before.status) || before.claims < POISON_CLAIMS)
        store.violate(`poison: ${after.id} was parked while it was ${before.status} with ${before.claims} claims`);
      break;
    case 'markRedriven':
      if (after.redrives < (store.redrives.get(after.id) ?? 0))
        store.violate(`redrive: the count of ${after.id} fell to ${after.redrives}`);
      if (!store.flows.has(rootFlow(after.run, after.redrives)))
        store.violate(`redrive: ${after.id} notes ${after.redrives} redrives before there are so many`);
      break;
    default:
  }
}

/** A flow is put once (L9: the name is the slot), and a redrive's root only where the one before it has ended without success, and from where that ended. */
function checkPut(store: CheckedStore, flow: FlowRecord): void {
  if (flow.status === 'Owned') checkOpen(store, flow);
  const before = flow.parent ? undefined : formerRoots(flow.id)[0];
  if (before === undefined) return;
  const former = store.flows.get(before);
  if (former === undefined) store.violate(`redrive: ${flow.id} was put, and there is no ${before}`);
  else if (!isTerminal(former.status) || former.status === 'Succeeded')
    store.violate(`redrive: ${flow.id} was put while ${before} was ${former.status}`);
  else if (flow.position.at !== former.position.at)
    store.violate(`redrive: ${flow.id} begins at ${flow.position.at}, ${before} ended at ${former.position.at}`);
}

/** L8: a worker that may not claim claims nothing. */
function checkOpen(store: CheckedStore, { id, owner }: FlowRecord): void {
  const closed = owner === undefined ? undefined : store.closedSince.get(owner);
  if (closed !== undefined && store.now > closed + UNDER_WAY_MS) store.violate(`L8: ${owner} claimed ${id}`);
}

function checkCommit(store: CheckedStore, write: CommitFlow, before: FlowRecord, after: FlowRecord): void {
  if (after.seq !== before.seq + 1) store.violate(`L1: ${after.id} went from commit ${before.seq} to ${after.seq}`);
  if (before.status !== 'Owned') store.violate(`E: a commit moved ${after.id} while it was ${before.status}`);
  if (after.status !== 'Owned' && after.term <= before.term)
    store.violate(`L2: a release of ${after.id} left term ${after.term}`);
  if (after.status === 'Cancelled' || after.status === 'TimedOut') checkStopped(store, after);
  if (before.position.phase === 'callback') checkCallback(store, before, write.facts.find(isOutcome));
}

/** A flow is stopped by the first control row of its root, as that says, or because its parent has left the split; by nothing else. */
function checkStopped(store: CheckedStore, flow: FlowRecord): void {
  const row = store.firstControls.get(rootOf(flow.id));
  const { status, outcome, parent } = flow;
  const said = outcome?.status === 'Succeeded' ? undefined : outcome;
  if (row) {
    const wanted = row.timedOut ? 'TimedOut' : 'Cancelled';
    if (status === wanted && said?.error === row.error && said?.cause === row.cause) return;
  }
  const above = parent && store.flows.get(parent.id);
  const left = parent !== undefined && !(above && standsAtSplit(above, parent.seq));
  if (left && status === 'Cancelled' && said?.error === undefined) return;
  store.violate(`${flow.id} ended as ${JSON.stringify(outcome)}, and nobody asked for that`);
}

/** Time is up by the writer's own clock, not by a message that came early or that somebody else's start sent. */
export function checkControl(store: CheckedStore, { row }: PutControl): void {
  const root = store.flows.get(row.root);
  if (row.timedOut && (root?.deadline === undefined || row.at < root.deadline))
    store.violate(
      `the time of ${row.root} was ended at ${row.at}, its deadline is ${root?.deadline ?? 'none, or it is not there'}`,
    );
}

/**
 * A wait for a callback ends by the first answer to its token; or, where none was there when the flow was claimed, by `TimeoutSeconds` that are up by the
 * flow's own time, or by `HeartbeatSeconds` since the wait began and since the last heartbeat that was there when the flow was claimed.
 */
function checkCallback(store: CheckedStore, flow: FlowRecord, fact: Fact | undefined): void {
  if (fact === undefined) return;
  const { id, position } = flow;
  const [kind, at, said] = fact;
  const answer = store.firstAnswers.get(`${id}#${callbackKey(position.step, position.attempt)}`);
  if (answer?.status === 'Succeeded' && kind === 'ok' && JSON.stringify(answer.output) === JSON.stringify(said)) return;
  if (answer && answer.status !== 'Succeeded' && kind === 'fail' && answer.error === said) return;
  const found = store.foundAtClaim.get(id);
  const due = { 'States.Timeout': timeoutDue(flow), 'States.HeartbeatTimeout': heartbeatDue(store, flow, found?.beat) };
  const since = kind === 'fail' ? due[said as keyof typeof due] : undefined;
  if (since === undefined)
    store.violate(`the wait of ${id} came to ${JSON.stringify(fact)}, the first answer is ${JSON.stringify(answer)}`);
  else if (at < since) store.violate(`the wait of ${id} came to ${said} at ${at}, before ${since}`);
  else if (found?.answered) store.violate(`the wait of ${id} came to ${said}, and its answer was there`);
}

const timeoutDue = ({ position }: FlowRecord) => (position.dueMeans === 'timeout' ? position.due : position.deadline);

function heartbeatDue(store: CheckedStore, { chart, position }: FlowRecord, beat = 0): number | undefined {
  if (position.dueMeans !== 'heartbeat' || position.due === undefined) return undefined;
  const state = store.compiled.get(chart)?.states.get(position.at);
  const heartbeat = state?.type === 'Task' ? state.work.heartbeat : null;
  return heartbeat && 'value' in heartbeat ? Math.max(position.due, beat + heartbeat.value * 1_000) : undefined;
}

const isOutcome = ([kind]: Fact): boolean => kind === 'ok' || kind === 'fail';

/**
 * Condemn, then take over: an owner whose lease stands, uncondemned, still acts for the flow. (A lease that was condemned and dropped may be put once more,
 * by the late repeat of its first write: it names no flow, never beats, and is judged anew.)
 */
function checkDeadOwner(store: CheckedStore, { id, owner }: FlowRecord, { by, evidence, when }: TakeOver): void {
  const lease = owner === undefined ? undefined : store.leases.get(owner);
  // A worker that cannot go on with a flow takes it from itself.
  if (by === owner && evidence.kind === 'self') return;
  const time = functionOf(owner);
  if (time && by !== owner && when < time.until)
    store.violate(`deadline: ${id} was taken by ${by} from ${owner}, ${time.until - when} ms before its time was up`);
  if (lease && !lease.condemned && !store.condemned.has(lease.incarnation))
    store.violate(`condemn first: ${id} was taken by ${by} from ${owner}, whose lease stands: ${evidence.text}`);
}

/** The first root of a run notes redrives that were made, and all of them. */
export function checkRedrives(store: CheckedStore): string | undefined {
  for (const flow of store.flows.values()) {
    if (flow.parent || redriveOf(flow.id) > 0) continue;
    const roots = [...store.flows.values()].filter(({ run, parent }) => run === flow.run && !parent);
    if (roots.length !== flow.redrives + 1)
      return `redrive: ${flow.id} notes ${flow.redrives} redrives and has ${roots.length - 1}`;
  }
  return undefined;
}

const dueBy = (flow: FlowRecord, now: number) =>
  flow.waits !== undefined && 'due' in flow.waits && (flow.waits.due ?? Number.POSITIVE_INFINITY) <= now;
