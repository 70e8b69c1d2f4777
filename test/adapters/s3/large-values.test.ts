import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { s3Client } from '#adapters/s3/connect';
import { S3Blobs } from '#adapters/s3/s3-blobs';
import type { Blobs } from '#ports/blobs';
import { type FlowId, rootFlow, runId } from '#ports/ids';
import { openBucket } from '#test/support/emulators/bucket';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';

let emulators: Emulators;
let bucket: Awaited<ReturnType<typeof openBucket>>;
beforeAll(async () => {
  emulators = await openEmulators();
  bucket = await openBucket(emulators);
});
afterAll(async () => {
  await bucket.close();
  await emulators.close();
});

/** A store that remembers nothing of the ones before. */
const openStore = (blobs?: Blobs) =>
  openDynamo({ client: emulators.dynamo, table: emulators.table, clock, ...(blobs && { blobs }) });

/** Text that deflating makes no shorter than about `bytes`. */
const noise = (bytes: number) =>
  Array.from({ length: Math.ceil(bytes / 10) }, () => Math.random().toString(36).slice(2, 12)).join('');

let serial = 0;
const newFlow = (): FlowId => rootFlow(runId('chart', `large-${serial++}`));

test('a value beyond 256 KB stands in the bucket and comes back whole; a smaller one stays in the table', async () => {
  const flow = newFlow();
  const [large, small] = [noise(1_000_000), noise(100_000)];
  const store = openStore(bucket.blobs);
  await store.saveCheckpoint({ flow, step: 1, data: large }, 1);
  await store.saveCheckpoint({ flow, step: 2, data: small }, 1);
  const reader = openStore(bucket.blobs);
  expect(await reader.readCheckpoint(flow, 1)).toBe(large);
  expect(await reader.readCheckpoint(flow, 2)).toBe(small);
  expect((await bucket.keys()).filter((key) => key.includes(flow))).toHaveLength(1);
});

test('the object is there before anything points to it, and one that cannot be put leaves nothing behind', async () => {
  const flow = newFlow();
  const broken: Blobs = {
    put: () => Promise.reject(new Error('the bucket is gone')),
    get: (key) => bucket.blobs.get(key),
  };
  await expect(openStore(broken).saveCheckpoint({ flow, step: 1, data: noise(600_000) }, 1)).rejects.toThrow(
    'bucket is gone',
  );
  expect(await openStore(bucket.blobs).readCheckpoint(flow, 1)).toBeUndefined();
});

test('a late write of another value overwrites nothing', async () => {
  const flow = newFlow();
  const [mine, zombies] = [noise(600_000), noise(600_000)];
  await openStore(bucket.blobs).saveCheckpoint({ flow, step: 1, data: mine }, 2);
  expect(await openStore(bucket.blobs).saveCheckpoint({ flow, step: 1, data: zombies }, 1)).toBe(false);
  expect(await openStore(bucket.blobs).readCheckpoint(flow, 1)).toBe(mine);
});

