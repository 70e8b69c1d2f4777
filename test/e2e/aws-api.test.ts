import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { openSqs } from '#adapters/sqs/sqs-queue';
import type { ApiAnswer, ApiEvent } from '#functions/api/event';
import type { RunDetail } from '#http/contract/run';
import { orderedCommit } from '#scheduler/ordered-commit';
import { HTTP_API_IAM } from '#test/functions/api/events';
import { lambdaContext } from '#test/support/lambda-context';
import { apiGateway } from '#test/support/emulators/api-gateway';
import { openBucket } from '#test/support/emulators/bucket';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';
import { installation } from '#test/support/installation';
import { commandLine } from '../cli/command-line.ts';

/** The function itself, as Lambda loads it, over emulators; a worker of this process moves the runs. */
let emulators: Emulators;
let bucket: Awaited<ReturnType<typeof openBucket>>;
let gateway: Awaited<ReturnType<typeof apiGateway>>;
let workers: Awaited<ReturnType<typeof installation>>;
let invoke: (event: ApiEvent) => Promise<ApiAnswer>;
const folder = mkdtempSync(join(tmpdir(), 'flowbeat-aws-api-'));
const environment: Record<string, string> = {};

beforeAll(async () => {
  emulators = await openEmulators();
  bucket = await openBucket(emulators);
  const { dynamo, sqs, table, prefix, endpoints } = emulators;
  const store = openDynamo({ client: dynamo, table, clock, blobs: bucket.blobs });
  const queue = openSqs({ client: sqs, clock, prefix, create: true });
  workers = await installation({ store, queue, commit: orderedCommit(store, queue) }, {});
  Object.assign(environment, {
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamo,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    FLOWBEAT_NAME: 'test',
    FLOWBEAT_TABLE: table,
    FLOWBEAT_QUEUE_PREFIX: prefix,
    FLOWBEAT_WINDOW_MS: '30000',
    FLOWBEAT_BUCKET: bucket.name,
    FLOWBEAT_VERSION: '1.2.3',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  });
  Object.assign(process.env, environment);
  const { handler } = await import('#functions/api/handler');
  invoke = (event) => handler(event, lambdaContext('api'));
  gateway = await apiGateway(invoke);
});

afterAll(async () => {
  await gateway.close();
  await workers.close();
  await bucket.close();
  await emulators.close();
  for (const name of Object.keys(environment)) delete process.env[name];
  rmSync(folder, { recursive: true });
});

const cli = (...argv: string[]) =>
  commandLine({ fetch: (url, init) => fetch(url, init) }).run(...argv, '--endpoint', gateway.url);

const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

const ECHO = 'StartAt: Echo\nStates: { Echo: { Type: Pass, End: true } }\n';

test('the function starts, shows and lists runs by the same command line as one machine does', async () => {
  expect((await cli('charts', 'put', file('echo.yaml', ECHO))).err).toBe('');
  const { exit, plain } = await cli('runs', 'start', 'echo', '--name', 'small', '--input', '{"a":1}', '--watch');
  expect([exit, plain]).toEqual([0, expect.stringContaining('Succeeded')]);
  expect((await cli('runs', 'list')).plain).toContain('echo:small');
  expect((await cli('runs', 'show', 'echo:none')).exit).toBe(4);
});

test('an event that API Gateway recorded is answered', async () => {
  const { statusCode, body } = await invoke({ ...HTTP_API_IAM, rawPath: '/prod/v1/health' });
  expect(statusCode).toBe(405);
  expect(JSON.parse(body)).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
});

/** Quotes count twice in what Lambda takes. */
const rowsOf = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: i, text: `"${'x'.repeat(40)}" ${(i * 7919) % 99991} ä` }));

test('an input of 10 MB goes in by an upload, unasked, and is shown by a link', async () => {
  await cli('charts', 'put', file('one.yaml', 'StartAt: One\nStates: { One: { Type: Pass, Result: 1, End: true } }\n'));
  const input = { rows: rowsOf(135_000) };
  const text = JSON.stringify(input);
  expect(Buffer.byteLength(text)).toBeGreaterThan(9_900_000);
  const path = file('large.json', text);
  const { exit, err } = await cli('runs', 'start', 'one', '--name', 'large', '--input', path, '--watch');
  expect([exit, err]).toEqual([0, '']);
  const detail = JSON.parse((await cli('runs', 'show', 'one:large', '--json')).out) as RunDetail;
  expect(JSON.stringify(detail.input) === text).toBe(true);
  expect(detail.outcome).toEqual({ status: 'Succeeded', output: 1 });
  // The same start again is the same run, though its upload is another.
  const again = await cli('runs', 'start', 'one', '--name', 'large', '--input', path, '--json');
  expect(JSON.parse(again.out)).toMatchObject({ created: false });
  expect(Math.max(...gateway.payloads)).toBeLessThan(6 * 1024 * 1024);
});

test('an output that makes an answer larger than 6 MB comes by a link, unasked', async () => {
  await cli('charts', 'put', file('echo.yaml', ECHO));
  const input = rowsOf(38_000);
  const text = JSON.stringify(input);
  const path = file('half.json', text);
  expect((await cli('runs', 'start', 'echo', '--name', 'half', '--input', path, '--watch')).exit).toBe(0);
  const detail = JSON.parse((await cli('runs', 'show', 'echo:half', '--json')).out) as RunDetail;
  expect(JSON.stringify(detail.outcome) === `{"status":"Succeeded","output":${text}}`).toBe(true);
  expect((await bucket.keys()).some((key) => key.startsWith('answers/'))).toBe(true);
  expect(Math.max(...gateway.payloads)).toBeLessThan(6 * 1024 * 1024);
});

test('an input beyond 10 MB, an upload that is not there and one that is no JSON are refused, and nothing is started', async () => {
  const big = await cli('runs', 'start', 'echo', '--input', file('big.json', JSON.stringify('x'.repeat(11_000_000))));
  expect([big.exit, big.err]).toEqual([2, expect.stringContaining('at most 10 MB')]);
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(gateway.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return response.json() as Promise<Record<string, string>>;
  };
  const { url = '', key = '' } = await post('/v1/uploads', { size: 5 });
  expect((await post('/v1/charts/echo/runs', { inputFrom: key })).code).toBe('UPLOAD_NOT_FOUND');
  await fetch(url, { method: 'PUT', body: 'no js' });
  expect((await post('/v1/charts/echo/runs', { inputFrom: key })).code).toBe('BODY_INVALID');
  expect((await post('/v1/charts/echo/runs', { inputFrom: 'values/x' })).code).toBe('UPLOAD_NOT_FOUND');
  expect((await post('/v1/charts/echo/runs', { inputFrom: key, input: 1 })).code).toBe('REQUEST_INVALID');
});
