/** The items in one object, by its form. */
import { type Buckets, textOf, unreadable } from '#adapters/items/buckets';
import { csvHead, csvItems, delimiterOf } from '#adapters/items/csv-items';
import { findItems, type ItemsPlace, jsonItems } from '#adapters/items/json-items';
import { jsonLines } from '#adapters/items/line-items';
import { parquetItems } from '#adapters/items/parquet-items';
import { type Pieces, textIn } from '#adapters/items/pieces';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';
import type { Item, Items } from '#ports/item-store';

/** The ETag that a head or a cursor tells. */
export const versionIn = (head: Json | undefined): string | undefined =>
  isObject(head) && typeof head.etag === 'string' ? head.etag : undefined;

/** Opens an object whose form the `ReaderConfig` tells; JSON where it does not. `head`: what an earlier open told, or its ETag alone. Throws `StatesError`. */
export async function openObject(
  buckets: Buckets,
  input: JsonObject,
  config: JsonObject,
  head: Json | undefined,
  signal: AbortSignal,
): Promise<Items & { readonly head: { readonly etag: string }; readonly source: string }> {
  const key = textOf(input, 'Key');
  // As Step Functions answers.
  if (config.InputType === 'PARQUET' && input.VersionId !== undefined)
    throw unreadable('S3 Version ID selection is not currently supported for PARQUET files');
  const bytes = await buckets.open(input, versionIn(head), signal);
  const text = textIn(bytes, key);
  const shape = shapeKnown(config, head) ?? (await shapeOf(text, config));
  return {
    head: { etag: bytes.etag, ...shape },
    source: `s3://${textOf(input, 'Bucket')}/${key}`,
    from: (cursor) =>
      config.InputType === 'PARQUET' ? parquetItems(bytes, Number(cursor ?? 0)) : itemsIn(text, config, shape, cursor),
  };
}

/** What was found out of an object when it was opened before. */
function shapeKnown(config: JsonObject, head: Json | undefined): JsonObject | undefined {
  if (!isObject(head)) return undefined;
  const { etag: _, ...shape } = head;
  return shape.headers !== undefined || shape.kind !== undefined || isWithoutShape(config) ? shape : undefined;
}

const isWithoutShape = ({ InputType: type }: JsonObject): boolean => type === 'JSONL' || type === 'PARQUET';

/** What has to be known of a text before an item in it can be read. */
async function shapeOf(text: Pieces, config: JsonObject): Promise<JsonObject> {
  switch (config.InputType) {
    case 'CSV': {
      const { headers, at } = await csvHead(config, () => text(0));
      return { headers, at };
    }
    case 'JSONL':
    case 'PARQUET':
      return {};
    default: {
      const { ItemsPointer: pointer } = config;
      const { at, kind } = await findItems(text(0), typeof pointer === 'string' ? pointer : '');
      return { at, kind };
    }
  }
}

/** The items of a text whose shape is known. */
function itemsIn(text: Pieces, config: JsonObject, shape: JsonObject, cursor: Json | undefined): AsyncIterable<Item> {
  const offset = typeof cursor === 'number' ? cursor : typeof shape.at === 'number' ? shape.at : 0;
  if (config.InputType === 'CSV') {
    const headers = isArray(shape.headers) ? shape.headers.map(String) : [];
    return csvItems(text(offset), offset, headers, delimiterOf(config));
  }
  if (config.InputType === 'JSONL') return jsonLines(text(offset), offset);
  return jsonItems(text(offset), { at: offset, kind: shape.kind as ItemsPlace['kind'] });
}
