import { afterEach, beforeEach, expect, test } from 'vitest';
import { hostStub } from '#test/support/host-stub';
import { findHost } from '#workers/host';

let host: Awaited<ReturnType<typeof hostStub>>;
beforeEach(async () => {
  host = await hostStub();
});
afterEach(() => host.close());

test('a task on an instance knows both, by ECS and by IMDSv2 with its token', async () => {
  const found = await findHost(host.env);
  expect(found?.platform).toEqual({
    instanceId: 'i-0abc',
    taskArn: host.task,
    zone: 'eu-west-1b',
    lifeCycle: 'spot',
    address: '10.0.1.9',
  });
  expect(host.stub.refused).toBe(0);
});

test('on Fargate there is the task alone', async () => {
  const { AWS_EC2_METADATA_SERVICE_ENDPOINT: _, ...fargate } = host.env;
  const found = await findHost({ ...fargate, AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE' });
  expect(found?.platform).toEqual({ taskArn: host.task, zone: 'eu-west-1b', address: '10.0.1.9' });
  expect(found?.leaving).toBeUndefined();
});

test('an instance without ECS has nothing to protect; AWS_EC2_METADATA_DISABLED leaves it unasked', async () => {
  const { AWS_EC2_METADATA_SERVICE_ENDPOINT } = host.env;
  const found = await findHost({ AWS_EC2_METADATA_SERVICE_ENDPOINT });
  expect(found?.platform).toMatchObject({ instanceId: 'i-0abc', address: '10.0.0.4' });
  expect(found?.protect).toBeUndefined();
  expect(await findHost({ AWS_EC2_METADATA_SERVICE_ENDPOINT, AWS_EC2_METADATA_DISABLED: 'true' })).toBeUndefined();
});

test('a Spot notice is told with its time; without one there is nothing to tell', async () => {
  const found = await findHost(host.env);
  expect(await found?.leaving?.()).toBeUndefined();
  host.stub.notice = '{"action":"terminate","time":"2026-01-01T00:02:00Z"}';
  expect(await found?.leaving?.()).toBe('EC2 will terminate this Spot instance at 2026-01-01T00:02:00Z.');
});

test('endpoints that fail stop nothing: there is no host then', async () => {
  host.stub.failing = true;
  expect(await findHost(host.env)).toBeUndefined();
});

test('a task behind a bridge has no address that others could call, nor has it that of its instance', async () => {
  host.stub.networkMode = 'bridge';
  expect((await findHost(host.env))?.platform).not.toHaveProperty('address');
});

test('a recommendation to rebalance is told with its time, where the instance is Spot', async () => {
  const found = await findHost(host.env);
  expect(await found?.atRisk?.()).toBeUndefined();
  host.stub.recommendation = '{"noticeTime":"2026-01-01T00:00:00Z"}';
  expect(await found?.atRisk?.()).toMatch(/^EC2 recommends since 2026-01-01T00:00:00Z to leave this Spot instance/);
  expect(await found?.leaving?.()).toBeUndefined();
});

test('what the environment says of the host counts where nothing else tells', async () => {
  const named = {
    FLOWBEAT_INSTANCE_ID: 'i-0123456789abcdef0',
    FLOWBEAT_ZONE: 'eu-west-1c',
    FLOWBEAT_LIFE_CYCLE: 'onDemand',
    FLOWBEAT_ADDRESS: '10.1.0.1',
    FLOWBEAT_TASK_ARN: '',
  };
  expect((await findHost({ ...named, AWS_EXECUTION_ENV: 'none' }))?.platform).toEqual({
    instanceId: 'i-0123456789abcdef0',
    zone: 'eu-west-1c',
    lifeCycle: 'onDemand',
    address: '10.1.0.1',
  });
  expect((await findHost({ ...named, ...host.env }))?.platform.instanceId).toBe('i-0abc');
  host.stub.failing = true;
  expect((await findHost({ ...named, ...host.env }))?.platform.instanceId).toBe('i-0123456789abcdef0');
});

test('an environment that cannot be right is refused, by the name of each variable at fault', async () => {
  const wrong = {
    FLOWBEAT_INSTANCE_ID: 'server-1',
    FLOWBEAT_LIFE_CYCLE: 'Spot',
    FLOWBEAT_ADDRESS: '10.1',
    FLOWBEAT_ZONE: 'a',
  };
  await expect(findHost({ ...wrong, AWS_EXECUTION_ENV: 'none' })).rejects.toMatchObject({
    code: 'HOST_ENVIRONMENT_INVALID',
    kind: 'rejected',
    fields: { variables: ['FLOWBEAT_INSTANCE_ID', 'FLOWBEAT_LIFE_CYCLE', 'FLOWBEAT_ADDRESS'] },
  });
});
