/** `ecs:runTask.sync`: the flow waits for a task on ECS, whose end an event tells. ECS itself is played: no emulator here runs containers. */
import { expect, test } from 'vitest';
import type { Json, JsonObject } from '#engine/json';
import { rejected } from '#ports/errors';
import type { IntegrationCall, IntegrationOutcome } from '#ports/integrations';
import { census } from '#scheduler/census';
import { type EcsTask, ecsTaskChanged } from '#scheduler/ecs-task';
import { workerWith } from '#test/scheduler/worker-with-services';

const ARN = 'arn:aws:ecs:us-east-1:1:task/c/1';

/** A cluster that notes what it was asked for. */
function cluster(answer: (call: IntegrationCall) => IntegrationOutcome | Promise<IntegrationOutcome>) {
  const calls: IntegrationCall[] = [];
  return {
    calls,
    call(call: IntegrationCall) {
      calls.push(call);
      return Promise.resolve(answer(call));
    },
  };
}

const started = (): IntegrationOutcome => ({ ok: true, output: { Tasks: [{ TaskArn: ARN }], Failures: [] } });

const charts = (parameters: object = {}, more: object = {}) => ({
  Run: {
    Type: 'Task',
    Resource: 'arn:aws:states:::ecs:runTask.sync',
    Parameters: { Cluster: 'c', TaskDefinition: 'render', ...parameters },
    End: true,
    ...more,
  },
});

const event = (startedBy: Json | undefined, exitCode: number | null, more: object = {}): EcsTask => ({
  taskArn: ARN,
  lastStatus: 'STOPPED',
  startedBy: startedBy as string,
  stopCode: 'EssentialContainerExited',
  containers: [{ name: 'main', ...(exitCode !== null && { exitCode }) }],
  ...more,
});

async function scene(ecs = cluster(started), parameters: object = {}, more: object = {}) {
  const one = await workerWith(ecs);
  await one.putChart('c', charts(parameters, more));
  const run = await one.start('c');
  /** Waits until the flow waits for the task of this attempt, and gives the name that the task was started under. */
  const waiting = async (attempt = 0) => {
    await one.until(run, ({ waits, position }) => waits?.for === 'callback' && position.attempt === attempt);
    const { input } = ecs.calls.at(-1) as IntegrationCall;
    return (input as JsonObject).StartedBy;
  };
  return { ...one, ecs, run, waiting, ended: () => one.outcome(run) };
}

test('the flow waits, held by nobody, and goes on with the task when it has ended', async () => {
  const t = await scene();
  const startedBy = await t.waiting();
  expect(startedBy).toMatch(/^flowbeat\/[0-9a-f-]{36}$/);
  expect(await ecsTaskChanged(t.s, event(startedBy, null, { lastStatus: 'RUNNING' }))).toBe(false);
  expect(await ecsTaskChanged(t.s, event(startedBy, 0))).toBe(true);
  expect(await t.ended()).toMatchObject({
    status: 'Succeeded',
    output: { TaskArn: ARN, Containers: [{ Name: 'main', ExitCode: 0 }] },
  });
});

test('an exit code other than 0, or none, fails the Task', async () => {
  for (const code of [3, null]) {
    const t = await scene();
    await ecsTaskChanged(t.s, event(await t.waiting(), code));
    const outcome = await t.ended();
    expect(outcome).toMatchObject({ status: 'Failed', error: 'States.TaskFailed' });
    expect(JSON.parse((outcome as { cause: string }).cause)).toMatchObject({ StopCode: 'EssentialContainerExited' });
  }
});

test('an event that comes before the call that started the task has returned is not lost', async () => {
  const ecs = cluster(async ({ input }) => {
    expect(await ecsTaskChanged(t.s, event((input as JsonObject).StartedBy, 0))).toBe(true);
    return started();
  });
  const t = await workerWith(ecs);
  await t.putChart('c', charts());
  const run = await t.start('c');
  expect((await t.outcome(run))?.status).toBe('Succeeded');
});

test('events double, and tell of tasks that nobody waits for: each is taken once, the others change nothing', async () => {
  const t = await scene();
  const startedBy = await t.waiting();
  const all = [event(startedBy, 0), event(startedBy, 1)];
  await Promise.all(all.map((one) => ecsTaskChanged(t.s, one)));
  expect(await ecsTaskChanged(t.s, all[0]!)).toBe(false);
  expect(await ecsTaskChanged(t.s, event('ecs-svc/123', 0))).toBe(false);
  expect(await ecsTaskChanged(t.s, event('flowbeat/unknown', 0))).toBe(false);
  expect(await ecsTaskChanged(t.s, event(undefined, 0))).toBe(false);
  expect((await t.ended())?.status).toBe('Succeeded');
  expect([...t.s.store.settings.keys()].filter((key) => key.startsWith('ecs.'))).toEqual([]);
});

