import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Buckets } from '#adapters/items/buckets';
import { openItemStore } from '#adapters/items/open';
import { openSource } from '#adapters/items/sources';
import type { Json, JsonObject } from '#engine/json';
import type { Item, ItemSource } from '#ports/item-store';
import { TemporaryFolder } from '#test/support/temporary-folder';

const { signal } = new AbortController();

let folder: TemporaryFolder;
beforeEach(() => {
  folder = new TemporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
});

function put(bucket: string, key: string, content: string | Uint8Array): void {
  const path = folder.file(`${bucket}/${key}`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

const object = (Key: string, config: JsonObject = {}): ItemSource => ({
  resource: 's3:getObject',
  input: { Bucket: 'data', Key },
  config,
});

const listing = (Prefix: string, config: JsonObject = {}): ItemSource => ({
  resource: 's3:listObjectsV2',
  input: { Bucket: 'data', Prefix },
  config,
});

/** As rounds do it: each with a store that remembers nothing, and what an earlier one told through JSON. */
async function read(source: ItemSource, cursor?: Json, head?: Json): Promise<{ items: readonly Item[]; head: Json }> {
  const told = head === undefined ? undefined : (JSON.parse(JSON.stringify(head)) as Json);
  const opened = await openItemStore(folder.path).open(source, told, signal);
  const items: Item[] = [];
  for await (const item of opened.from(cursor)) items.push(item);
  return { items, head: opened.head };
}

/** Reads all, then again from each item on, with the head and without: the rest must come. */
async function readsOn(source: ItemSource, expected: readonly Json[]): Promise<void> {
  const { items, head } = await read(source);
  expect(items.map(({ value }) => value)).toEqual(expected);
  for (const [i, { cursor }] of items.entries()) {
    expect((await read(source, cursor, head)).items).toEqual(items.slice(i));
    expect((await read(source, cursor)).items).toEqual(items.slice(i));
  }
}

const failsWith = (source: ItemSource, cause: string | RegExp) =>
  expect(read(source)).rejects.toMatchObject({
    error: 'States.ItemReaderFailed',
    message: expect.stringMatching(cause),
  });

describe('one object', () => {
  test('is JSON where nothing says what it is', async () => {
    put('data', 'a/items', '[1,{"b":"é"},null]');
    await readsOn(object('a/items'), [1, { b: 'é' }, null]);
  });

  test('is read behind a pointer', async () => {
    put('data', 'items.json', '{"before":[0],"in":{"list":[1,2]}}');
    await readsOn(object('items.json', { InputType: 'JSON', ItemsPointer: '/in/list' }), [1, 2]);
  });

  test.each([
    ['gz', gzipSync],
    ['zst', zstdCompressSync],
  ] as const)('is unpacked where its key ends in .%s', async (ending, pack) => {
    const numbers = Array.from({ length: 30 }, (_, n) => ({ n: String(n) }));
    put('data', `items.csv.${ending}`, pack(['n', ...numbers.map(({ n }) => n)].join('\n')));
    await readsOn(object(`items.csv.${ending}`, { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' }), numbers);
    put('data', `broken.${ending}`, '[1]');
    await failsWith(object(`broken.${ending}`), /cannot be unpacked/);
  });

  test('is one version: where it was written again it is refused', async () => {
    put('data', 'items.json', '[1,2]');
    const { items, head } = await read(object('items.json'));
    put('data', 'items.json', '[1,2,3]');
    await expect(read(object('items.json'), items[1]?.cursor, head)).rejects.toMatchObject({
      error: 'States.ItemReaderFailed',
      message: 'The object items.json in bucket data is another than it was when the Map began to read it.',
    });
  });

  test('is told of in the words of S3 where it is not there', () =>
    Promise.all([
      put('data', 'other', ''),
      failsWith(object('items.json'), /^The specified key does not exist\..*NoSuchKey/),
    ]));

  test('a hundred thousand records are asked for in pieces of a megabyte, each once; one in the middle is found by one piece', async () => {
    const lines = Array.from({ length: 100_000 }, (_, n) => `{"n":${n},"text":"${'é'.repeat(40)}"}\n`);
    const text = Buffer.from(lines.join(''));
    let asked: number[] = [];
    const buckets: Buckets = {
      open: async () => ({
        etag: 'one',
        size: text.length,
        read: async (offset, length) => {
          asked.push(length);
          return text.subarray(offset, offset + length);
        },
      }),
      list: () => expect.unreachable(),
      write: () => expect.unreachable(),
    };
    const opened = await openSource(buckets, object('items', { InputType: 'JSONL' }), undefined, signal);
    const cursors: Json[] = [];
    for await (const { cursor } of opened.from(undefined)) cursors.push(cursor);
    expect(cursors).toHaveLength(100_000);
    expect(Math.max(...asked)).toBe(1024 * 1024);
    expect(asked.reduce((sum, length) => sum + length)).toBe(text.length);
    asked = [];
    for await (const { value } of opened.from(cursors[50_000])) {
      expect(value).toMatchObject({ n: 50_000 });
      break;
    }
    expect(asked).toHaveLength(1);
  });
});

describe('Parquet', () => {
  // Made by pyarrow, in row groups of two rows, each column packed by another codec.
  const rows = [
    { id: 1, name: 'a', ok: true, price: 1.5, tags: ['p', 'q'], inner: { n: 1 } },
    { id: 2, name: 'é', ok: false, price: null, tags: [], inner: { n: 2 } },
    { id: '1152921504606846976', name: '日', ok: null, price: 2.25, tags: null, inner: { n: 3 } },
    { id: null, name: null, ok: true, price: null, tags: ['r'], inner: { n: 4 } },
    { id: 5, name: 'x"y', ok: true, price: 0, tags: ['s'], inner: { n: 5 } },
  ].map((row) => ({ ...row, at: '2026-01-02T03:04:05.000Z', raw: 'AP8=' }));

  test('rows, from every one on', async () => {
    put('data', 'rows.parquet', readFileSync(new URL('rows.parquet', import.meta.url)));
    await readsOn(object('rows.parquet', { InputType: 'PARQUET' }), rows);
  });

  test('an older version of it is refused, as Step Functions does', async () => {
    put('data', 'rows.parquet', readFileSync(new URL('rows.parquet', import.meta.url)));
    const { input, ...source } = object('rows.parquet', { InputType: 'PARQUET' });
    await failsWith({ ...source, input: { ...input, VersionId: 'v1' } }, /^S3 Version ID selection is not/);
  });

  test('what is none is refused', async () => {
    put('data', 'rows.parquet', 'a,b\n1,2\n');
    await failsWith(object('rows.parquet', { InputType: 'PARQUET' }), /^The Parquet file cannot be read: /);
  });
});

describe('a listing', () => {
  beforeEach(() => {
    for (const key of ['logs/b.json', 'logs/a.json', 'logs/a/1.json', 'logs/a-1.json', 'other.json'])
      put('data', key, JSON.stringify([key, 2]));
  });
  const keys = ['logs/a-1.json', 'logs/a.json', 'logs/a/1.json', 'logs/b.json'];

  test('has the fields of S3, by key', async () => {
    const { items } = await read(listing('logs/'));
    expect(items[0]?.value).toEqual({
      Etag: expect.stringMatching(/^"[0-9a-f-]+"$/),
      Key: keys[0],
      LastModified: expect.any(Number),
      Size: 19,
      StorageClass: 'STANDARD',
    });
    await readsOn(
      listing('logs/'),
      keys.map((Key) => expect.objectContaining({ Key })),
    );
    await readsOn(listing('logs/a/'), [expect.objectContaining({ Key: 'logs/a/1.json' })]);
    await readsOn(listing('nothing'), []);
  });

  test('whose objects are read: the items of all of them', () =>
    readsOn(
      listing('logs/', { InputType: 'JSON', Transformation: 'LOAD_AND_FLATTEN' }),
      keys.flatMap((key) => [key, 2]),
    ));

  test('each item tells what it was read from, a listing its bucket', async () => {
    const { items } = await read(listing('logs/', { InputType: 'JSON', Transformation: 'LOAD_AND_FLATTEN' }));
    expect(items.map(({ source }) => source)).toEqual(keys.flatMap((key) => [`s3://data/${key}`, `s3://data/${key}`]));
    const store = openItemStore(folder.path);
    expect(await store.open(listing('logs/'), undefined, signal)).toMatchObject({ source: 's3://data' });
    expect(await store.open(object('logs/a.json'), undefined, signal)).toMatchObject({
      source: 's3://data/logs/a.json',
    });
  });

  test('an object that comes between is not read by who is past it; one that has gone ends it', async () => {
    const source = listing('logs/', { InputType: 'JSON', Transformation: 'LOAD_AND_FLATTEN' });
    const { items, head } = await read(source);
    put('data', 'logs/a.0.json', '["new"]');
    expect((await read(source, items[3]?.cursor, head)).items.map(({ value }) => value)).toEqual([
      2,
      ...keys.slice(2).flatMap((key) => [key, 2]),
    ]);
    rmSync(folder.file('data/logs/a.json'));
    await expect(read(source, items[3]?.cursor, head)).rejects.toThrow(
      'The object logs/a.json in bucket data is another',
    );
  });
});

describe('a manifest', () => {
  test('of an inventory names packed CSV files in its bucket, whose fields it tells', async () => {
    const manifest = {
      sourceBucket: 'source',
      destinationBucket: 'arn:aws:s3:::inventory',
      fileFormat: 'CSV',
      fileSchema: 'Bucket, Key, Size',
      files: [{ key: 'data/1.csv.gz' }, { key: 'data/2.csv.gz' }],
    };
    put('data', 'manifest.json', JSON.stringify(manifest));
    put('inventory', 'data/1.csv.gz', gzipSync('"source","a%20b","1"\n"source","c","2"\n'));
    put('inventory', 'data/2.csv.gz', gzipSync('"source","d"\n'));
    const expected = [
      { Bucket: 'source', Key: 'a%20b', Size: '1' },
      { Bucket: 'source', Key: 'c', Size: '2' },
      { Bucket: 'source', Key: 'd', Size: '' },
    ];
    await readsOn(object('manifest.json', { InputType: 'MANIFEST' }), expected);
    await readsOn(object('manifest.json', { ManifestType: 'S3_INVENTORY' }), expected);
    put('data', 'orc.json', JSON.stringify({ ...manifest, fileFormat: 'ORC' }));
    await failsWith(
      object('orc.json', { InputType: 'MANIFEST' }),
      "The inventory's files are ORC; only those in CSV are read.",
    );
    put('data', 'none.json', '{}');
    await failsWith(object('none.json', { InputType: 'MANIFEST' }), "The manifest has no list of 'files'.");
  });

  test('of Athena names files of the form that the reader tells', async () => {
    put('data', 'files.csv', 's3://one/a.gz\n"s3://two/b c.jsonl"\n\n');
    put('one', 'a.gz', gzipSync('{"n":1}\n{"n":2}\n'));
    put('two', 'b c.jsonl', '{"n":3}\n');
    const config = { ManifestType: 'ATHENA_DATA', InputType: 'JSONL' };
    await readsOn(object('files.csv', config), [{ n: 1 }, { n: 2 }, { n: 3 }]);
    await failsWith(object('files.csv', { ManifestType: 'ATHENA_DATA' }), "needs the 'InputType'");
    put('data', 'wrong.csv', 'one/a.gz\n');
    await failsWith(object('wrong.csv', config), 'The manifest has a line that names no file: one/a.gz');
  });

  test('a file of it that was written again is refused by who read a part of it', async () => {
    put('data', 'files.csv', 's3://data/a.jsonl\n');
    put('data', 'a.jsonl', '1\n2\n');
    const source = object('files.csv', { ManifestType: 'ATHENA_DATA', InputType: 'JSONL' });
    const { items, head } = await read(source);
    put('data', 'a.jsonl', '1\n2\n3\n');
    await expect(read(source, items[1]?.cursor, head)).rejects.toThrow('The object a.jsonl in bucket data is another');
  });
});
