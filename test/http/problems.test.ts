import { expect, test } from 'vitest';
import { FlowbeatError, rejected, UnknownOutcome } from '#ports/errors';
import { stubApi } from './api.ts';

test('an error of the operations has the status of its code, and its sentence', async () => {
  const { call } = stubApi();
  const { status, headers, json } = await call('GET', '/v1/runs/report:none');
  expect(status).toBe(404);
  expect(headers.get('content-type')).toBe('application/problem+json');
  expect(json).toEqual({
    type: 'urn:flowbeat:problem:run-not-found',
    title: 'Not Found',
    status: 404,
    detail: 'There is no run report:none.',
    instance: '/v1/runs/report:none',
    code: 'RUN_NOT_FOUND',
    retryable: false,
  });
});

test('every mistake of a chart arrives with pointer, message and suggestion, and nothing else', async () => {
  const { call, operations } = stubApi();
  const mistake = {
    pointer: '/definition/States/A/Next',
    message: 'There is no state B.',
    suggestion: 'Did you mean C?',
  };
  operations.fails = rejected('CHART_INVALID', 'The chart has 1 mistake.', {
    errors: [{ ...mistake, inside: 'secret' }],
  });
  const { status, json } = await call('PUT', '/v1/charts/report', '{}');
  expect(status).toBe(400);
  expect(json.errors).toEqual([mistake]);
});

test.each([
  ['NAME_TAKEN', 409],
  ['RUN_ENDED', 409],
  ['RUN_NOT_REDRIVABLE', 409],
  ['INPUT_TOO_LARGE', 413],
  ['TOKEN_INVALID', 400],
  ['STORE_CORRUPT', 500],
  ['TASK_ANSWERED', 410],
  ['TASK_TIMED_OUT', 410],
])('%s is %i', async (code, expected) => {
  const { call, operations } = stubApi();
  operations.fails = rejected(code, 'A sentence.');
  expect((await call('POST', '/v1/runs/report:a:redrive')).status).toBe(expected);
});

test('what we retry may be sent again, and says so', async () => {
  const { call, operations } = stubApi();
  operations.fails = new UnknownOutcome();
  const { status, headers, json } = await call('GET', '/v1/workers');
  expect([status, headers.get('retry-after'), json.retryable]).toEqual([503, '1', true]);
});

test('an error that nobody foresaw shows nothing of the inside and reaches the log', async () => {
  const seen: unknown[] = [];
  const { call, operations } = stubApi({ onUnexpected: (error) => seen.push(error) });
  operations.fails = new Error('SELECT secret');
  const { status, json } = await call('GET', '/v1/workers');
  expect(status).toBe(500);
  expect(JSON.stringify(json)).not.toContain('secret');
  expect(seen).toEqual([operations.fails]);
  operations.fails = new FlowbeatError('terminal', 'SCHEMA_NEWER', 'The file is newer.');
  expect((await call('GET', '/v1/workers')).json.code).toBe('SCHEMA_NEWER');
});

test('an unknown path and an unknown method say what there is', async () => {
  const { call } = stubApi();
  expect((await call('GET', '/v1/nothing')).json).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  const wrong = await call('DELETE', '/v1/runs/report:a');
  expect(wrong.json).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
  expect(wrong.headers.get('allow')).toBe('GET');
  expect((await call('GET', '/v1/tasks:succeed')).headers.get('allow')).toBe('POST');
});

