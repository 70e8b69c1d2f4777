import type { FlowOutcome } from '#engine/flow';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';
import { clientToken } from '#ports/idempotency';
import type { IntegrationCall, IntegrationOutcome, Integrations } from '#ports/integrations';
import { answerIfAwaited } from '#scheduler/callbacks';
import type { Scheduler } from '#scheduler/context';
import { reliably } from '#scheduler/reliably';

/** What `startedBy` of the tasks begins with that a Task waits for. ECS shows it in every event of the task. */
const STARTED_BY = 'flowbeat/';

const rowKey = (startedBy: string): string => `ecs.${startedBy}`;

/**
 * `ecs:runTask.sync`: starts a task on ECS and leaves the flow waiting for its end, which an event tells (`ecsTaskChanged`).
 *
 * The event carries no token, so a row leads from the task to the token. It is put *before* the start, under a name that we give the task ourselves
 * (`startedBy`, made of the call's key): its ARN is known only after the start, and an event that comes before a row under the ARN would find none. A
 * repetition finds the same row, and ECS, by the client token, the same task.
 */
export async function runEcsTask(
  s: Scheduler,
  services: Integrations,
  call: IntegrationCall,
): Promise<IntegrationOutcome> {
  const { input, token } = call;
  const given = isObject(input) ? input : {};
  // As the integrations do, whatever the capitals.
  const parameter = (name: string) => Object.entries(given).find(([key]) => key.toLowerCase() === name)?.[1];
  if (token === undefined) throw new Error('a Task that waits has a token');
  if (parameter('startedby') !== undefined)
    return refused("'StartedBy' names the task to the flow that waits for it: leave it out of a Task with '.sync'.");
  if (Number(parameter('count') ?? 1) !== 1)
    return refused("A Task with '.sync' waits for one task: leave 'Count' out, or use a Map.");
  const startedBy = STARTED_BY + (await clientToken(call.idempotencyKey));
  const noted = await reliably(s.clock, call.signal, async () => {
    await s.store.writeSetting(rowKey(startedBy), token, undefined);
    return true;
  });
  if (!noted) return { ok: false, error: 'Flowbeat.Aborted', cause: 'The call was given up before it was made.' };
  const outcome = await services.call({ ...call, input: { ...given, StartedBy: startedBy } });
  // ECS said no: there is no task whose event would need the row. Of any other failure it is not known.
  if (!outcome.ok && outcome.error.startsWith('ECS.') && !outcome.error.startsWith('ECS.Sdk'))
    await s.store.dropSetting(rowKey(startedBy));
  return outcome;
}

const refused = (cause: string): IntegrationOutcome => ({
  ok: false,
  error: 'ECS.InvalidParameterException',
  cause,
});

/** The `detail` of an "ECS Task State Change" event, as far as it is read here. */
export interface EcsTask {
  readonly lastStatus: string;
  readonly startedBy?: string | undefined;
  readonly [member: string]: Json | undefined;
}

/**
 * A task on ECS has changed its status: where it has stopped and a flow waits for it, the flow gets its answer. Events come at least once, in any order, and for
 * tasks that are not ours; the first answer counts. Returns whether it was the end of a task that was waited for.
 */
export async function ecsTaskChanged(s: Scheduler, task: EcsTask): Promise<boolean> {
  const { lastStatus, startedBy } = task;
  if (lastStatus !== 'STOPPED' || !startedBy?.startsWith(STARTED_BY)) return false;
  const token = await s.store.readSetting(rowKey(startedBy));
  if (typeof token !== 'string') return false;
  await answerIfAwaited(s, token, outcomeOf(task));
  await s.store.dropSetting(rowKey(startedBy));
  return true;
}

/** It succeeded where every container ended with exit code 0. The result, and the cause of a failure, is the task as ECS describes it. */
function outcomeOf(task: EcsTask): FlowOutcome {
  const output = capitalized(task as JsonObject);
  const containers = isArray(task.containers) ? task.containers : [];
  const succeeded =
    containers.length > 0 && containers.every((container) => isObject(container) && container.exitCode === 0);
  return succeeded
    ? { status: 'Succeeded', output }
    : { status: 'Failed', error: 'States.TaskFailed', cause: JSON.stringify(output) };
}

/** Member names as Step Functions writes them: `taskArn` becomes `TaskArn`. */
function capitalized(value: Json): Json {
  if (isArray(value)) return value.map(capitalized);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name.charAt(0).toUpperCase() + name.slice(1),
      member === undefined ? null : capitalized(member),
    ]),
  );
}