test('what is told of a task that its Task waits for no more changes nothing, and its row is gone', async () => {
  const t = await scene(cluster(started), {}, { TimeoutSeconds: 3600 });
  const startedBy = await t.waiting();
  await t.pass(3_600_000);
  expect(await t.ended()).toMatchObject({ status: 'Failed', error: 'States.Timeout' });
  expect(await ecsTaskChanged(t.s, event(startedBy, 0))).toBe(false);
  expect([...t.s.store.settings.keys()].filter((key) => key.startsWith('ecs.'))).toEqual([]);
});

test('every attempt starts a task of its own, under a key of its own', async () => {
  const retry = { Retry: [{ ErrorEquals: ['States.TaskFailed'], MaxAttempts: 1, IntervalSeconds: 60 }] };
  const t = await scene(cluster(started), {}, retry);
  await ecsTaskChanged(t.s, event(await t.waiting(), 1));
  await t.until(t.run, ({ position }) => position.phase === 'retry');
  await t.pass(60_000);
  await ecsTaskChanged(t.s, event(await t.waiting(1), 0));
  const [first, second] = t.ecs.calls;
  expect(second?.idempotencyKey).not.toBe(first?.idempotencyKey);
  expect((await t.ended())?.status).toBe('Succeeded');
});

test('where ECS refuses, the Task fails and no row is left', async () => {
  const error = 'ECS.ClusterNotFoundException';
  const t = await scene(cluster(() => ({ ok: false, error, cause: 'Cluster not found.' })));
  expect(await t.ended()).toMatchObject({ status: 'Failed', error });
  expect([...t.s.store.settings.keys()].filter((key) => key.startsWith('ecs.'))).toEqual([]);
});

test('an answer that cannot be given just now is not lost: the row stays, and the event, told again, brings it', async () => {
  const t = await scene();
  const startedBy = await t.waiting();
  const gone = rejected('QUEUE_NOT_FOUND', 'There is no such queue.');
  const without = { ...t.s, commit: () => Promise.reject(gone) };
  await expect(ecsTaskChanged(without, event(startedBy, 0))).rejects.toBe(gone);
  expect(await ecsTaskChanged(t.s, event(startedBy, 0))).toBe(true);
  expect((await t.ended())?.status).toBe('Succeeded');
});

test.each([{ StartedBy: 'me' }, { startedBy: 'me' }, { Count: 2 }, { count: '2' }])(
  '%j is refused: nothing is started',
  async (parameters) => {
    const t = await scene(cluster(started), parameters);
    expect(await t.ended()).toMatchObject({ status: 'Failed', error: 'ECS.InvalidParameterException' });
    expect(t.ecs.calls).toHaveLength(0);
  },
);

const PLACE = { TaskArn: ARN, ClusterArn: 'arn:aws:ecs:us-east-1:1:cluster/c' };
const OF_THE_TASK = { Cluster: PLACE.ClusterArn };

/** A cluster that says where it started the task, and answers what else it is asked. */
const placing = (answer: (api: string) => IntegrationOutcome = () => ({ ok: true, output: {} })) =>
  cluster(({ resource }) =>
    resource === 'ecs:runTask'
      ? { ok: true, output: { Tasks: [PLACE], Failures: [] } }
      : answer(resource.slice('aws-sdk:ecs:'.length)),
  );

const rowsOf = (t: Awaited<ReturnType<typeof scene>>) =>
  [...t.s.store.settings.keys()].filter((key) => key.startsWith('ecs.'));

/** What was asked of the cluster beside starts, and of what. */
const askedOf = ({ calls }: ReturnType<typeof cluster>) =>
  calls.filter(({ resource }) => resource !== 'ecs:runTask').map(({ resource, input }) => [resource, input]);

const STOPPED = [
  'aws-sdk:ecs:stopTask',
  { ...OF_THE_TASK, Task: ARN, Reason: 'The Task "Run" of c:r waits for it no more.' },
];

