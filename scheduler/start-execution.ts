import type { Json, JsonObject } from '#engine/json';
import { FlowbeatError } from '#ports/errors';
import { isTerminal } from '#ports/flow-record';
import { clientToken } from '#ports/idempotency';
import { rootFlow, runId } from '#ports/ids';
import type { IntegrationCall, IntegrationOutcome } from '#ports/integrations';
import type { Scheduler } from '#scheduler/context';
import { cancel } from '#scheduler/control';
import { start } from '#scheduler/create-operations';
import { reliably } from '#scheduler/reliably';

/** What ours is called in the words of Step Functions. */
const ERRORS: Readonly<Record<string, string>> = {
  CHART_NOT_FOUND: 'StepFunctions.StateMachineDoesNotExistException',
  NAME_TAKEN: 'StepFunctions.ExecutionAlreadyExistsException',
  NAME_INVALID: 'StepFunctions.InvalidNameException',
  INPUT_TOO_LARGE: 'StepFunctions.InvalidExecutionInputException',
};

/**
 * `states:startExecution`: a Task that starts another run here. Its name is the idempotency key, so a repetition finds the run that the first try made;
 * where the chart gives no `Name`, it is made of the call's key. With `.sync` the run carries the Task's token from its first write on, and its end answers it
 * (`answer-starter.ts`).
 */
export async function startExecution(s: Scheduler, call: IntegrationCall): Promise<IntegrationOutcome> {
  const wanted = readInput(call.input);
  if ('ok' in wanted) return wanted;
  const { token, sync } = call;
  const answers = sync === undefined || token === undefined ? undefined : { token, form: sync };
  const name = wanted.name ?? (await clientToken(call.idempotencyKey));
  try {
    const started = await reliably(s.clock, call.signal, () => start(s, { ...wanted, name }, answers));
    if (!started) return refused('Flowbeat.Aborted', 'The call was given up.');
    return {
      ok: true,
      output: { ExecutionArn: started.run, StartDate: new Date(started.startedAt).toISOString() },
    };
  } catch (error) {
    if (!(error instanceof FlowbeatError)) throw error;
    return refused(ERRORS[error.code] ?? 'StepFunctions.AWSStepFunctionsException', error.message);
  }
}

/**
 * A Task gives up the run that it started with `.sync`: that one is cancelled, as Step Functions does. One that has the name and answers another, or
 * nobody, is left alone.
 */
export async function stopExecution(
  s: Scheduler,
  given: Json,
  key: string,
  token: string,
  cause: string,
): Promise<void> {
  const wanted = readInput(given);
  if ('ok' in wanted) return;
  const run = runId(wanted.chart, wanted.name ?? (await clientToken(key)));
  const root = await s.store.readFlow(rootFlow(run));
  if (root?.answers?.token === token && !isTerminal(root.status)) await cancel(s, root, { cause }, s.clock.now());
}

interface Wanted {
  readonly chart: string;
  readonly version?: number;
  readonly name?: string;
  readonly input: Json;
}

function readInput(given: Json): Wanted | IntegrationOutcome {
  const { StateMachineArn: arn, Name: name, Input: input } = (given ?? {}) as JsonObject;
  const chart = typeof arn === 'string' ? chartOf(arn) : undefined;
  if (chart === undefined) {
    return refused(
      'StepFunctions.InvalidArnException',
      "'StateMachineArn' must name a chart: its name, or an ARN of a state machine that ends in it.",
    );
  }
  if (name !== undefined && typeof name !== 'string')
    return refused('StepFunctions.InvalidNameException', "'Name' must be a string.");
  const parsed = inputOf(input);
  if (!parsed) {
    return refused('StepFunctions.InvalidExecutionInputException', "'Input' is a text, and not one of JSON.");
  }
  return { ...chart, ...(name !== undefined && { name }), input: parsed.value };
}

/** A chart's name with a version, if any: `nightly`, `nightly:3`, or an ARN of a state machine that ends so. */
function chartOf(text: string): Pick<Wanted, 'chart' | 'version'> | undefined {
  const found = /^(?:arn:[^:]*:states:[^:]*:[^:]*:stateMachine:)?([^:]+)(?::([1-9]\d*))?$/.exec(text);
  const [, chart, version] = found ?? [];
  if (chart === undefined) return undefined;
  return version === undefined ? { chart } : { chart, version: Number(version) };
}

/** A text is JSON, as Step Functions takes it; any other value is the input itself, and none is an empty object. */
function inputOf(input: Json | undefined): { readonly value: Json } | undefined {
  if (input === undefined || input === null) return { value: {} };
  if (typeof input !== 'string') return { value: input };
  try {
    return { value: JSON.parse(input) as Json };
  } catch {
    return undefined;
  }
}

const refused = (error: string, cause: string): IntegrationOutcome => ({ ok: false, error, cause });
