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

/** The name that the attempt with this key starts its task under. */
const startedByOf = async (key: string): Promise<string> => STARTED_BY + (await clientToken(key));

/** What a row leads to: the token of who waits, and, once ECS has told them, the ARNs of the task and its cluster. */
interface Row {
  readonly token: string;
  readonly place?: Place;
}
interface Place {
  readonly cluster: string;
  readonly task: string;
}

/** A row as it is stored. Earlier versions stored the token alone. */
async function readRow(s: Scheduler, startedBy: string): Promise<Row | undefined> {
  const stored = await s.store.readSetting(rowKey(startedBy));
  return typeof stored === 'string' ? { token: stored } : (stored as Row | undefined);
}

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
  const startedBy = await startedByOf(call.idempotencyKey);
  const note = (row: Row, was?: Row) =>
    reliably(s.clock, call.signal, async () => {
      await s.store.writeSetting(rowKey(startedBy), row as unknown as Json, was as unknown as Json | undefined);
      return true;
    });
  if (!(await note({ token })))
    return { ok: false, error: 'Flowbeat.Aborted', cause: 'The call was given up before it was made.' };
  const outcome = await services.call({ ...call, input: { ...given, StartedBy: startedBy } });
  const place = outcome.ok && placeOf(outcome.output);
  // Where the end was told already there is no row any more, and none is made.
  if (place) await note({ token, place }, { token });
  // ECS said no: there is no task whose event would need the row. Of any other failure it is not known.
  if (!outcome.ok && outcome.error.startsWith('ECS.') && !outcome.error.startsWith('ECS.Sdk'))
    await s.store.dropSetting(rowKey(startedBy));
  return outcome;
}

/** Where ECS says that it has started the one task. */
function placeOf(output: Json): Place | undefined {
  const tasks = isObject(output) ? output.Tasks : undefined;
  const task = isArray(tasks) ? tasks[0] : undefined;
  if (!isObject(task) || typeof task.TaskArn !== 'string' || typeof task.ClusterArn !== 'string') return undefined;
  return { cluster: task.ClusterArn, task: task.TaskArn };
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
  const row = await readRow(s, startedBy);
  if (!row) return false;
  await answer(s, startedBy, row, outcomeOf(capitalized(task as JsonObject)));
  return true;
}

/** The row goes with the answer, also where the Task was answered already or waits no more. */
async function answer(s: Scheduler, startedBy: string, { token }: Row, outcome: FlowOutcome): Promise<void> {
  await answerIfAwaited(s, token, outcome);
  await s.store.dropSetting(rowKey(startedBy));
}

/** How long ECS has to answer where nobody waits for it. */
const PATIENCE_MS = 10_000;

/** Calls ECS for ourselves; undefined where this process calls no services, or ECS did not do it, which is told. */
async function ask(s: Scheduler, api: string, key: string, input: JsonObject): Promise<JsonObject | undefined> {
  if (!s.services) return undefined;
  const controller = new AbortController();
  const timer = s.clock.after(PATIENCE_MS, () => controller.abort());
  const resource = `aws-sdk:ecs:${api}`;
  try {
    const outcome = await s.services.call({ resource, input, idempotencyKey: key, signal: controller.signal });
    if (outcome.ok) return isObject(outcome.output) ? outcome.output : {};
    s.telemetry.event('ecsRefused', { api, error: outcome.error, message: outcome.cause });
    return undefined;
  } finally {
    timer.cancel();
  }
}

/** Stops the task that the attempt with this key has started, as far as one is known; nobody waits for its end any more, so its row goes. */
export async function stopEcsTask(s: Scheduler, key: string, why: string): Promise<void> {
  const startedBy = await startedByOf(key);
  const row = await readRow(s, startedBy);
  if (!row) return;
  const { place } = row;
  if (place) await ask(s, 'stopTask', key, { Cluster: place.cluster, Task: place.task, Reason: why });
  await s.store.dropSetting(rowKey(startedBy));
}

/** A task that was started just now may not be known everywhere at ECS: that it is missing says nothing before this. */
const KNOWN_AFTER_MS = 60_000;

/**
 * Looks after a task whose end may not have been told: where the attempt with this key waits `sinceMs` for one that ECS says has stopped, it is answered. One that ECS knows
 * no more has ended an hour ago or more, and nobody can tell how: its Task fails.
 */
export async function lookAtEcsTask(s: Scheduler, key: string, sinceMs: number): Promise<void> {
  const startedBy = await startedByOf(key);
  const row = await readRow(s, startedBy);
  if (!row?.place) return;
  const { cluster, task: arn } = row.place;
  const found = await ask(s, 'describeTasks', key, { Cluster: cluster, Tasks: [arn] });
  if (!found) return;
  const task = isArray(found.Tasks) ? found.Tasks[0] : undefined;
  if (isObject(task)) {
    if (task.LastStatus === 'STOPPED') await answer(s, startedBy, row, outcomeOf(task));
    return;
  }
  const missing = isArray(found.Failures) && found.Failures.some((one) => isObject(one) && one.Reason === 'MISSING');
  if (!missing || sinceMs < KNOWN_AFTER_MS) return;
  const cause = `ECS does not know the task ${arn} any more: it has ended, no event told of it, and how it ended cannot be found.`;
  await answer(s, startedBy, row, { status: 'Failed', error: 'States.TaskFailed', cause });
}

/** It succeeded where every container ended with exit code 0. The result, and the cause of a failure, is the task as ECS describes it, in Step Functions' names. */
function outcomeOf(output: Json): FlowOutcome {
  const containers = isObject(output) && isArray(output.Containers) ? output.Containers : [];
  const succeeded =
    containers.length > 0 && containers.every((container) => isObject(container) && container.ExitCode === 0);
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
