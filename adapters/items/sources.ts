/** The items of an object, of many, or of a listing (AWS: "ItemReader (Map)"). */
import { type Buckets, textOf } from '#adapters/items/buckets';
import { openManifest } from '#adapters/items/manifests';
import { filesListed } from '#adapters/items/many-files';
import { openObject } from '#adapters/items/open-object';
import type { Json, JsonObject } from '#engine/json';
import type { ItemSource, Items } from '#ports/item-store';

/** Opens a source. Throws `StatesError`. */
export async function openSource(
  buckets: Buckets,
  { resource, input, config }: ItemSource,
  head: Json | undefined,
  signal: AbortSignal,
): Promise<Items> {
  if (resource === 's3:listObjectsV2')
    return config.Transformation === 'LOAD_AND_FLATTEN'
      ? filesListed(buckets, input, config, signal)
      : listed(buckets, input, signal);
  if (config.InputType === 'MANIFEST' || config.ManifestType !== undefined)
    return openManifest(buckets, input, config, head, signal);
  return openObject(buckets, input, config, head, signal);
}

/** The objects below a prefix. */
const listed = (buckets: Buckets, input: JsonObject, signal: AbortSignal): Items => ({
  head: null,
  source: `s3://${textOf(input, 'Bucket')}`,
  async *from(cursor) {
    let before = typeof cursor === 'string' ? cursor : undefined;
    for await (const object of buckets.list(input, before, signal)) {
      // The key before it: there is no "from this one on".
      yield { value: { ...object }, cursor: before ?? null };
      before = object.Key;
    }
  },
});
