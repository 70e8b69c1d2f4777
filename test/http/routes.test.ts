import { expect, test } from 'vitest';
import { epoch } from '#engine/time';
import { runId } from '#ports/ids';
import { stubApi } from './api.ts';
import { runningRun } from './stub-operations.ts';

test('health carries the version, and 503 where it does not serve', async () => {
  expect((await stubApi().call('GET', '/v1/health')).json).toEqual({ status: 'ok', version: '1.2.3' });
  const draining = stubApi({ health: () => ({ status: 'draining' }) });
  expect((await draining.call('GET', '/v1/health')).status).toBe(503);
});

test('a chart is stored as the text it came in', async () => {
  const { call, operations } = stubApi();
  const { status, headers, json } = await call('PUT', '/v1/charts/report', 'StartAt: A\n', {
    'content-type': 'application/yaml; charset=utf-8',
  });
  expect([status, headers.get('location')]).toEqual([201, '/v1/charts/report?version=1']);
  expect(json).toEqual({ name: 'report', version: 1, hash: 'h', createdAt: '1970-01-01T00:00:00.000Z', created: true });
  await call('POST', '/v1/charts', '{}');
  expect(operations.asked).toEqual([
    ['putChart', 'StartAt: A\n', 'report'],
    ['putChart', '{}', 'report'],
  ]);
});

test('a chart is read in a version, listed and deleted', async () => {
  const { call } = stubApi();
  expect((await call('GET', '/v1/charts/report?version=2')).json).toMatchObject({
    version: 2,
    chart: { StartAt: 'A' },
  });
  expect((await call('GET', '/v1/charts')).json.items).toHaveLength(1);
  expect((await call('DELETE', '/v1/charts/report')).status).toBe(204);
});

test('a start without a body starts on {}, answers 201, and 200 when it is repeated', async () => {
  const { call, operations } = stubApi();
  const first = await call('POST', '/v1/charts/report/runs');
  expect([first.status, first.headers.get('location')]).toEqual([201, '/v1/runs/report:made-up']);
  expect(first.json).toMatchObject({ run: 'report:made-up', chart: 'report', name: 'made-up', created: true });
  expect((await call('POST', '/v1/charts/report/runs')).status).toBe(200);
  expect(operations.started[0]).toEqual({ chart: 'report', input: {} });
});

test('an idempotency key becomes the name where none is given', async () => {
  const { call, operations } = stubApi();
  const start = (body: object, key: string) => call('POST', '/v1/charts/report/runs', body, { 'idempotency-key': key });
  await start({}, 'order-17');
  await start({}, 'order 17/ü'.replace('ü', 'x'));
  await start({}, 'order 17/ü'.replace('ü', 'x'));
  await start({ name: 'mine' }, 'order-17');
  const names = operations.started.map(({ name }) => name);
  expect(names[0]).toBe('order-17');
  expect(names[1]).toMatch(/^key-[0-9a-f]{32}$/);
  expect(names[2]).toBe(names[1]);
  expect(names[3]).toBe('mine');
});

test('cancel and redrive are verbs on a run, even on one that is called like a verb', async () => {
  const { call, operations } = stubApi();
  operations.runs.set(runId('report', 'cancel'), runningRun(runId('report', 'cancel')));
  expect((await call('POST', '/v1/runs/report:cancel:cancel', { error: 'Stop' })).status).toBe(202);
  expect((await call('POST', '/v1/runs/report:cancel:redrive')).status).toBe(202);
  expect((await call('GET', '/v1/runs/report:cancel')).status).toBe(200);
  expect(operations.asked.slice(0, 2)).toEqual([
    ['cancelRun', 'report:cancel', { error: 'Stop' }],
    ['redriveRun', 'report:cancel'],
  ]);
});

test('a run is not sent again while it has not changed, and a wait ends with the change', async () => {
  const { call, operations } = stubApi();
  const run = runId('report', 'a');
  operations.runs.set(run, runningRun(run));
  const tag = (await call('GET', '/v1/runs/report:a')).headers.get('etag')!;
  const unchanged = await call('GET', '/v1/runs/report:a', undefined, { 'if-none-match': tag });
  expect([unchanged.status, unchanged.json]).toEqual([304, undefined]);

  const waiting = call('GET', '/v1/runs/report:a?wait=20', undefined, { 'if-none-match': tag });
  operations.runs.set(run, { ...runningRun(run), status: 'Succeeded', endedAt: epoch(5) });
  const changed = await waiting;
  expect(changed.json).toMatchObject({ status: 'Succeeded', endedAt: '1970-01-01T00:00:00.005Z' });
  expect(changed.headers.get('etag')).not.toBe(tag);
});

test('a server that stops ends the waits at once', async () => {
  const stop = new AbortController();
  const { call, operations } = stubApi({ stopping: stop.signal });
  operations.runs.set(runId('report', 'a'), runningRun(runId('report', 'a')));
  const tag = (await call('GET', '/v1/runs/report:a')).headers.get('etag')!;
  const waiting = call('GET', '/v1/runs/report:a?wait=20', undefined, { 'if-none-match': tag });
  stop.abort();
  expect((await waiting).status).toBe(304);
});

test('hosts without a worker are listed beside the workers where that is asked for and somebody looks', async () => {
  const { call, operations } = stubApi({ discovers: true });
  expect((await call('GET', '/v1/workers?discover=true')).json).toEqual({
    items: [],
    discovery: { hosts: [], note: expect.stringContaining('No platform was asked') },
  });
  const host = { taskArn: 'arn:task', zone: 'z', address: '10.0.0.4', health: 'http://10.0.0.4:8080/health' };
  operations.hosts = { at: epoch(60_000), idle: [{ ...host, since: epoch(0) }] };
  expect((await call('GET', '/v1/workers?discover=true')).json.discovery).toEqual({
    at: '1970-01-01T00:01:00.000Z',
    hosts: [{ ...host, since: '1970-01-01T00:00:00.000Z' }],
  });
  expect((await call('GET', '/v1/workers?discover=false')).json).toEqual({ items: [] });
  expect((await call('GET', '/v1/workers?discover=yes')).status).toBe(400);
});

