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
  });
  expect(host.stub.refused).toBe(0);
});

test('on Fargate there is the task alone', async () => {
  const { AWS_EC2_METADATA_SERVICE_ENDPOINT: _, ...fargate } = host.env;
  const found = await findHost({ ...fargate, AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE' });
  expect(found?.platform).toEqual({ taskArn: host.task, zone: 'eu-west-1b' });
  expect(found?.leaving).toBeUndefined();
});

test('an instance without ECS has nothing to protect; AWS_EC2_METADATA_DISABLED leaves it unasked', async () => {
  const { AWS_EC2_METADATA_SERVICE_ENDPOINT } = host.env;
  const found = await findHost({ AWS_EC2_METADATA_SERVICE_ENDPOINT });
  expect(found?.platform.instanceId).toBe('i-0abc');
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
