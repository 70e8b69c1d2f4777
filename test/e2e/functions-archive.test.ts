/** The archive by the functions as they are deployed, over the emulators of DynamoDB, SQS and S3. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { DynamoRunRows } from '#adapters/dynamodb/run-rows';
import { archiveScene } from '#test/scheduler/archive/scene';
import { apiGateway } from '#test/support/emulators/api-gateway';
import { openBucket } from '#test/support/emulators/bucket';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';
import { lambdaContext } from '#test/support/lambda-context';

let emulators: Emulators;
let bucket: Awaited<ReturnType<typeof openBucket>>;
beforeAll(async () => {
  emulators = await openEmulators();
  bucket = await openBucket(emulators);
  const { table, prefix, endpoints } = emulators;
  const environment = {
    FLOWBEAT_NAME: 'test',
    FLOWBEAT_TABLE: table,
    FLOWBEAT_QUEUE_PREFIX: prefix,
    FLOWBEAT_WINDOW_MS: '30000',
    FLOWBEAT_BUCKET: bucket.name,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamo,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    POWERTOOLS_DEV: 'true',
    POWERTOOLS_TRACE_ENABLED: 'false',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
});
afterAll(async () => {
  await bucket.close();
  await emulators.close();
  vi.unstubAllEnvs();
});

test('the sweeper archives what ended long ago and nothing else, and the API shows it from the bucket', async () => {
  const parts = { client: emulators.dynamo, table: emulators.table, clock, blobs: bucket.blobs };
  const rows = { store: openDynamo(parts), runRows: new DynamoRunRows(parts), blobs: bucket.blobs };
  const long = await archiveScene({ ...rows, startsAt: '2020-01-01T00:00:00Z' });
  const old = await long.start('old', { fail: false, text: 'x'.repeat(2_000) });
  const now = await archiveScene({ ...rows, startsAt: new Date().toISOString() });
  const recent = await now.start('recent', { fail: false });
  const before = await long.seen(old);

  const { handler } = await import('#functions/sweeper/handler');
  await handler({}, lambdaContext('sweeper'));
  expect(await bucket.keys()).toEqual([expect.stringContaining(`archive/${old}/`)]);

  const api = await import('#functions/api/handler');
  const gateway = await apiGateway((event) => api.handler(event, lambdaContext('api')));
  const get = async (path: string) => (await fetch(`${gateway.url}/v1/runs${path}`)).json();
  try {
    expect(await get('')).toMatchObject({
      items: [{ run: recent }, { run: old, status: 'Succeeded', archived: true }],
    });
    expect(await get(`/${old}`)).toMatchObject({ input: before.shown.input, outcome: before.shown.outcome });
    const { items } = (await get(`/${old}/history`)) as { readonly items: readonly object[] };
    expect(items).toHaveLength(before.history.events.length);
  } finally {
    await gateway.close();
  }
});
