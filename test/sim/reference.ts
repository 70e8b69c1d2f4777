import type { CompiledChart } from '#engine/chart/compiled';
import { branchPosition, decide, startPosition } from '#engine/decide';
import type { FlowEvent, FlowOutcome, Position } from '#engine/flow';
import type { Json } from '#engine/json';
import { epoch } from '#engine/time';
import { answerOf, type Outcome, outcomeOf } from '#test/sim/outcomes';
import { EPOCH } from '#test/sim/world';

/** What a run comes to where nothing goes wrong: the engine alone, one flow after the other. */
export function reference(chart: CompiledChart, input: Json): FlowOutcome {
  return runFlow(chart, startPosition(chart, input, EPOCH));
}

function runFlow(chart: CompiledChart, start: Position): FlowOutcome {
  let position = start;
  let now = EPOCH as number;
  let asked: Outcome = { ok: true, output: null };
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
      event = eventOf(outcomeOf(resource.name, input, attempt));
      asked = answerOf(resource.name, input);
    } else if (next.do === 'callback') event = eventOf(asked);
    else if (next.do === 'wait') now = next.due;
    else if (next.do === 'split') {
      const outcomes = Array.from({ length: next.branches }, (_, i) =>
        runFlow(chart, branchPosition(chart, position, i, options)),
      );
      const failed = outcomes.findIndex((outcome) => outcome.status !== 'Succeeded');
      const bad = outcomes[failed];
      if (bad && bad.status !== 'Succeeded')
        event = { type: 'branchFailed', index: failed, error: bad.error ?? 'States.TaskFailed' };
      else event = { type: 'joined', outputs: outcomes.map((o) => (o.status === 'Succeeded' ? o.output : null)) };
    }
  }
}

const eventOf = (outcome: Outcome): FlowEvent =>
  outcome.ok ? { type: 'completed', output: outcome.output } : { type: 'failed', error: outcome.error };
