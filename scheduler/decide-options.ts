import { type CompiledChart, queueAt } from '#engine/chart/compiled';
import type { DecideOptions, Position, RunContext } from '#engine/flow';
import type { Json } from '#engine/json';
import { epoch } from '#engine/time';
import { type FlowRecord, formatNewer, isReadable } from '#ports/flow-record';
import { rootFlow } from '#ports/ids';
import type { Scheduler } from '#scheduler/context';
import { makeToken } from '#scheduler/token';

/** The run's name: what follows the chart's in its id. */
export const nameOf = (flow: Pick<FlowRecord, 'run' | 'chart'>): string => flow.run.slice(flow.chart.length + 1);

/**
 * What a run was started on: the first fact of its first root flow. Only charts that read `$$.Execution.Input` pay for this look. Rejects with FORMAT_NEWER where this code
 * cannot read it.
 */
export async function runInput(s: Pick<Scheduler, 'store'>, flow: FlowRecord): Promise<Json> {
  if (!isReadable(flow)) throw formatNewer('rejected', flow);
  const [first] = await s.store.readFacts(rootFlow(flow.run), -1, 1);
  return first?.facts[0]?.[2] ?? null;
}

/** The options of `decide` for a flow; the same object serves until the flow is let go, with `now` set anew for each decision. */
export async function decideOptions(
  s: Scheduler,
  flow: FlowRecord,
  chart: CompiledChart,
): Promise<DecideOptions & { now: DecideOptions['now'] }> {
  const run: RunContext = {
    run: flow.run,
    name: nameOf(flow),
    chart: flow.chart,
    version: flow.version,
    startedAt: flow.startedAt,
    input: chart.needsRunInput ? await runInput(s, flow) : null,
  };
  return {
    now: laterOf(s, flow),
    seed: flow.id,
    run,
    token: (step, attempt) => makeToken(flow, step, attempt),
  };
}

/** The wall clock, but never earlier than the flow's last write: a clock that was put back does not turn a flow's history round. */
export const laterOf = (s: Pick<Scheduler, 'clock'>, flow: Pick<FlowRecord, 'updated'>) =>
  epoch(Math.max(s.clock.now(), flow.updated));

/** The activity that a worker needs a handler for to go on from a position; empty where any worker can. */
export function needsOf(chart: CompiledChart, position: Position): string {
  if (position.phase !== 'enter' && position.phase !== 'act' && position.phase !== 'retry') return '';
  const state = chart.states.get(position.at);
  if (state?.type !== 'Task') return '';
  const { kind, name } = state.work.resource;
  return kind === 'activity' || kind === 'exec' ? name : '';
}

/** The queue that a flow at this position belongs to. */
export function queueOf(chart: CompiledChart, position: Position): string {
  return needsOf(chart, position) === '' ? chart.queue : queueAt(chart, position.at);
}
