import type { Fact, RoundEnd } from '#engine/flow';
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
  let rounds: RoundEnd[] = [];
  const problem = (what: string) => ({ problem: `the history of ${flow.id} ${what}`, byTime });
  for (const { facts } of store.facts.get(flow.id) ?? []) {
    for (const fact of facts) {
      const [kind, , first] = fact;
      if (kind === 'fail' && (first === 'States.Timeout' || first === 'States.HeartbeatTimeout')) byTime = true;
      const { phase, step, attempt } = replay.position;
      if (phase === 'act' && isEnd(fact) && !stage.handlersSaid(`${flow.id}#${step}`, attempt, fact))
        return problem(`tells ${JSON.stringify(fact)}, which no handler said`);
      if (kind === 'read' && replay.position.map?.rounds.length === 0) rounds = [];
      const round = (kind === 'join' ? first : kind === 'branch' ? fact[5] : undefined) as RoundEnd | undefined;
      if (round && !isRoundEnd(stage, flow, round, kind === 'join'))
        return problem(`tells ${JSON.stringify(fact)} of a round`);
      if (round) rounds.push(round);
      if (kind === 'gather' && !areResults(stage, flow, rounds, first ?? null))
        return problem(`tells results that its children did not come to: ${JSON.stringify(first)}`);
      const seq = round?.split ?? store.splits.get(flow.id)?.[splits - 1];
      if (kind === 'branch' && !isBranchEnd(stage, flow, seq, fact))
        return problem(`tells ${JSON.stringify(fact)}, which no child came to`);
      const outputs = kind === 'join' && !round ? outputsOf(stage, flow, seq, replay.position.branches ?? 0) : [];
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

/** What the children of a round of a distributed Map came to; they have all ended, or that one has failed whose failure ends the round. */
function isRoundEnd(
  { store }: Stage,
  flow: FlowRecord,
  { split, children, failed }: RoundEnd,
  isWhole: boolean,
): boolean {
  if (!store.splits.get(flow.id)?.includes(split)) return false;
  let items = 0;
  for (let index = 0; index < children; index++) {
    const id = childFlow(flow.id, split, index);
    const outcome = store.flows.get(id)?.outcome;
    if (isWhole && !outcome) return false;
    const batch = (store.starts.get(id)?.position.input ?? null) as { readonly Items?: readonly Json[] } | null;
    if (outcome && outcome.status !== 'Succeeded') items += batch?.Items?.length ?? 1;
  }
  // Children that were stopped since have failed too.
  return isWhole ? items === failed : failed > 0 && failed <= items;
}

/** The outputs of all rounds in order, where the results are no files; what is known of a child that failed is an object of another kind. */
function areResults({ store }: Stage, flow: FlowRecord, rounds: readonly RoundEnd[], output: Json): boolean {
  if (!Array.isArray(output)) return true;
  const wanted = rounds.flatMap(({ split, children }) =>
    Array.from({ length: children }, (_, index) => store.flows.get(childFlow(flow.id, split, index))?.outcome),
  );
  return (
    wanted.length === output.length &&
    wanted.every((outcome, i) =>
      outcome?.status === 'Succeeded'
        ? JSON.stringify(outcome.output) === JSON.stringify(output[i])
        : (output[i] as { readonly Status?: Json }).Status === 'FAILED',
    )
  );
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
