import type { CompiledChart } from '#engine/chart/compiled';
import { branchPosition, decide, startPosition } from '#engine/decide';
import type { FlowEvent, FlowOutcome, Position } from '#engine/flow';
import type { Json } from '#engine/json';
import { epoch } from '#engine/time';
import { answerOf, type Outcome, outcomeOf } from '#test/sim/outcomes';
import { EPOCH } from '#test/sim/world';

/**
 * What a run comes to where nothing goes wrong and no time runs out: the engine alone, one flow after the other. `redrive`: what it comes to when it
 * has been redriven so often.
 */
export function reference(chart: CompiledChart, input: Json, redrive: number): FlowOutcome {
  return runFlow(chart, startPosition(chart, input, EPOCH), redrive);
}

function runFlow(chart: CompiledChart, start: Position, redrive: number): FlowOutcome {
  let position = start;
  let now = EPOCH as number;
  let asked: Outcome | undefined;
  for (let event: FlowEvent = { type: 'go' }; ; ) {
    const options = {
      now: epoch(now),
      seed: 'reference',
      run: { run: 'c:r', name: 'r', chart: chart.name, version: 1, startedAt: EPOCH, input: null },
      token: () => 'token',
    };
    const { next, position: moved } = decide(chart, position, event, options);
    position = moved;
    event = { type: 'go' };
    if (next.do === 'end') return next.outcome;
    if (next.do === 'act') {
      const { resource, input, attempt } = next.action;
      event = eventOf(outcomeOf(resource.name, input, attempt, redrive));
      asked = answerOf(resource.name, input);
    } else if (next.do === 'callback') {
      if (!asked) throw new Error(`${position.at} of ${chart.name} waits for an answer that never comes`);
      event = eventOf(asked);
    } else if (next.do === 'wait') now = next.due;
    else if (next.do === 'split') {
      const starts = Array.from({ length: next.branches }, (_, i) => branchPosition(chart, position, i, options));
      event = joinOf(chart, starts, redrive);
    }
  }
}

/** The first branch that fails decides: what the ones after it come to does not count. */
function joinOf(chart: CompiledChart, starts: readonly Position[], redrive: number): FlowEvent {
  const outputs: Json[] = [];
  for (const start of starts) {
    const outcome = runFlow(chart, start, redrive);
    if (outcome.status !== 'Succeeded')
      return { type: 'branchFailed', index: outputs.length, error: outcome.error ?? 'States.TaskFailed' };
    outputs.push(outcome.output);
  }
  return { type: 'joined', outputs };
}

const eventOf = (outcome: Outcome): FlowEvent =>
  outcome.ok ? { type: 'completed', output: outcome.output } : { type: 'failed', error: outcome.error };
