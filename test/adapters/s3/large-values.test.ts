import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
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

test('an upload link takes a body, and a download link gives it', async () => {
  const { url, headers } = await bucket.links.uploadLink('uploads/a', 7, 60);
  expect(url).toContain('content-length');
  expect((await fetch(url, { method: 'PUT', headers, body: '{"a":1}' })).status).toBe(200);
  expect(await (await fetch(await bucket.links.downloadLink('uploads/a', 60))).text()).toBe('{"a":1}');
});
