/** `ecs:runTask.sync`: the flow waits for a task on ECS, whose end an event tells. ECS itself is played: no emulator here runs containers. */
import { expect, test } from 'vitest';
import type { Json, JsonObject } from '#engine/json';
import { rejected } from '#ports/errors';
import type { IntegrationCall, IntegrationOutcome } from '#ports/integrations';
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

test('an answer that the Task waits for no more is taken, and its row goes', async () => {
  const t = await scene(cluster(started), {}, { TimeoutSeconds: 3600 });
  const startedBy = await t.waiting();
  await t.pass(3_600_000);
  expect(await t.ended()).toMatchObject({ status: 'Failed', error: 'States.Timeout' });
  expect(await ecsTaskChanged(t.s, event(startedBy, 0))).toBe(true);
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
