import type { CompiledChart } from '#engine/chart/compiled';
import { branchPosition, decide } from '#engine/decide';
import type { Decision, FlowEvent, FlowOutcome, Position } from '#engine/flow';
import { epoch } from '#engine/time';
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
    else if (next.do === 'split') {
      const starts = Array.from({ length: next.branches }, (_, i) => branchPosition(chart, position, i, options));
      event = joinOf(starts.map((start) => reference(chart, start, redrive)));
    }
  }
  return undefined;
}

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
