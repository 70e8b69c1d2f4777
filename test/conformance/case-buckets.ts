/** The buckets of a recorded case: folders that are gone when the case is over. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openItemStore } from '#adapters/items/open';
import type { ItemStore } from '#ports/item-store';
import type { Case } from '#test/conformance/cases';

/** Does `work` with what a case's buckets held. All buckets are one: their names were redacted, and not always alike. */
export async function withBuckets<T>({ s3 = [] }: Case, work: (items?: ItemStore) => Promise<T>): Promise<T> {
  if (s3.length === 0) return work();
  const folder = await mkdtemp(join(tmpdir(), 'flowbeat-case-'));
  try {
    for (const { Key, Body } of s3) {
      const path = join(folder, 'bucket', Key);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, Body);
    }
    const store = openItemStore(folder);
    return await work({
      open: (source, head, signal) =>
        store.open({ ...source, input: { ...source.input, Bucket: 'bucket' } }, head, signal),
      write: (place, chunks, signal) => store.write({ ...place, bucket: 'bucket' }, chunks, signal),
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}
