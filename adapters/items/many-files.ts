/** The items of many objects, one object after the other. */
import { type Buckets, otherVersion, textOf } from '#adapters/items/buckets';
import { byBytes } from '#adapters/items/key-order';
import { openObject, versionIn } from '#adapters/items/open-object';
import type { Json, JsonObject } from '#engine/json';
import { isObject } from '#engine/json-values';
import type { Items } from '#ports/item-store';

/** Objects from one on, or all: each with what it takes to begin with it again, and what it is opened by. */
export type Files = (
  from: JsonObject | undefined,
) => AsyncIterable<{ readonly note: JsonObject; readonly input: JsonObject }>;

/** All items of many objects. A cursor tells the object, its version and the place in it. */
export const itemsOfFiles = (
  buckets: Buckets,
  head: Json,
  files: Files,
  config: JsonObject,
  signal: AbortSignal,
): Items => ({
  head,
  async *from(cursor) {
    let start = isObject(cursor) ? cursor : undefined;
    for await (const { note, input } of files(isObject(start?.file) ? start.file : undefined)) {
      const etag = versionIn(start);
      const items = await openObject(buckets, input, config, etag === undefined ? undefined : { etag }, signal);
      for await (const { cursor: at, ...item } of items.from(start?.at))
        yield { ...item, source: items.source, cursor: { file: note, etag: items.head.etag, at } };
      start = undefined;
    }
  },
});

/** Every object below a prefix, read as a file of items (AWS: `LOAD_AND_FLATTEN`). What stands for a folder has none. */
export const filesListed = (buckets: Buckets, input: JsonObject, config: JsonObject, signal: AbortSignal): Items => {
  const bucket = textOf(input, 'Bucket');
  const files: Files = async function* (from) {
    let before = typeof from?.after === 'string' ? from.after : undefined;
    let first = typeof from?.key === 'string' ? from.key : undefined;
    for await (const { Key } of buckets.list(input, before, signal)) {
      // What came between since then was not there when the Map went by.
      if (first !== undefined && byBytes(Key, first) < 0) continue;
      if (first !== undefined && Key !== first) throw otherVersion(bucket, first);
      first = undefined;
      const note = before === undefined ? { key: Key } : { after: before, key: Key };
      before = Key;
      if (!Key.endsWith('/')) yield { note, input: { ...askedBy(input), Bucket: bucket, Key } };
    }
    if (first !== undefined) throw otherVersion(bucket, first);
  };
  return itemsOfFiles(buckets, null, files, config, signal);
};

/** Of a request what tells who asks and who pays, for the requests that follow from it in the same bucket. */
export const askedBy = (input: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(input).filter(([field]) => field === 'RequestPayer' || field === 'ExpectedBucketOwner'),
  );
