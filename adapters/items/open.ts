import { dirname, join } from 'node:path';
import { type Buckets, type Refusal, unreadable, unwritable } from '#adapters/items/buckets';
import { FolderBuckets } from '#adapters/items/folder-buckets';
import type { S3Buckets } from '#adapters/items/s3-buckets';
import { openSource } from '#adapters/items/sources';
import type { ItemStore } from '#ports/item-store';

/** A store of items, and its end. */
export interface OpenItemStore extends ItemStore {
  close(): Promise<void>;
}

/** The folder whose subfolders play buckets for those who share a state file. */
export const bucketsBeside = (stateFile: string): string => join(dirname(stateFile), 'buckets');

/** Buckets on S3. `folder`: those of its subfolders that have a bucket's name are that bucket, whatever S3 has. The client of S3 is loaded when it is first needed. */
export function openItemStore(folder?: string): OpenItemStore {
  let s3: Promise<S3Buckets> | undefined;
  const local = folder === undefined ? undefined : new FolderBuckets(folder);
  const placeOf = async (bucket: unknown, refusal: Refusal): Promise<Buckets> => {
    if (local && typeof bucket === 'string' && (await local.has(bucket))) return local;
    s3 ??= connectS3(folder);
    return s3.catch((error: Error) => {
      throw error instanceof NotInstalled ? refusal(error.message) : error;
    });
  };
  // Each request by itself: the files of a manifest may be in other buckets.
  const buckets: Buckets = {
    open: async (input, etag, signal) => (await placeOf(input.Bucket, unreadable)).open(input, etag, signal),
    async *list(input, after, signal) {
      yield* (await placeOf(input.Bucket, unreadable)).list(input, after, signal);
    },
    write: async (bucket, key, chunks, signal) =>
      (await placeOf(bucket, unwritable)).write(bucket, key, chunks, signal),
  };
  return {
    open: (source, head, signal) => openSource(buckets, source, head, signal),
    write: ({ bucket, key }, chunks, signal) => buckets.write(bucket, key, chunks, signal),
    close: async () => (await s3?.catch(() => undefined))?.close(),
  };
}

class NotInstalled extends Error {}

async function connectS3(folder: string | undefined): Promise<S3Buckets> {
  try {
    const { S3Buckets } = await import('#adapters/items/s3-buckets');
    return new S3Buckets(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    const other = folder === undefined ? '' : ` Or make the bucket a folder in ${folder}.`;
    throw new NotInstalled(
      `The AWS client of S3 (@aws-sdk/client-s3) is not installed where this flow runs. Install it there, beside Flowbeat: npm install @aws-sdk/client-s3.${other}`,
    );
  }
}
