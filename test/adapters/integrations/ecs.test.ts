/** What is asked of ECS for tasks that a flow waits for, in the words of its wire. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { awsIntegrations } from '#adapters/integrations/aws-integrations';

const ARN = 'arn:aws:ecs:us-east-1:1:task/c/1';
const CLUSTER = 'arn:aws:ecs:us-east-1:1:cluster/c';

const asked: { readonly operation: string; readonly body: unknown }[] = [];
const ANSWERS: Readonly<Record<string, object>> = {
  StopTask: { task: { taskArn: ARN, lastStatus: 'RUNNING', desiredStatus: 'STOPPED' } },
  DescribeTasks: {
    tasks: [
      { taskArn: ARN, lastStatus: 'STOPPED', stoppedAt: 1_790_000_000, containers: [{ name: 'm', exitCode: 0 }] },
    ],
    failures: [{ arn: `${ARN}2`, reason: 'MISSING' }],
  },
};

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [, operation = ''] = String(request.headers['x-amz-target']).split('.');
  asked.push({ operation, body: JSON.parse(Buffer.concat(chunks).toString()) });
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(ANSWERS[operation]));
});
const services = awsIntegrations();

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('AWS_ENDPOINT_URL_ECS', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterAll(async () => {
  await services.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  vi.unstubAllEnvs();
});

const ask = (api: string, input: Record<string, string | string[]>) => {
  const { signal } = new AbortController();
  return services.call({ resource: `aws-sdk:ecs:${api}`, input, idempotencyKey: 'key', signal });
};

test('a task is stopped by its ARN, with the reason that ECS shows', async () => {
  expect(await ask('stopTask', { Cluster: CLUSTER, Task: ARN, Reason: 'No more.' })).toMatchObject({ ok: true });
  expect(asked.at(-1)).toEqual({ operation: 'StopTask', body: { cluster: CLUSTER, task: ARN, reason: 'No more.' } });
});

test('a task is described, and one that is missing named, in the words that are read', async () => {
  expect(await ask('describeTasks', { Cluster: CLUSTER, Tasks: [ARN, `${ARN}2`] })).toMatchObject({
    ok: true,
    output: {
      Tasks: [{ TaskArn: ARN, LastStatus: 'STOPPED', Containers: [{ ExitCode: 0 }] }],
      Failures: [{ Reason: 'MISSING' }],
    },
  });
  expect(asked.at(-1)).toEqual({ operation: 'DescribeTasks', body: { cluster: CLUSTER, tasks: [ARN, `${ARN}2`] } });
});
