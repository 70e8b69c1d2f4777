import { expect, onTestFinished, test } from 'vitest';
import { EcsDiscovery } from '#adapters/ecs/ecs-discovery';
import type { Platform } from '#ports/lease';
import { type HostAnswer, type HostCall, hostServices } from '#test/support/emulators/hosts';

const CLUSTER = 'arn:aws:ecs:eu-west-1:123456789012:cluster/jobs';
const arn = (id: string, cluster = 'jobs') => `arn:aws:ecs:eu-west-1:123456789012:task/${cluster}/${id}`;

const asked = (hosts: readonly Platform[]) => hosts.map((host) => ({ host, wasListed: true }));

async function discovery(answer: (call: HostCall) => HostAnswer, healthPort?: number) {
  const services = await hostServices(answer);
  onTestFinished(() => services.close());
  return { calls: services.calls, tasks: new EcsDiscovery(services.ecs, CLUSTER, healthPort) };
}

/** A cluster of `count` tasks of a service, listed a hundred at a time. */
const clusterOf =
  (count: number, more: object = {}) =>
  ({ operation, asks }: HostCall): HostAnswer => {
    if (operation === 'DescribeTasks')
      return {
        tasks: (asks.tasks as string[]).map((taskArn) => ({
          taskArn,
          group: 'service:w',
          lastStatus: 'RUNNING',
          ...more,
        })),
      };
    const from = Number(asks.nextToken ?? 0);
    const taskArns = Array.from({ length: Math.min(100, count - from) }, (_, i) => arn(`t${from + i}`));
    return { taskArns, ...(from + 100 < count && { nextToken: String(from + 100) }) };
  };

test('all tasks of the services of a cluster are listed, page by page, each with zone, address and where it answers', async () => {
  const more = {
    availabilityZone: 'eu-west-1b',
    capacityProviderName: 'FARGATE_SPOT',
    containers: [{ networkInterfaces: [{ privateIpv4Address: '10.0.1.9' }] }],
  };
  const { tasks, calls } = await discovery(clusterOf(250, more), 8080);
  const found = await tasks.list();
  expect(new Set(found.map(({ taskArn }) => taskArn)).size).toBe(250);
  expect(found[249]).toEqual({
    taskArn: arn('t249'),
    zone: 'eu-west-1b',
    lifeCycle: 'spot',
    address: '10.0.1.9',
    health: 'http://10.0.1.9:8080/health',
  });
  expect(calls.map(({ operation }) => operation)).toEqual(Array(3).fill(['ListTasks', 'DescribeTasks']).flat());
  for (const { asks } of calls) expect(asks.cluster).toBe(CLUSTER);
});

test('a task behind a bridge has no address; one that somebody ran by itself is no worker, and neither is one that has stopped', async () => {
  const described = [
    { taskArn: arn('bridge'), group: 'service:w', lastStatus: 'PENDING', containers: [{ networkInterfaces: [] }] },
    { taskArn: arn('report'), group: 'family:report', lastStatus: 'RUNNING' },
    { taskArn: arn('over'), group: 'service:w', lastStatus: 'STOPPED' },
  ];
  const { tasks } = await discovery(
    ({ operation }) =>
      operation === 'ListTasks' ? { taskArns: described.map(({ taskArn }) => taskArn) } : { tasks: described },
    8080,
  );
  expect(await tasks.list()).toEqual([{ taskArn: arn('bridge') }]);
});

test('an empty cluster is one request', async () => {
  const { tasks, calls } = await discovery(clusterOf(0));
  expect(await tasks.list()).toEqual([]);
  expect(calls).toHaveLength(1);
});

test('gone is what ECS says has stopped, by its name: not what is missing, stops, or is of another cluster', async () => {
  const { tasks, calls } = await discovery(() => ({
    tasks: [
      { taskArn: arn('over'), lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart', stoppedReason: 'no image' },
      { taskArn: arn('ending'), lastStatus: 'DEPROVISIONING', desiredStatus: 'STOPPED' },
    ],
    failures: [{ arn: arn('lost'), reason: 'MISSING' }],
  }));
  const over = { taskArn: arn('over'), instanceId: 'i-1' };
  const hosts = [
    over,
    { taskArn: arn('ending') },
    { taskArn: arn('lost') },
    { taskArn: arn('over', 'others') },
    { instanceId: 'i-2' },
  ];
  expect(await tasks.ask(asked(hosts))).toEqual([
    { host: over, text: `ECS says that task ${arn('over')} has stopped (TaskFailedToStart: no image).` },
  ]);
  expect(calls).toEqual([
    { operation: 'DescribeTasks', asks: { cluster: CLUSTER, tasks: ['over', 'ending', 'lost'].map((id) => arn(id)) } },
  ]);
});

test('it is asked about a hundred tasks at a time', async () => {
  const { tasks, calls } = await discovery(clusterOf(0, { lastStatus: 'STOPPED' }));
  expect(await tasks.ask(asked(Array.from({ length: 150 }, (_, i) => ({ taskArn: arn(`t${i}`) }))))).toHaveLength(150);
  expect(calls.map(({ asks }) => (asks.tasks as string[]).length)).toEqual([100, 50]);
});

test('a page that is refused is no list, and a refused question no answer', async () => {
  const { tasks } = await discovery((call) => {
    if (call.operation === 'ListTasks' && call.asks.nextToken === undefined) return clusterOf(150)(call);
    return call.operation === 'ListTasks' ? { error: 'ThrottlingException' } : { tasks: [] };
  });
  await expect(tasks.list()).rejects.toMatchObject({ name: 'ThrottlingException' });
  const refused = await discovery(() => ({ error: 'AccessDeniedException' }));
  await expect(refused.tasks.ask(asked([{ taskArn: arn('a') }]))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
});
