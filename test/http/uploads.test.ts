import { expect, test } from 'vitest';
import type { Uploads } from '#http/uploads';
import { stubApi } from './api.ts';

/** A bucket in memory: a link leads nowhere, and what was put is there. */
function bucket() {
  const kept = new Map<string, string>();
  const asked: [string, number][] = [];
  const ended: string[][] = [];
  const uploads: Uploads = {
    blobs: {
      get: async (key) => {
        const text = kept.get(key);
        return text === undefined ? undefined : new TextEncoder().encode(text);
      },
    },
    links: {
      uploadLink: async (key, size) => {
        asked.push([key, size]);
        return { url: `https://bucket.example/${key}`, headers: { 'content-type': 'application/json' } };
      },
      uploadInParts: async (key, size) => {
        asked.push([key, size]);
        return { upload: 'u', parts: [{ url: `https://bucket.example/${key}?part=1`, size }] };
      },
      completeUpload: async (key, upload, tags) => {
        ended.push([key, upload, ...tags]);
      },
    },
  };
  return { kept, asked, ended, uploads };
}

test('a server that takes bodies of any size offers no uploads, and says so', async () => {
  const { status, json } = await stubApi().call('POST', '/v1/uploads', { size: 7_000_000 });
  expect([status, json.code]).toEqual([404, 'UPLOADS_NOT_OFFERED']);
});

test('what was uploaded is the input of the start that names it', async () => {
  const { kept, asked, uploads } = bucket();
  const { call, operations } = stubApi({ uploads });
  const { status, json } = await call('POST', '/v1/uploads', { size: 9 });
  expect([status, json.url]).toEqual([201, `https://bucket.example/${json.key}`]);
  expect(asked).toEqual([[json.key, 9]]);
  expect(Date.parse(json.expires)).toBeGreaterThan(Date.now());
  kept.set(json.key, '{"rows":1}');
  expect((await call('POST', '/v1/charts/report/runs', { name: 'a', inputFrom: json.key })).status).toBe(201);
  expect(operations.started).toEqual([{ chart: 'report', name: 'a', input: { rows: 1 } }]);
});

test('an upload in parts is offered where it is asked for, and ended by what named its parts', async () => {
  const { ended, uploads } = bucket();
  const { call } = stubApi({ uploads });
  const { status, json } = await call('POST', '/v1/uploads', { size: 9, inParts: true });
  expect([status, json.upload, json.url]).toEqual([201, 'u', undefined]);
  expect(json.parts).toEqual([{ url: `https://bucket.example/${json.key}?part=1`, size: 9 }]);
  const end = (body: object) => call('POST', '/v1/uploads:complete', { upload: 'u', tags: ['"1"'], ...body });
  expect((await end({ key: json.key })).status).toBe(204);
  expect(ended).toEqual([[json.key, 'u', '"1"']]);
  expect((await end({ key: 'values/another' })).json.code).toBe('UPLOAD_NOT_FOUND');
  expect((await end({ key: json.key, tags: [] })).json.code).toBe('REQUEST_INVALID');
  expect(
    (await stubApi().call('POST', '/v1/uploads:complete', { key: json.key, upload: 'u', tags: ['1'] })).status,
  ).toBe(404);
  expect(ended).toHaveLength(1);
});

test('places differ, and none is given for more than a run may have', async () => {
  const { call } = stubApi({ uploads: bucket().uploads });
  const keys = await Promise.all([1, 2].map(async () => (await call('POST', '/v1/uploads', { size: 1 })).json.key));
  expect(new Set(keys).size).toBe(2);
  const large = await call('POST', '/v1/uploads', { size: 10 * 1024 * 1024 + 1 });
  expect([large.status, large.json.code]).toEqual([413, 'INPUT_TOO_LARGE']);
  expect((await call('POST', '/v1/uploads', { size: 0 })).json.code).toBe('REQUEST_INVALID');
});

test('a key that was not given, is gone or holds no input starts nothing', async () => {
  const { kept, uploads } = bucket();
  const { call, operations } = stubApi({ uploads });
  const start = async (inputFrom: string, more: object = {}) =>
    (await call('POST', '/v1/charts/report/runs', { inputFrom, ...more })).json.code;
  const { key } = (await call('POST', '/v1/uploads', { size: 5 })).json;
  kept.set('values/another', '{"secret":1}');
  expect(await start('values/another')).toBe('UPLOAD_NOT_FOUND');
  expect(await start(key)).toBe('UPLOAD_NOT_FOUND');
  kept.set(key, '{"a":');
  expect(await start(key)).toBe('BODY_INVALID');
  kept.set(key, `${'['.repeat(1500)}${']'.repeat(1500)}`);
  expect(await start(key)).toBe('REQUEST_INVALID');
  kept.set(key, '1');
  expect(await start(key, { input: 2 })).toBe('REQUEST_INVALID');
  expect(operations.started).toEqual([]);
});
