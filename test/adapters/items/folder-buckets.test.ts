import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { FolderBuckets } from '#adapters/items/folder-buckets';
import { byBytes } from '#adapters/items/key-order';
import { TemporaryFolder } from '#test/support/temporary-folder';

let folder: TemporaryFolder;
let buckets: FolderBuckets;
beforeEach(() => {
  folder = new TemporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  mkdirSync(folder.file('root/bucket'), { recursive: true });
  writeFileSync(folder.file('outside.json'), '[1]');
  buckets = new FolderBuckets(folder.file('root'));
});

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const keys = async (Prefix = '', after?: string) => {
  const found: string[] = [];
  for await (const { Key } of buckets.list({ Bucket: 'bucket', Prefix }, after)) found.push(Key);
  return found;
};

const reads = { error: 'States.ItemReaderFailed' };
const writes = { error: 'States.ResultWriterFailed' };

describe('nothing leads out of the folder', () => {
  test.each([
    ['bucket', '../../outside.json'],
    ['bucket', '/etc/hostname'],
    ['bucket', 'a/../../../outside.json'],
    ['bucket', 'a//b'],
    ['bucket', './a'],
    ['bucket', 'a\\b'],
    ['bucket', 'a\0b'],
    ['..', 'outside.json'],
    ['.', 'bucket/a'],
    ['bucket/a', 'b'],
  ])('%j / %j', async (Bucket, Key) => {
    await expect(buckets.open({ Bucket, Key }, undefined)).rejects.toMatchObject(reads);
    await expect(buckets.write(Bucket, Key, chunks('x'))).rejects.toMatchObject(writes);
    if (!/^bucket$/.test(Bucket)) expect(await buckets.has(Bucket)).toBe(false);
  });

  test('no link does', async () => {
    symlinkSync(folder.file('outside.json'), folder.file('root/bucket/link.json'));
    symlinkSync(folder.path, folder.file('root/bucket/up'));
    symlinkSync(folder.path, folder.file('root/other'));
    for (const [Bucket, Key] of [
      ['bucket', 'link.json'],
      ['bucket', 'up/outside.json'],
      ['other', 'outside.json'],
    ] as const)
      await expect(buckets.open({ Bucket, Key }, undefined)).rejects.toMatchObject({
        ...reads,
        message: expect.stringContaining('is a link out of the folder of the buckets'),
      });
    await expect(buckets.write('bucket', 'up/new/x.json', chunks('x'))).rejects.toMatchObject(writes);
    await expect(keys()).rejects.toMatchObject(reads);
    expect(readdirSync(folder.path).sort()).toEqual(['outside.json', 'root']);
  });

  test('a link inside it is followed', async () => {
    writeFileSync(folder.file('root/bucket/a.json'), '[1]');
    symlinkSync(folder.file('root/bucket/a.json'), folder.file('root/bucket/b.json'));
    symlinkSync(folder.file('root/bucket'), folder.file('root/bucket/loop'));
    expect(await keys()).toEqual(['a.json', 'b.json']);
    const bytes = await buckets.open({ Bucket: 'bucket', Key: 'loop/a.json' }, undefined);
    expect(bytes.size).toBe(3);
  });
});

test('what is no file is no object', async () => {
  mkdirSync(folder.file('root/bucket/a/b'), { recursive: true });
  for (const Key of ['a', 'a/b', 'a/b/c', 'none'])
    await expect(buckets.open({ Bucket: 'bucket', Key }, undefined)).rejects.toThrow(
      'The specified key does not exist.',
    );
  await expect(buckets.open({ Bucket: 'bucket', Key: 'a', VersionId: '1' }, undefined)).rejects.toThrow('no versions');
});

test('a file that is written while it is read is refused', async () => {
  writeFileSync(folder.file('root/bucket/a'), 'abc');
  const bytes = await buckets.open({ Bucket: 'bucket', Key: 'a' }, undefined);
  expect(Buffer.from(await bytes.read(1, 2)).toString()).toBe('bc');
  writeFileSync(folder.file('root/bucket/a'), 'abcd');
  await expect(bytes.read(0, 2)).rejects.toThrow('is another than it was');
});

test('a file is there when it is whole, under keys with slashes; two that write it do not meet', async () => {
  let going = (): void => {};
  const half = new Promise<void>((resolve) => {
    going = resolve;
  });
  async function* slow() {
    yield Buffer.from('[1,');
    going();
    await buckets.write('bucket', 'results/run/0.json', chunks('[1,', '2]'));
    yield Buffer.from('2]');
  }
  const writing = buckets.write('bucket', 'results/run/0.json', slow());
  await half;
  expect((await keys()).filter((key) => key !== 'results/run/0.json')).toEqual([]);
  expect(await writing).toBe(5);
  expect(readFileSync(folder.file('root/bucket/results/run/0.json'), 'utf8')).toBe('[1,2]');
  expect(readdirSync(folder.file('root/bucket/results/run'))).toEqual(['0.json']);
});

test('what fails in the middle leaves nothing; what has no place is refused', async () => {
  async function* broken() {
    yield Buffer.from('[1,');
    throw new Error('no more');
  }
  await expect(buckets.write('bucket', 'a.json', broken())).rejects.toThrow('no more');
  expect(readdirSync(folder.file('root/bucket'))).toEqual([]);
  writeFileSync(folder.file('root/bucket/a'), '');
  await expect(buckets.write('bucket', 'a/b.json', chunks('x'))).rejects.toMatchObject(writes);
  await expect(buckets.write('bucket', `${'x'.repeat(300)}.json`, chunks('x'))).rejects.toMatchObject(writes);
});

test('keys come in the order of their bytes, from every one on', () =>
  fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(
        fc
          .array(fc.string({ unit: fc.constantFrom('a', '-', '0', 'é', '\uFF5E', '😀'), minLength: 1, maxLength: 2 }), {
            minLength: 1,
            maxLength: 3,
          })
          .map((parts) => parts.join('/')),
        { maxLength: 8 },
      ),
      async (all) => {
        // A file cannot be a folder as well.
        const wanted = all.filter((key) => !all.some((other) => other.startsWith(`${key}/`)));
        const bucket = `b${Math.random().toString(36).slice(2)}`;
        mkdirSync(folder.file(`root/${bucket}`));
        for (const key of wanted) {
          mkdirSync(dirname(folder.file(`root/${bucket}/${key}`)), { recursive: true });
          writeFileSync(folder.file(`root/${bucket}/${key}`), '');
        }
        const sorted = wanted.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(wanted.toSorted(byBytes)).toEqual(sorted);
        const list = async (after?: string) => {
          const found: string[] = [];
          for await (const { Key } of buckets.list({ Bucket: bucket }, after)) found.push(Key);
          return found;
        };
        expect(await list()).toEqual(sorted);
        for (const [i, key] of sorted.entries()) expect(await list(key)).toEqual(sorted.slice(i + 1));
      },
    ),
    { numRuns: 30 },
  ));
