import type { Fact } from '#engine/flow';
import { FlowReplay } from '#engine/history/replay';
import type { Json } from '#engine/json';
import { type FlowRecord, isTerminal } from '#ports/flow-record';
import { childFlow } from '#ports/ids';
import { nameOf } from '#scheduler/decide-options';
import { makeToken } from '#scheduler/token';
import type { Stage } from '#test/sim/stage';

/** What a flow's history says of its end. */
export interface Explained {
  /** What the history does not account for. */
  readonly problem: string | undefined;
  /** Whether a time-out decided something: then the fault-free result is no yardstick. */
  readonly byTime: boolean;
}

/**
 * Tells a flow's history again, fact by fact, from where it was put: each end of an action must be one that a handler came to, each join what its
 * children came to, and the whole must lead to the position and the outcome that are stored. (What may end a wait for a callback, and what may
 * stop a flow, is looked at as it is written: `flow-checks.ts`.)
 */
export function explain(stage: Stage, flow: FlowRecord): Explained {
  const { store, charts } = stage;
  const start = store.starts.get(flow.id);
  // A child that was never made because its parent left the split first was put as ended.
  if (!start || isTerminal(start.status)) return { problem: undefined, byTime: false };
  const { run, version, startedAt, chart } = flow;
  const context = { run, name: nameOf(flow), chart, version, startedAt, input: null };
  const replay = new FlowReplay(charts.get(chart)!, flow.id, start.position, context, (step, attempt) =>
    makeToken(flow, step, attempt),
  );
  let byTime = false;
  let splits = 0;
  const problem = (what: string) => ({ problem: `the history of ${flow.id} ${what}`, byTime });
  for (const { facts } of store.facts.get(flow.id) ?? []) {
    for (const fact of facts) {
      const [kind, , first] = fact;
      if (kind === 'fail' && (first === 'States.Timeout' || first === 'States.HeartbeatTimeout')) byTime = true;
      const { phase, step, attempt } = replay.position;
      if (phase === 'act' && isEnd(fact) && !stage.handlersSaid(`${flow.id}#${step}`, attempt, fact))
        return problem(`tells ${JSON.stringify(fact)}, which no handler said`);
      const seq = store.splits.get(flow.id)?.[splits - 1];
      if (kind === 'branch' && !isBranchEnd(stage, flow, seq, fact))
        return problem(`tells ${JSON.stringify(fact)}, which no child came to`);
      const outputs = kind === 'join' ? outputsOf(stage, flow, seq, replay.position.branches ?? 0) : [];
      if (!outputs) return problem('tells a join of children that did not all succeed');
      replay.take(fact, outputs);
      if (replay.events.some(({ type }) => type === 'HistoryGap'))
        return problem(`has a gap: ${JSON.stringify(replay.events)}`);
      if (replay.hasSplit) splits++;
    }
  }
  const { at, step } = replay.position;
  if (JSON.stringify(replay.outcome) !== JSON.stringify(flow.outcome))
    return problem(`comes to ${JSON.stringify(replay.outcome)}, the flow to ${JSON.stringify(flow.outcome)}`);
  if (at !== flow.position.at || step !== flow.position.step)
    return problem(`ends at ${at} (${step}), the flow at ${flow.position.at} (${flow.position.step})`);
  return { problem: undefined, byTime };
}

const isEnd = ([kind]: Fact): boolean => kind === 'ok' || kind === 'fail';

function isBranchEnd({ store }: Stage, flow: FlowRecord, seq: number | undefined, fact: Fact): boolean {
  const [, , index, error] = fact;
  const child = seq === undefined ? undefined : store.flows.get(childFlow(flow.id, seq, Number(index)));
  const outcome = child?.outcome;
  return outcome !== undefined && outcome.status !== 'Succeeded' && (outcome.error ?? 'States.TaskFailed') === error;
}

function outputsOf(
  { store }: Stage,
  flow: FlowRecord,
  seq: number | undefined,
  branches: number,
): readonly Json[] | undefined {
  if (seq === undefined) return undefined;
  const outputs: Json[] = [];
  for (let index = 0; index < branches; index++) {
    const outcome = store.flows.get(childFlow(flow.id, seq, index))?.outcome;
    if (outcome?.status !== 'Succeeded') return undefined;
    outputs.push(outcome.output);
  }
  return outputs;
}
