import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import { handler } from '#functions/charts/handler';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';

// The function as CloudFormation calls it, over an emulator, with a server that stands for the place where CloudFormation takes answers.

let emulators: Emulators;
const answers: Record<string, unknown>[] = [];
let refuse = 0;
const cloudFormation = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => {
    body += part;
  });
  request.on('end', () => {
    response.statusCode = refuse-- > 0 ? 503 : 200;
    if (response.statusCode === 200) answers.push(JSON.parse(body));
    response.end();
  });
});

beforeAll(async () => {
  emulators = await openEmulators();
  await new Promise<void>((ready) => cloudFormation.listen(0, '127.0.0.1', ready));
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', emulators.endpoints.dynamo);
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', emulators.endpoints.sqs);
  vi.stubEnv('FLOWBEAT_NAME', 'test');
  vi.stubEnv('FLOWBEAT_TABLE', emulators.table);
  vi.stubEnv('FLOWBEAT_QUEUE_PREFIX', emulators.prefix);
  vi.stubEnv('FLOWBEAT_WINDOW_MS', '30000');
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await new Promise((closed) => cloudFormation.close(closed));
  await emulators.close();
});

const source = (type: string) => JSON.stringify({ StartAt: 'Done', States: { Done: { Type: type } } });

async function call(event: object): Promise<Record<string, unknown> | undefined> {
  const { port } = cloudFormation.address() as AddressInfo;
  const asked = {
    ResponseURL: `http://127.0.0.1:${port}/answer`,
    RequestId: 'r1',
    StackId: 's1',
    LogicalResourceId: 'Hello',
    ...event,
  };
  await handler(asked as never, { functionName: 'charts', awsRequestId: 'r1' } as never);
  return answers.pop();
}

const charts = () => openDynamo({ client: emulators.dynamo, table: emulators.table, clock: SYSTEM_CLOCK }).listCharts();

test('a chart is put, and taken away, and each time CloudFormation is told', async () => {
  const made = await call({ RequestType: 'Create', ResourceProperties: { Name: 'hello', Source: source('Succeed') } });
  expect(made).toEqual({
    Status: 'SUCCESS',
    PhysicalResourceId: 'chart:hello',
    Data: { Name: 'hello', Version: '1' },
    RequestId: 'r1',
    StackId: 's1',
    LogicalResourceId: 'Hello',
  });
  expect((await charts()).map(({ name }) => name)).toEqual(['hello']);
  expect(await call({ RequestType: 'Delete', PhysicalResourceId: 'chart:hello' })).toMatchObject({ Status: 'SUCCESS' });
  expect(await charts()).toEqual([]);
});

test('a failure is told too, with its reason', async () => {
  const failed = await call({ RequestType: 'Create', ResourceProperties: { Name: 'bad', Source: source('Sucdeed') } });
  expect(failed).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'failed:r1' });
  expect(failed?.Reason).toContain('/States/Done/Type');
});

test('an answer that is not taken is given again', async () => {
  refuse = 2;
  expect(await call({ RequestType: 'Delete', PhysicalResourceId: 'failed:r1' })).toMatchObject({ Status: 'SUCCESS' });
});
