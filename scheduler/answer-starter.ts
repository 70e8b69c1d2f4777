import type { FlowOutcome } from '#engine/flow';
import type { Json, JsonObject } from '#engine/json';
import type { Answers, FlowRecord } from '#ports/flow-record';
import { answerIfAwaited } from '#scheduler/callbacks';
import type { Scheduler } from '#scheduler/context';
import { nameOf, runInput } from '#scheduler/decide-options';

/** Step Functions' bound of a cause, in characters: beyond it the JSON would be cut. */
const LONGEST_CAUSE = 32_768;

const STATUS = { Succeeded: 'SUCCEEDED', Failed: 'FAILED', TimedOut: 'TIMED_OUT', Cancelled: 'ABORTED' } as const;

/**
 * The end of a run answers the Task that started it with `.sync`. An after-commit step: whoever finds the ended flow repeats it, and the first answer
 * counts. A Task that waits no more (its own time-out, a cancel) is no fault of this run.
 */
export async function answerStarter(s: Scheduler, flow: FlowRecord): Promise<void> {
  const { answers, outcome } = flow;
  if (answers === undefined || outcome === undefined) return;
  const input = await runInput(s, flow);
  await answerIfAwaited(s, answers.token, answerOf(flow, outcome, input, answers.form));
}

/** In the form of Step Functions' DescribeExecution. A run that did not succeed fails the Task, with all this as the cause. */
function answerOf(flow: FlowRecord, outcome: FlowOutcome, input: Json, form: Answers['form']): FlowOutcome {
  const shown = (value: Json): Json => (form === 'sync' ? JSON.stringify(value) : value);
  const described: JsonObject = {
    ExecutionArn: flow.run,
    Input: shown(input),
    InputDetails: { Included: true },
    Name: nameOf(flow),
    StartDate: new Date(flow.startedAt).toISOString(),
    StateMachineArn: flow.chart,
    Status: STATUS[outcome.status],
    StopDate: new Date(flow.updated).toISOString(),
  };
  if (outcome.status === 'Succeeded') {
    const output = { ...described, Output: shown(outcome.output), OutputDetails: { Included: true } };
    return { status: 'Succeeded', output };
  }
  const { error, cause } = outcome;
  const failed = {
    ...described,
    ...(error !== undefined && { Error: error }),
    ...(cause !== undefined && { Cause: cause }),
  };
  return { status: 'Failed', error: 'States.TaskFailed', cause: causeText(failed) };
}

function causeText(described: JsonObject): string {
  const whole = JSON.stringify(described);
  if (whole.length <= LONGEST_CAUSE) return whole;
  const { Input: _input, Cause: cause, ...rest } = described;
  const short = typeof cause === 'string' ? { Cause: cause.slice(0, LONGEST_CAUSE / 4) } : {};
  return JSON.stringify({ ...rest, ...short, InputDetails: { Included: false } });
}