test('what was changed or lost in the bucket is an error, never another value', async () => {
  const flow = newFlow();
  await openStore(bucket.blobs).saveCheckpoint({ flow, step: 1, data: noise(600_000) }, 1);
  const key = (await bucket.keys()).find((one) => one.includes(flow)) ?? '';
  await bucket.blobs.put(key, Buffer.from('something else'), { type: 'text/plain' });
  await expect(openStore(bucket.blobs).readCheckpoint(flow, 1)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  const empty: Blobs = { put: async () => {}, get: async () => undefined };
  await expect(openStore(empty).readCheckpoint(flow, 1)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  await expect(openStore().readCheckpoint(flow, 1)).rejects.toMatchObject({ code: 'BUCKET_NOT_NAMED' });
});

test('a bucket that is not there is told by its name', async () => {
  const none = new S3Blobs(bucket.client, 'no-such-bucket-here');
  await expect(none.put('k', Buffer.from('x'), { type: 'text/plain' })).rejects.toMatchObject({
    code: 'BLOBS_NOT_FOUND',
    kind: 'rejected',
  });
  expect(await bucket.blobs.get('no/such/key')).toBeUndefined();
});

test('what is longer than a part is put in parts at the same time; one that S3 does not answer in time is sent again by itself', async () => {
  const bytes = Buffer.alloc(11 * 1024 * 1024, 'chunk ');
  const stuck: string[] = [];
  let seen: string[] = [];
  const { url } = await proxyTo(emulators.endpoints.s3, (method, path) => {
    const part = /partNumber=(\d)/.exec(path)?.[1];
    seen.push(part ?? method);
    // The first request of the second part is never answered.
    if (part !== '2' || stuck.length > 0) return true;
    stuck.push(part);
    return false;
  });
  const client = s3Client(url, 3_000);
  onTestFinished(() => client.destroy());
  const blobs = new S3Blobs(client, bucket.name);
  await blobs.put('values/parts', bytes, { type: 'text/plain' });
  expect(new Set(seen)).toEqual(new Set(['1', '2', '3', 'POST']));
  expect(seen.filter((part) => part === '2').length).toBeGreaterThan(1);
  expect(bytes.equals((await bucket.blobs.get('values/parts')) ?? Buffer.alloc(0))).toBe(true);
  seen = [];
  await blobs.put('values/whole', bytes.subarray(0, 5 * 1024 * 1024), { type: 'text/plain' });
  expect(new Set(seen)).toEqual(new Set(['PUT']));
});

test('an upload in parts is there once it was completed with what was sent', async () => {
  const bytes = Buffer.alloc(6 * 1024 * 1024, '0123456789');
  const { upload, parts } = await bucket.links.uploadInParts('uploads/parts', bytes.length, 60);
  expect(parts.map(({ size }) => size)).toEqual([5 * 1024 * 1024, 1024 * 1024]);
  const tags: string[] = [];
  let from = 0;
  for (const { url, size } of parts) {
    expect(url).toContain('content-length');
    const response = await fetch(url, { method: 'PUT', body: bytes.subarray(from, from + size) });
    tags.push(response.headers.get('etag') ?? '');
    from += size;
  }
  const complete = (named: readonly string[]) => bucket.links.completeUpload('uploads/parts', upload, named);
  await expect(complete([tags[0]!, '"0123456789abcdef0123456789abcdef"'])).rejects.toMatchObject({
    code: 'UPLOAD_INCOMPLETE',
    kind: 'rejected',
  });
  expect(await bucket.blobs.get('uploads/parts')).toBeUndefined();
  await complete(tags);
  expect(bytes.equals((await bucket.blobs.get('uploads/parts')) ?? Buffer.alloc(0))).toBe(true);
  // The answer to the first time was lost: it is the same upload, and it is there.
  await complete(tags);
  await expect(bucket.links.completeUpload('uploads/other', upload, tags)).rejects.toMatchObject({
    code: 'UPLOAD_INCOMPLETE',
  });
});

/** A way to S3 on which a request is lost where `passes` says no. */
async function proxyTo(
  to: string,
  passes: (method: string, path: string) => boolean,
): Promise<{ readonly url: string }> {
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const body = await buffer(request);
    if (!passes(method, url)) return;
    const { host: _host, connection: _connection, 'transfer-encoding': _coding, expect: _expect, ...rest } = headers;
    const sent = method === 'GET' ? {} : { body };
    const answer = await fetch(to + url, { method, headers: rest as Record<string, string>, ...sent });
    response.writeHead(answer.status, { etag: answer.headers.get('etag') ?? '' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('an upload link takes a body, and a download link gives it', async () => {
  const { url, headers } = await bucket.links.uploadLink('uploads/a', 7, 60);
  expect(url).toContain('content-length');
  expect((await fetch(url, { method: 'PUT', headers, body: '{"a":1}' })).status).toBe(200);
  expect(await (await fetch(await bucket.links.downloadLink('uploads/a', 60))).text()).toBe('{"a":1}');
});
