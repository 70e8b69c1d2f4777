import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { basePathOf, callerOf } from '#functions/api/event';
import { serveEvents } from '#functions/api/serve';
import { createApi } from '#http/app';
import { FUNCTION_URL_IAM, HTTP_API_IAM, HTTP_API_JWT } from '#test/functions/api/events';
import { StubOperations } from '../../http/stub-operations.ts';

function served(answers?: Parameters<typeof serveEvents>[0]['answers'], basePath?: string) {
  const operations = new StubOperations();
  const told: [string, Readonly<Record<string, unknown>>][] = [];
  const serve = serveEvents({
    api: createApi(operations, { version: '1', health: () => ({ status: 'ok' }) }),
    telemetry: { event: (name, fields) => void told.push([name, fields]) },
    answers,
    basePath,
  });
  return { operations, told, serve };
}

test('an event of an HTTP API on a stage starts a run; its Location is one that the caller can use', async () => {
  const { serve, operations, told } = served();
  const { statusCode, headers, body } = await serve(HTTP_API_IAM);
  expect([statusCode, headers.location]).toEqual([201, '/prod/v1/runs/hello:by-iam']);
  expect(JSON.parse(body)).toMatchObject({ run: 'hello:by-iam', created: true });
  expect(operations.started).toEqual([{ chart: 'hello', name: 'by-iam', input: {} }]);
  expect(told).toEqual([
    [
      'apiRequest',
      {
        caller: 'arn:aws:iam::111122223333:user/example-user',
        method: 'POST',
        path: '/v1/charts/hello/runs',
        status: 201,
        requestId: 'JKJaXmPLvHcESHA=',
      },
    ],
  ]);
});

test('an event of a function URL lists runs, and reads are not logged one by one', async () => {
  const { serve, operations, told } = served();
  expect((await serve(FUNCTION_URL_IAM)).statusCode).toBe(200);
  expect(operations.asked).toContainEqual(['listRuns', expect.objectContaining({ chart: 'hello', limit: 5 })]);
  expect(told).toEqual([]);
});

test.each(['GET', 'HEAD'])('the body of a %s is not looked at, as by a server', async (method) => {
  const { serve, operations } = served();
  const { requestContext } = FUNCTION_URL_IAM;
  const asked = {
    ...FUNCTION_URL_IAM,
    requestContext: { ...requestContext, http: { ...requestContext.http, method } },
  };
  expect((await serve({ ...asked, body: 'not even JSON' })).statusCode).toBe(200);
  expect(operations.asked).toContainEqual(['listRuns', expect.objectContaining({ chart: 'hello', limit: 5 })]);
});

test('a body in base64 is read, and the subject of a token is who called', async () => {
  const { serve, operations, told } = served();
  await serve(HTTP_API_IAM);
  expect((await serve(HTTP_API_JWT)).statusCode).toBeLessThan(300);
  expect(operations.asked).toContainEqual(['cancelRun', 'hello:by-iam', { by: 'user|42' }]);
  expect(told.at(-1)?.[1]).toMatchObject({ caller: 'user|42', method: 'POST' });
});

test('what is wrong is a problem with its sentence, as on one machine', async () => {
  const { serve } = served();
  const { statusCode, headers, body } = await serve({ ...FUNCTION_URL_IAM, rawPath: '/nothing' });
  expect([statusCode, headers['content-type']]).toEqual([404, 'application/problem+json']);
  expect(JSON.parse(body)).toMatchObject({ code: 'NOT_FOUND', instance: '/nothing' });
});

test('the base path is the stage, or what a domain maps, and nothing that only begins like it', () => {
  const at = (rawPath: string, stage: string) => ({
    ...FUNCTION_URL_IAM,
    rawPath,
    requestContext: { stage, requestId: '', http: { method: 'GET' } },
  });
  expect(basePathOf(at('/prod/v1/runs', 'prod'), undefined)).toBe('/prod');
  expect(basePathOf(at('/production/v1', 'prod'), undefined)).toBe('');
  expect(basePathOf(at('/v1/runs', '$default'), undefined)).toBe('');
  expect(basePathOf(at('/flow/v1/runs', '$default'), '/flow')).toBe('/flow');
  expect(callerOf(at('/v1', 'prod'))).toBeUndefined();
});

test('an answer that Lambda would not send is put into the bucket, and its link given', async () => {
  const put: [string, string][] = [];
  const place = {
    blobs: {
      put: async (key: string, bytes: Uint8Array) => void put.push([key, gunzipSync(bytes).toString().slice(0, 15)]),
    },
    links: { downloadLink: async (key: string) => `https://bucket.example/${key}?signed` },
  };
  const large = { fetch: async () => Response.json({ output: '"'.repeat(2_000_000) }, { headers: { etag: '"7"' } }) };
  const telemetry = { event() {} };
  const { statusCode, headers, body } = await serveEvents({ api: large, telemetry, answers: place })(FUNCTION_URL_IAM);
  expect(put).toEqual([[expect.stringMatching(/^answers\//), '{"output":"\\"\\"']]);
  expect([statusCode, headers.etag, body]).toEqual([303, '"7"', '']);
  expect(headers.location).toBe(`https://bucket.example/${put[0]?.[0]}?signed`);
  const without = await serveEvents({ api: large, telemetry })(FUNCTION_URL_IAM);
  expect([without.statusCode, JSON.parse(without.body).code]).toEqual([413, 'ANSWER_TOO_LARGE']);
});

test('what has no body has none', async () => {
  const api = { fetch: async () => new Response(null, { status: 304, headers: { etag: '"1"' } }) };
  const answer = await serveEvents({ api, telemetry: { event() {} } })(FUNCTION_URL_IAM);
  expect([answer.statusCode, answer.headers.etag, answer.body]).toEqual([304, '"1"', '']);
});
