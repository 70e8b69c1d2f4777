import type { CompiledChart } from '#engine/chart/compiled';
import { branchPosition, decide, type MapChild, type MapPlan, mapChildPosition, mapPlan } from '#engine/decide';
import type { Decision, FlowEvent, FlowOutcome, Position } from '#engine/flow';
import type { Json } from '#engine/json';
import { epoch } from '#engine/time';
import { MAP_ITEMS } from '#test/sim/features/map-runs';
import { answerOf, type Outcome, outcomeOf } from '#test/sim/outcomes';
import { EPOCH } from '#test/sim/world';

/**
 * What a run comes to from a position where nothing goes wrong and no time runs out: the engine alone, one flow after the other. `redrive`: what it
 * comes to when it has been redriven so often. Undefined where it waits for what never comes.
 */
export function reference(chart: CompiledChart, start: Position, redrive: number): FlowOutcome | undefined {
  let position = start;
  let now = EPOCH as number;
  let answer: Outcome | undefined;
  let event: FlowEvent | undefined = { type: 'go' };
  let children: readonly MapChild[] = [];
  let results: readonly Json[] = [];
  while (event) {
    const options = {
      now: epoch(now),
      seed: 'reference',
      run: { run: 'c:r', name: 'r', chart: chart.name, version: 1, startedAt: EPOCH, input: null },
      token: () => 'token',
    };
    const { next, position: moved }: Decision = decide(chart, position, event, options);
    position = moved;
    event = { type: 'go' };
    if (next.do === 'end') return next.outcome;
    if (next.do === 'act') {
      const { resource, input, attempt } = next.action;
      event = eventOf(outcomeOf(resource.name, input, attempt, redrive));
      answer = answerOf(resource.name, input);
    } else if (next.do === 'callback') event = answer && eventOf(answer);
    else if (next.do === 'wait') now = next.due;
    else if (next.do === 'read') {
      children = childrenOf(mapPlan(chart, position, options));
      const size = children.length;
      results = [];
      event = { type: 'read', round: { children: size, items: itemsOf(children), head: null, starts: [], next: null } };
    } else if (next.do === 'split' && position.map) {
      const parent = position;
      const ends = children.map((child) => ({
        child,
        end: reference(chart, mapChildPosition(chart, parent, child, options), redrive),
      }));
      const failed = itemsOf(ends.flatMap(({ child, end }) => (end?.status === 'Succeeded' ? [] : [child])));
      results = ends.map(({ end }) => (end?.status === 'Succeeded' ? end.output : {}));
      const round = { split: 0, children: children.length, failed };
      event =
        failed > 0 && next.tolerant === undefined
          ? { type: 'branchFailed', index: 0, round }
          : { type: 'joined', outputs: [], round };
    } else if (next.do === 'gather') {
      const { place } = mapPlan(chart, position, options).target;
      event = { type: 'gathered', output: place === null ? results : {} };
    } else if (next.do === 'split') {
      const starts = Array.from({ length: next.branches }, (_, i) => branchPosition(chart, position, i, options));
      event = joinOf(starts.map((start) => reference(chart, start, redrive)));
    }
  }
  return undefined;
}

/** All children of a distributed Map in one round. */
function childrenOf(plan: MapPlan): readonly MapChild[] {
  const { source, items, maxItems, batch } = plan;
  const given = source ? MAP_ITEMS.map((value) => ({ value })) : items;
  const inputs = given.slice(0, maxItems).map((item, index) => plan.inputOf({ ...item, index }));
  if (!batch) return inputs.map((input) => ({ input }));
  const size = batch.maxItems;
  return Array.from({ length: Math.ceil(inputs.length / size) }, (_, i) => ({
    input: { Items: inputs.slice(i * size, (i + 1) * size) },
  }));
}

const itemsOf = (children: readonly MapChild[]): number =>
  children.reduce((sum, { input }) => {
    const batch = (input as { readonly Items?: readonly Json[] }).Items;
    return sum + (batch?.length ?? 1);
  }, 0);

/** A branch that fails decides, whatever the others wait for. */
function joinOf(outcomes: readonly (FlowOutcome | undefined)[]): FlowEvent | undefined {
  const failed = outcomes.findIndex((outcome) => outcome !== undefined && outcome.status !== 'Succeeded');
  const outcome = outcomes[failed];
  if (outcome && outcome.status !== 'Succeeded')
    return { type: 'branchFailed', index: failed, error: outcome.error ?? 'States.TaskFailed' };
  const outputs = outcomes.flatMap((one) => (one?.status === 'Succeeded' ? [one.output] : []));
  return outputs.length === outcomes.length ? { type: 'joined', outputs } : undefined;
}

const eventOf = (outcome: Outcome): FlowEvent =>
  outcome.ok ? { type: 'completed', output: outcome.output } : { type: 'failed', error: outcome.error };