test('on one machine there is nothing to discover, and it says so', async () => {
  const { call, operations } = stubApi();
  const { discovery } = (await call('GET', '/v1/workers?discover=true')).json;
  expect(discovery).toEqual({ hosts: [], note: expect.stringMatching(/^There is nothing to discover on one machine/) });
  expect(operations.asked).toEqual([['listWorkers']]);
});

test('history, workers and callbacks pass through', async () => {
  const { call, operations } = stubApi();
  const page = await call('GET', '/v1/runs/report:a/history?limit=5&cursor=9');
  expect(page.json).toMatchObject({
    items: [{ type: 'ExecutionStarted', timestamp: '1970-01-01T00:00:00.001Z' }],
    cursor: '1',
  });
  expect((await call('GET', '/v1/workers')).json).toEqual({ items: [] });
  expect((await call('POST', '/v1/tasks:succeed', { taskToken: 't', output: null })).status).toBe(204);
  expect((await call('POST', '/v1/tasks:fail', { taskToken: 't', error: 'E' })).status).toBe(204);
  expect((await call('POST', '/v1/tasks:heartbeat', { taskToken: 't' })).status).toBe(204);
  expect((await call('POST', '/v1/tasks:succeed', { taskToken: 't' })).json.errors[0].pointer).toBe('/output');
  expect(operations.asked.map(([name]) => name)).toEqual([
    'history',
    'listWorkers',
    'completeTask',
    'failTask',
    'heartbeatTask',
  ]);
});

test('the brake is set with a reason, shown and released', async () => {
  const { call } = stubApi();
  expect((await call('GET', '/v1/brake')).json).toEqual({ on: false });
  const { status, json } = await call('PUT', '/v1/brake', { reason: '  ' });
  expect([status, json.errors[0].pointer]).toEqual([400, '/reason']);
  expect((await call('PUT', '/v1/brake', { reason: 'the network' })).status).toBe(204);
  expect((await call('GET', '/v1/brake')).json).toEqual({
    on: true,
    reason: 'the network',
    at: '1970-01-01T00:00:00.001Z',
  });
  expect((await call('DELETE', '/v1/brake')).status).toBe(204);
  expect((await call('GET', '/v1/brake')).json).toEqual({ on: false });
});

test('runs that run are sifted from the pages of all', async () => {
  const { call, operations } = stubApi();
  for (const name of ['a', 'b']) operations.runs.set(runId('report', name), runningRun(runId('report', name)));
  operations.runs.set(runId('report', 'c'), { ...runningRun(runId('report', 'c')), status: 'Failed' });
  expect((await call('GET', '/v1/runs?status=Running&limit=10')).json.items).toHaveLength(2);
});

test('one state is tested, and a mistake in the request is named by its field', async () => {
  const { call, operations } = stubApi();
  const ask = (body: object) => call('POST', '/v1/charts:test-state', body);
  const definition = { Type: 'Task', Resource: 'activity:render', Next: 'Done' };
  const tested = await ask({ definition, input: 1, mock: { result: { pages: 7 } }, inspectionLevel: 'DEBUG' });
  expect([tested.status, tested.json]).toEqual([
    200,
    {
      status: 'SUCCEEDED',
      output: { pages: 7 },
      nextState: 'Done',
      inspectionData: {
        input: 1,
        afterInputPath: 1,
        afterParameters: 1,
        result: { pages: 7 },
        afterResultSelector: { pages: 7 },
        afterResultPath: { pages: 7 },
      },
    },
  ]);
  const refused = await ask({ definition: { ...definition, Resorce: 1 }, mock: { result: 1 } });
  expect([refused.status, refused.json]).toMatchObject([
    400,
    { code: 'TEST_REFUSED', retryable: false, errors: [{ code: 'UNKNOWN_FIELD', pointer: '/definition/Resorce' }] },
  ]);
  expect((await ask({ definition, mock: { reslt: 1 } })).json).toMatchObject({
    code: 'REQUEST_INVALID',
    errors: [{ pointer: '/mock/reslt' }],
  });
  expect((await ask({ definition, stateConfiguration: { retrierRetryCount: -1 } })).json.errors).toMatchObject([
    { pointer: '/stateConfiguration/retrierRetryCount' },
  ]);
  expect(operations.asked).toEqual([]);
});

test('the OpenAPI document names every route with its verb', async () => {
  const { json } = await stubApi().call('GET', '/v1/openapi.json');
  expect(json.openapi).toBe('3.1.0');
  expect(Object.keys(json.paths).sort()).toEqual([
    '/v1/brake',
    '/v1/charts',
    '/v1/charts/{chart}/runs',
    '/v1/charts/{name}',
    '/v1/charts:test-state',
    '/v1/health',
    '/v1/runs',
    '/v1/runs/{run}',
    '/v1/runs/{run}/history',
    '/v1/runs/{run}:cancel',
    '/v1/runs/{run}:redrive',
    '/v1/tasks:fail',
    '/v1/tasks:heartbeat',
    '/v1/tasks:succeed',
    '/v1/uploads',
    '/v1/uploads:complete',
    '/v1/workers',
  ]);
  expect(Object.keys(json.components.schemas)).toContain('Problem');
});
