/** What the operations return, as clients may see it: moments as text, nothing of the inside. */

import type { EpochMs } from '#engine/time';
import type { BrakeView } from '#http/contract/brake';
import type { ChartDetail, ChartSummary } from '#http/contract/chart';
import type { FlowView as FlowSeen, TakeOver as TakeOverSeen } from '#http/contract/flow';
import type { HistoryEvent as EventSeen } from '#http/contract/history';
import type { RunDetail as RunSeen, RunSummary as SummarySeen } from '#http/contract/run';
import type { DiscoveryView, WorkerView as WorkerSeen } from '#http/contract/worker';
import type { TakeOver } from '#ports/flow-record';
import type { ChartVersion } from '#ports/store';
import type { Brake } from '#scheduler/brake';
import type { FlowView, HistoryEvent, RunDetail, RunSummary, WorkerView } from '#scheduler/operations';
import type { Discovered } from '#scheduler/sweeper/hosts';
import { standing } from '#scheduler/votes';

/** A moment in RFC 3339. */
export const iso = (at: EpochMs): string => new Date(at).toISOString();

/** A chart version, as lists show it. */
export const chartSummaryView = ({ name, version, hash, createdAt }: ChartVersion): ChartSummary => ({
  name,
  version,
  hash,
  createdAt: iso(createdAt),
});

/** A chart version with the chart. */
export const chartView = (chart: ChartVersion): ChartDetail => ({
  ...chartSummaryView(chart),
  chart: JSON.parse(chart.source),
});

/** A run, as lists show it. */
export const runSummaryView = (run: RunSummary): SummarySeen => ({
  run: run.run,
  chart: run.chart,
  version: run.version,
  name: run.name,
  status: run.status,
  startedAt: iso(run.startedAt),
  updatedAt: iso(run.updatedAt),
  ...(run.endedAt === undefined ? {} : { endedAt: iso(run.endedAt) }),
  redrives: run.redrives,
  ...(run.archived ? { archived: true } : {}),
});

/** A run with its flows. */
export const runView = (run: RunDetail): RunSeen => ({
  ...runSummaryView(run),
  input: run.input,
  ...(run.outcome ? { outcome: run.outcome } : {}),
  flows: run.flows.map(flowView),
  flowCounts: run.flowCounts,
  moreFlows: run.moreFlows,
});

/** A flow. */
export const flowView = ({ waits, takenOver, ...flow }: FlowView): FlowSeen => ({
  ...flow,
  updatedAt: iso(flow.updatedAt),
  ...(waits
    ? { waits: { for: waits.for, ...('due' in waits && waits.due !== undefined ? { due: iso(waits.due) } : {}) } }
    : {}),
  ...(takenOver ? { takenOver: takeOverView(takenOver) } : {}),
});

const takeOverView = ({ earlier: _, ...taken }: TakeOver): TakeOverSeen => ({ ...taken, when: iso(taken.when) });

/** A history event. */
export const eventView = (event: HistoryEvent): EventSeen => ({ ...event, timestamp: iso(event.timestamp) });

/** The brake, where it is on. */
export const brakeView = (brake: Brake | undefined): BrakeView =>
  brake === undefined ? { on: false } : { on: true, reason: brake.reason, at: iso(brake.at) };

/** A worker: its lease without the commands that wait for it. */
export const workerView = ({ lease, status }: WorkerView): WorkerSeen => ({
  worker: lease.worker,
  incarnation: lease.incarnation,
  kind: lease.kind,
  status,
  ...(lease.reason === undefined ? {} : { reason: lease.reason }),
  host: lease.host,
  ...(lease.platform ? { platform: { ...lease.platform } } : {}),
  ...(lease.health === undefined ? {} : { health: lease.health }),
  ...(lease.process ? { pid: lease.process.pid } : {}),
  windowMs: lease.windowMs,
  beat: lease.beat,
  places: lease.places,
  flows: lease.flows.map(({ flow, term }) => ({ flow, term })),
  activities: [...lease.activities],
  queues: [...lease.queues],
  startedAt: iso(lease.startedAt),
  beatAt: iso(lease.beatAt),
  ...(lease.skewMs === undefined ? {} : { skewMs: lease.skewMs }),
  ...votesView(lease),
  ...(lease.condemned
    ? { condemned: { by: lease.condemned.by, evidence: lease.condemned.evidence, at: iso(lease.condemned.at) } }
    : {}),
});

function votesView(lease: WorkerView['lease']): Pick<WorkerSeen, 'votes'> {
  const votes = standing(lease).map(({ kind, by, text, at }) => ({ kind, by, text, at: iso(at) }));
  return votes.length > 0 ? { votes } : {};
}

const ONE_MACHINE =
  'There is nothing to discover on one machine: every worker that is there has a lease, and is listed.';
const NOT_ASKED =
  'No platform was asked for hosts: this installation looks for none (`workers` or `discovery.instances` of its stack), or has not yet, which takes a quarter of an hour at most.';

/** What the sweeper saw of the platform, or why there is nothing to tell. */
export function discoveryView(found: Discovered | 'oneMachine' | undefined): DiscoveryView {
  if (found === 'oneMachine') return { hosts: [], note: ONE_MACHINE };
  if (found === undefined) return { hosts: [], note: NOT_ASKED };
  return { at: iso(found.at), hosts: found.idle.map(({ since, ...host }) => ({ ...host, since: iso(since) })) };
}
