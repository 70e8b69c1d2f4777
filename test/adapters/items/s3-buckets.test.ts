import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListMultipartUploadsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openItemStore } from '#adapters/items/open';
import type { Json, JsonObject } from '#engine/json';
import type { Item } from '#ports/item-store';
import { openBucket } from '#test/support/emulators/bucket';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';
import { TemporaryFolder } from '#test/support/temporary-folder';

const { signal } = new AbortController();

/** A store whose S3 is at an address. */
function storeAt(endpoint: string, folder?: string) {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', endpoint);
  const store = openItemStore(folder);
  onTestFinished(async () => {
    await store.close();
    vi.unstubAllEnvs();
  });
  return store;
}

async function all(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const values = (items: readonly Item[]) => items.map(({ value }) => value);

async function* chunks(...sizes: number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield Buffer.alloc(size, 'x');
}

describe('an emulator of S3', () => {
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
  const put = (Key: string, text: string) =>
    bucket.client.send(new PutObjectCommand({ Bucket: bucket.name, Key, Body: Buffer.from(text) }));
  const read = async (source: { Key?: string; Prefix?: string }, config: JsonObject, cursor?: Json, head?: Json) => {
    const resource = source.Key === undefined ? 's3:listObjectsV2' : 's3:getObject';
    const store = storeAt(emulators.endpoints.s3);
    const opened = await store.open({ resource, input: { Bucket: bucket.name, ...source }, config }, head, signal);
    return { head: opened.head, items: await all(opened.from(cursor)) };
  };

  test('items of an object of several pieces, from one in the middle; another version is refused', async () => {
    const texts = Array.from({ length: 3_000 }, (_, n) => `${n} ${'日'.repeat(20)}`);
    await put('items.json', JSON.stringify(texts));
    const { items, head } = await read({ Key: 'items.json' }, { InputType: 'JSON' });
    expect(values(items)).toEqual(texts);
    const cursor = items[2_900]?.cursor;
    expect((await read({ Key: 'items.json' }, { InputType: 'JSON' }, cursor, head)).items).toEqual(items.slice(2_900));
    await put('items.json', JSON.stringify(texts.slice(1)));
    await expect(read({ Key: 'items.json' }, { InputType: 'JSON' }, cursor, head)).rejects.toMatchObject({
      error: 'States.ItemReaderFailed',
      message: `The object items.json in bucket ${bucket.name} is another than it was when the Map began to read it.`,
    });
  });

  test('an object without a byte has no lines', async () => {
    await put('empty.jsonl', '');
    expect((await read({ Key: 'empty.jsonl' }, { InputType: 'JSONL' })).items).toEqual([]);
  });

  test('what is not there is told of in the words of S3', async () => {
    await expect(read({ Key: 'none' }, {})).rejects.toMatchObject({
      error: 'States.ItemReaderFailed',
      message: expect.stringMatching(
        /^The specified key does not exist\.? \(Service: Amazon S3; Status Code: 404; Error Code: NoSuchKey; Request ID: /,
      ),
    });
    const store = storeAt(emulators.endpoints.s3);
    const input = { Bucket: 'flowbeat-no-such-bucket', Key: 'none' };
    await expect(store.open({ resource: 's3:getObject', input, config: {} }, undefined, signal)).rejects.toThrow(
      'Error Code: NoSuchBucket',
    );
    await expect(store.write({ bucket: input.Bucket, key: 'x' }, chunks(1), signal)).rejects.toMatchObject({
      error: 'States.ResultWriterFailed',
      message: expect.stringContaining('Error Code: NoSuchBucket'),
    });
  });

  test('a listing, from every key on, and the items of what is listed', async () => {
    for (const key of ['b', 'a', 'c']) await put(`list/${key}.jsonl`, `"${key}"\n2\n`);
    const { items } = await read({ Prefix: 'list/' }, {});
    expect(values(items)).toEqual(
      ['a', 'b', 'c'].map((key) => ({
        Etag: expect.stringMatching(/^".+"$/),
        Key: `list/${key}.jsonl`,
        LastModified: expect.any(Number),
        Size: 6,
        StorageClass: 'STANDARD',
      })),
    );
    const config = { InputType: 'JSONL', Transformation: 'LOAD_AND_FLATTEN' };
    const flat = (await read({ Prefix: 'list/' }, config)).items;
    expect(values(flat)).toEqual(['a', 2, 'b', 2, 'c', 2]);
    for (const [i, { cursor }] of items.entries())
      expect((await read({ Prefix: 'list/' }, {}, cursor)).items).toEqual(items.slice(i));
    for (const [i, { cursor }] of flat.entries())
      expect((await read({ Prefix: 'list/' }, config, cursor)).items).toEqual(flat.slice(i));
  });

  test('results, small ones and such as go in parts; what fails in the middle leaves no part', async () => {
    const store = storeAt(emulators.endpoints.s3);
    const place = (key: string) => ({ bucket: bucket.name, key });
    expect(await store.write(place('results/none.json'), chunks(), signal)).toBe(0);
    expect(await store.write(place('results/small.json'), chunks(3, 4), signal)).toBe(7);
    const size = 17 * 1024 * 1024;
    expect(await store.write(place('results/large.json'), chunks(...Array(17).fill(1024 * 1024)), signal)).toBe(size);
    expect((await bucket.blobs.get('results/small.json'))?.length).toBe(7);
    expect((await bucket.blobs.get('results/large.json'))?.length).toBe(size);
    async function* broken() {
      yield* chunks(9 * 1024 * 1024);
      throw new Error('no more');
    }
    await expect(store.write(place('results/broken.json'), broken(), signal)).rejects.toThrow('no more');
    expect((await bucket.keys()).filter((key) => key.startsWith('results/'))).toHaveLength(3);
    const { Uploads = [] } = await bucket.client.send(new ListMultipartUploadsCommand({ Bucket: bucket.name }));
    expect(Uploads).toEqual([]);
  });
});

describe('a stand-in for S3', () => {
  /** Its address, and what it was asked. */
  async function standIn(answer: (request: IncomingMessage, response: ServerResponse) => void) {
    const asked: IncomingMessage[] = [];
    const server = createServer((request, response) => {
      asked.push(request);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    });
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
    return { store: storeAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), asked };
  }

  const source = { resource: 's3:getObject', input: { Bucket: 'bucket', Key: 'key' }, config: {} } as const;

  const refusing = (status: number, code: string) => (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/xml', 'x-amz-request-id': 'R1', 'x-amz-id-2': 'R2' });
    response.end(`<Error><Code>${code}</Code><Message>So it is.</Message></Error>`);
  };

  test.each([
    [503, 'SlowDown'],
    [500, 'InternalError'],
    [400, 'RequestTimeout'],
    [429, 'TooManyRequests'],
  ])('%i %s is tried again', async (status, code) => {
    const { store } = await standIn(refusing(status, code));
    const again = { kind: 'retryable', code: 'ITEMS_UNREACHABLE' };
    await expect(store.open(source, undefined, signal)).rejects.toMatchObject(again);
    await expect(store.write({ bucket: 'bucket', key: 'key' }, chunks(1), signal)).rejects.toMatchObject(again);
  });

  test('so is what breaks off', async () => {
    const { store } = await standIn((request) => request.socket.destroy());
    await expect(store.open(source, undefined, signal)).rejects.toMatchObject({ kind: 'retryable' });
  });

  test.each([
    [403, 'AccessDenied'],
    [301, 'PermanentRedirect'],
  ])('%i %s is not', async (status, code) => {
    const { store } = await standIn(refusing(status, code));
    const message = `So it is. (Service: Amazon S3; Status Code: ${status}; Error Code: ${code}; Request ID: R1; S3 Extended Request ID: R2)`;
    await expect(store.open(source, undefined, signal)).rejects.toMatchObject({
      error: 'States.ItemReaderFailed',
      message,
    });
    await expect(store.write({ bucket: 'bucket', key: 'key' }, chunks(1), signal)).rejects.toMatchObject({
      error: 'States.ResultWriterFailed',
      message,
    });
  });

  test('who answers with the whole object is no S3', async () => {
    const { store } = await standIn((_, response) => response.end('[1]'));
    await expect(store.open(source, undefined, signal)).rejects.toThrow('does not read a part of an object: key');
  });

  test('what else the call is given is handed on', async () => {
    const { store, asked } = await standIn(({ headers }, response) => {
      const [from = 0, to = 0] = (headers.range ?? '').replace('bytes=', '').split('-').map(Number);
      response.writeHead(206, { etag: '"one"', 'content-range': `bytes ${from}-${to}/3` });
      response.end('[1]'.slice(from, to + 1));
    });
    const input = { ...source.input, VersionId: 'v1', ExpectedBucketOwner: '111122223333', RequestPayer: 'requester' };
    const opened = await store.open({ ...source, input }, undefined, signal);
    expect(values(await all(opened.from(undefined)))).toEqual([1]);
    expect(asked.length).toBeGreaterThan(2);
    for (const { url, headers } of asked) {
      expect(url).toContain('versionId=v1');
      expect(headers).toMatchObject({
        'x-amz-expected-bucket-owner': '111122223333',
        'x-amz-request-payer': 'requester',
      });
    }
    expect(asked.slice(1).map(({ headers }) => headers['if-match'])).toEqual(asked.slice(1).map(() => '"one"'));
  });
});

test('a bucket that is no folder is on S3; without credentials or a region both ways out are told', async () => {
  using folder = new TemporaryFolder();
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])
    vi.stubEnv(name, undefined);
  for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) vi.stubEnv(name, folder.file('none'));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  const store = storeAt('http://127.0.0.1:9', folder.path);
  const input = { Bucket: 'bucket', Key: 'key' };
  await expect(store.open({ resource: 's3:getObject', input, config: {} }, undefined, signal)).rejects.toMatchObject({
    error: 'States.ItemReaderFailed',
    message: expect.stringMatching(
      /^S3 cannot be asked: .*credentials and a region of AWS, or make the bucket a folder/,
    ),
  });
  await expect(store.write({ bucket: 'bucket', key: 'key' }, chunks(1), signal)).rejects.toMatchObject({
    error: 'States.ResultWriterFailed',
    message: expect.stringContaining(`a folder in ${folder.path}`),
  });
});
