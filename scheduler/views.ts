import { rejected } from '#ports/errors';
import type { FlowRecord } from '#ports/flow-record';
import { isTerminal } from '#ports/flow-record';
import { type RunId, rootFlow } from '#ports/ids';
import type { Store } from '#ports/store';
import { inputFrom, type RunSource, withRun } from '#scheduler/archive/run-source';
import type { Scheduler } from '#scheduler/context';
import { nameOf } from '#scheduler/decide-options';
import type { FlowView, RunDetail, RunSummary } from '#scheduler/operations';

/** Flows that `showRun` tells of where nobody says how many. */
const FLOWS = 200;

/** The first root of a run. Throws RUN_NOT_FOUND. */
export async function firstRoot(s: { readonly store: Pick<Store, 'readFlow'> }, run: RunId): Promise<FlowRecord> {
  const flow = await s.store.readFlow(rootFlow(run));
  // The id of a child or of a redrive's root reads as one of a run.
  if (flow && flow.run === run) return flow;
  throw rejected('RUN_NOT_FOUND', `There is no run ${run}.`, { run });
}

/** The newest root of a run: that of its last redrive, or the first. */
export async function newestRoot(
  s: { readonly store: Pick<Store, 'readFlow'> },
  first: FlowRecord,
): Promise<FlowRecord> {
  if (first.redrives === 0) return first;
  return (await s.store.readFlow(rootFlow(first.run, first.redrives))) ?? first;
}

/** A run as lists show it, from its first root and its newest one. */
export function summaryOf(first: FlowRecord, newest: FlowRecord): RunSummary {
  const { status } = newest;
  return {
    run: first.run,
    chart: first.chart,
    version: first.version,
    name: nameOf(first),
    status: status === 'Queued' || status === 'Owned' || status === 'Waiting' ? 'Running' : status,
    startedAt: first.startedAt,
    updatedAt: newest.updated,
    ...(isTerminal(status) && { endedAt: newest.updated }),
    redrives: first.redrives,
    ...(first.archived && { archived: true }),
  };
}

/** A flow, for people who ask why something waits. */
export function flowView(flow: FlowRecord): FlowView {
  const { position, parent, owner, waits, takenOver, outcome } = flow;
  return {
    flow: flow.id,
    ...(parent && { parent: parent.id }),
    status: flow.status,
    at: position.at,
    phase: position.phase,
    attempt: position.attempt,
    step: position.step,
    term: flow.term,
    seq: flow.seq,
    ...(owner !== undefined && { owner }),
    queue: flow.queue,
    needs: flow.needs,
    ...(waits && { waits }),
    ...(position.map && { map: { items: position.map.items, failed: position.map.failed } }),
    ...(takenOver && { takenOver }),
    updatedAt: flow.updated,
    ...(outcome && { outcome }),
  };
}

/** A run with all that it carries. Its roots come first, then the flows below them in the order in which they were made. */
export function detailOf(s: Scheduler, first: FlowRecord, limit = FLOWS): Promise<RunDetail> {
  return withRun(s, first, (source) => detailFrom(source, first, limit));
}

async function detailFrom(source: RunSource, first: FlowRecord, limit: number): Promise<RunDetail> {
  // The roots of a run that was redriven may stand behind a million children of the first.
  const countsAlone = first.redrives === 0 && source.counts !== undefined;
  const counted: Partial<Record<FlowRecord['status'], number>> = {};
  const roots: FlowView[] = [];
  const children: FlowView[] = [];
  let newest = first;
  for await (const flow of source.flows()) {
    counted[flow.status] = (counted[flow.status] ?? 0) + 1;
    if (flow.parent === undefined) {
      roots.push(flowView(flow));
      newest = flow;
    } else if (children.length < limit) children.push(flowView(flow));
    else if (countsAlone) break;
  }
  // After the flows: a run that has ended here has no flow that goes on there.
  const counts = (countsAlone && (await source.counts?.())) || counted;
  const total = Object.values(counts).reduce((sum: number, count) => sum + (count ?? 0), 0);
  const flows = [...roots, ...children].slice(0, Math.max(limit, roots.length));
  return {
    ...summaryOf(first, newest),
    input: await inputFrom(source, first),
    ...(newest.outcome && { outcome: newest.outcome }),
    flows,
    flowCounts: counts,
    moreFlows: total > flows.length,
  };
}