test.each(['TimeoutSeconds', 'HeartbeatSeconds'])('a Task whose %s are up stops what it started', async (limit) => {
  const t = await scene(placing(), {}, { [limit]: 60 });
  await t.waiting();
  expect(rowsOf(t)).toHaveLength(1);
  await t.pass(60_000);
  expect((await t.ended())?.status).toBe('Failed');
  expect(askedOf(t.ecs)).toEqual([STOPPED]);
  expect(rowsOf(t)).toEqual([]);
});

test('a cancelled run stops the task, and ends also where ECS will not', async () => {
  const t = await scene(placing(() => ({ ok: false, error: 'Ecs.AccessDeniedException', cause: 'No.' })));
  await t.waiting();
  await t.operations.cancelRun(t.run, {});
  expect((await t.ended())?.status).toBe('Cancelled');
  expect(askedOf(t.ecs)).toEqual([STOPPED]);
  expect(rowsOf(t)).toEqual([]);
});

test('a run that is cancelled while the call that starts the task is under way leaves no row', async () => {
  const t = await scene(cluster(() => new Promise(() => {})));
  await t.until(t.run, () => t.ecs.calls.length === 1);
  expect(rowsOf(t)).toHaveLength(1);
  await t.operations.cancelRun(t.run, {});
  await t.pass(20_000);
  expect((await t.ended())?.status).toBe('Cancelled');
  expect(rowsOf(t)).toEqual([]);
});

test('a Task that was answered stops nothing', async () => {
  const t = await scene(placing(), {}, { TimeoutSeconds: 3600 });
  await ecsTaskChanged(t.s, event(await t.waiting(), 1));
  expect((await t.ended())?.status).toBe('Failed');
  expect(askedOf(t.ecs)).toEqual([]);
});

const described = (status: string): IntegrationOutcome => ({
  ok: true,
  output: { Tasks: [{ ...PLACE, LastStatus: status, Containers: [{ ExitCode: 0 }] }], Failures: [] },
});
const missing: IntegrationOutcome = { ok: true, output: { Tasks: [], Failures: [{ Arn: ARN, Reason: 'MISSING' }] } };
const DESCRIBED = ['aws-sdk:ecs:describeTasks', { ...OF_THE_TASK, Tasks: [ARN] }];

const IDLE_MS = 15 * 60_000;

test('the census asks for a task whose end no event told, and answers when it has stopped', async () => {
  let status = 'RUNNING';
  const t = await scene(placing(() => described(status)));
  await t.waiting();
  // What has not waited for long is not asked for.
  await census(t.s, IDLE_MS, 'test');
  expect(askedOf(t.ecs)).toEqual([]);
  await t.pass(IDLE_MS);
  await census(t.s, IDLE_MS, 'test');
  expect(rowsOf(t)).toHaveLength(1);
  status = 'STOPPED';
  await census(t.s, IDLE_MS, 'test');
  expect(await t.ended()).toMatchObject({ status: 'Succeeded', output: { TaskArn: ARN, LastStatus: 'STOPPED' } });
  expect(askedOf(t.ecs)).toEqual([DESCRIBED, DESCRIBED]);
  expect(rowsOf(t)).toEqual([]);
});

test('a task that ECS knows no more fails its Task; where ECS does not answer it is asked again', async () => {
  let answer: IntegrationOutcome = { ok: false, error: 'Ecs.SdkClientException', cause: 'No answer.' };
  const t = await scene(placing(() => answer));
  await t.waiting();
  await t.pass(IDLE_MS);
  await census(t.s, IDLE_MS, 'test');
  expect(rowsOf(t)).toHaveLength(1);
  answer = missing;
  await census(t.s, IDLE_MS, 'test');
  expect(await t.ended()).toMatchObject({
    status: 'Failed',
    error: 'States.TaskFailed',
    cause: expect.stringContaining(`ECS does not know the task ${ARN} any more`),
  });
  expect(rowsOf(t)).toEqual([]);
});

test('a row of an earlier version, which is the token alone, is read too', async () => {
  const t = await scene(placing());
  const startedBy = await t.waiting();
  const [key, row] = [...t.s.store.settings].find(([name]) => name.startsWith('ecs.')) as [string, JsonObject];
  await t.s.store.dropSetting(key);
  await t.s.store.writeSetting(key, (JSON.parse(JSON.stringify(row)) as { token: string }).token, undefined);
  expect(await ecsTaskChanged(t.s, event(startedBy, 0))).toBe(true);
  expect((await t.ended())?.status).toBe('Succeeded');
});