test('a body that is no JSON, of the wrong type, or with unknown fields is refused before anything is done', async () => {
  const { call, operations } = stubApi();
  expect((await call('POST', '/v1/charts/report/runs', '{"input":')).json).toMatchObject({
    status: 400,
    code: 'BODY_INVALID',
  });
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  expect((await call('POST', '/v1/charts/report/runs', 'a=b', form)).json).toMatchObject({
    status: 415,
    code: 'MEDIA_TYPE',
    detail: 'Send the body with the header "Content-Type: application/json".',
  });
  expect((await call('PUT', '/v1/charts/report', 'a=b', form)).json).toMatchObject({
    status: 415,
    detail: expect.stringMatching(
      /^Send the body with the header "Content-Type: application\/yaml", or with application\/json, .* in its place\.$/,
    ),
  });
  const { json } = await call('POST', '/v1/charts/report/runs', { nmae: 'x', version: 0 });
  expect(json.code).toBe('REQUEST_INVALID');
  expect(json.errors.map((error: { pointer: string }) => error.pointer).sort()).toEqual(['/nmae', '/version']);
  expect(operations.asked).toEqual([]);
});

test('a bad query names its parameter', async () => {
  const { call } = stubApi();
  const { json } = await call('GET', '/v1/runs?limit=0&statsu=Failed');
  expect(json.errors.map((error: { parameter: string }) => error.parameter).sort()).toEqual(['limit', 'statsu']);
});

test.each([
  ['/v1/runs?limit=abc', "'limit' must be a number."],
  ['/v1/runs?limit=0', "'limit' must be at least 1."],
  ['/v1/runs?limit=9999', "'limit' must be at most 1000."],
  ['/v1/runs?limit=1.5', "'limit' must be a whole number."],
  ['/v1/runs?cursor=', "'cursor' must have at least 1 character."],
  ['/v1/runs?status=Paused', "'status' must be 'Running', 'Parked', 'Succeeded', 'Failed', 'TimedOut' or 'Cancelled'."],
  ['/v1/runs?statsu=Failed', "'statsu' is not known here."],
  ['/v1/charts/report?version=x', "'version' must be a number."],
])('%s is told in a sentence', async (path, message) => {
  const { json } = await stubApi().call('GET', path);
  expect(json.errors[0].message).toBe(message);
  expect(json.detail).toBe(`The request is not valid: ${message} Nothing was done; correct it and send it again.`);
});

test.each([
  ['/v1/tasks:succeed', {}, ["'taskToken' is missing.", "'output' is missing."]],
  [
    '/v1/tasks:fail',
    { taskToken: 1, error: '' },
    ["'taskToken' must be text.", "'error' must have at least 1 character."],
  ],
  ['/v1/charts/report/runs', [], ['The body must be an object.']],
])('%s %j is told in sentences', async (path, body, messages) => {
  const { json } = await stubApi().call('POST', path, body);
  expect(json.errors.map((error: { message: string }) => error.message)).toEqual(messages);
});

test('an input of 10 MB works, a body over 16 MB is refused', async () => {
  const { call, operations } = stubApi();
  expect((await call('POST', '/v1/charts/report/runs', { input: 'x'.repeat(10_000_000) })).status).toBe(201);
  expect(operations.started[0]?.input).toHaveLength(10_000_000);
  const large = await call('POST', '/v1/charts/report/runs', { input: 'x'.repeat(17 * 1024 * 1024) });
  expect(large.json).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
});

test('an input nested too deep is refused, where writing it as text again would overflow the stack', async () => {
  const { call, operations } = stubApi();
  const { json } = await call(
    'POST',
    '/v1/charts/report/runs',
    `{"input":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  );
  expect([json.status, json.errors[0].pointer]).toEqual([400, '/input']);
  expect(operations.started).toEqual([]);
});

test('a foreign page can write nothing, and a foreign name is not answered', async () => {
  const { call, operations } = stubApi({ allowedHosts: ['localhost'] });
  const foreign = await call('POST', '/v1/runs/report:a:cancel', undefined, { 'sec-fetch-site': 'cross-site' });
  expect(foreign.status).toBe(403);
  expect(operations.asked).toEqual([]);
  const { call: elsewhere } = stubApi({ allowedHosts: ['127.0.0.1'] });
  expect((await elsewhere('GET', '/v1/health')).status).toBe(403);
});
