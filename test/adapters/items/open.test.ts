import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { openItemStore } from '#adapters/items/open';
import type { Json } from '#engine/json';
import type { ItemStore } from '#ports/item-store';
import { TemporaryFolder } from '#test/support/temporary-folder';

const s3 = vi.hoisted(() => ({ loaded: 0, opened: [] as unknown[], closed: 0 }));
vi.mock('#adapters/items/s3-buckets', () => {
  s3.loaded++;
  return {
    S3Buckets: class {
      open({ Bucket }: { Bucket: string }) {
        s3.opened.push(Bucket);
        const read = async (from: number) => Buffer.from('[2]').subarray(from);
        return Promise.resolve({ etag: 'one', size: 3, read });
      }
      close() {
        s3.closed++;
      }
    },
  };
});

const { signal } = new AbortController();

async function first(store: ItemStore, Bucket: string): Promise<Json | undefined> {
  const source = { resource: 's3:getObject', input: { Bucket, Key: 'items.json' }, config: {} } as const;
  const items = await store.open(source, undefined, signal);
  for await (const { value } of items.from(undefined)) return value;
  return undefined;
}

test('a bucket that is a folder is read there, any other on S3, whose client is loaded with the first of those', async () => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('here'));
  writeFileSync(folder.file('here/items.json'), '[1]');
  const local = openItemStore(folder.path);
  expect(await first(local, 'here')).toBe(1);
  await local.close();
  expect(s3).toEqual({ loaded: 0, opened: [], closed: 0 });
  const both = openItemStore(folder.path);
  expect(await first(both, 'there')).toBe(2);
  expect(await first(both, 'here')).toBe(1);
  await both.close();
  expect(s3).toMatchObject({ loaded: 1, closed: 1 });
  expect(new Set(s3.opened)).toEqual(new Set(['there']));
  const without = openItemStore();
  expect(await first(without, 'here')).toBe(2);
  await without.close();
});
