/** The items of an object or of a listing, by its form (AWS: "ItemReader (Map)"). */

import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type Buckets, type Bytes, textOf, unreadable } from '#adapters/items/buckets';
import { csvHead, csvItems, delimiterOf } from '#adapters/items/csv-items';
import { findItems, type ItemsPlace, jsonItems } from '#adapters/items/json-items';
import { parseJson } from '#adapters/items/json-text';
import { jsonLines, linesFrom } from '#adapters/items/line-items';
import { piecesFrom } from '#adapters/items/pieces';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';
import type { Item, ItemSource, Items } from '#ports/item-store';

/** What a head tells: the version, and what was found out of it. */
type Head = JsonObject | undefined;

const headOf = (head: Json | undefined): Head => (isObject(head) ? head : undefined);

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
    return openManifest(buckets, input, config, headOf(head), signal);
  return openObject(buckets, input, config, headOf(head), signal);
}

/** The objects below a prefix. */
const listed = (buckets: Buckets, input: JsonObject, signal: AbortSignal): Items => ({
  head: null,
  async *from(cursor) {
    let before = typeof cursor === 'string' ? cursor : undefined;
    for await (const object of buckets.list(input, before, signal)) {
      // The key before it: there is no "from this one on".
      yield { value: { ...object }, cursor: before ?? null };
      before = object.Key;
    }
  },
});

async function openObject(
  buckets: Buckets,
  input: JsonObject,
  config: JsonObject,
  head: Head,
  signal: AbortSignal,
): Promise<Items> {
  const etag = typeof head?.etag === 'string' ? head.etag : undefined;
  const open = (version = etag) => buckets.open(input, version, signal);
  const first = await open();
  const found = await within(first, (bytes) => shapeOf(bytes, config, head));
  return {
    head: { etag: first.etag, ...found },
    async *from(cursor) {
      const bytes = await open(first.etag);
      try {
        yield* itemsIn((offset) => piecesFrom(bytes, offset), config, found, cursor);
      } finally {
        await bytes.close();
      }
    },
  };
}

const within = async <T>(bytes: Bytes, work: (bytes: Bytes) => Promise<T>): Promise<T> => {
  try {
    return await work(bytes);
  } finally {
    await bytes.close();
  }
};

/** What has to be known of an object before an item in it can be read. */
async function shapeOf(bytes: Bytes, config: JsonObject, head: Head): Promise<JsonObject> {
  if (head !== undefined && (head.headers !== undefined || head.kind !== undefined || config.InputType === 'JSONL')) {
    const { etag: _, ...found } = head;
    return found;
  }
  switch (config.InputType) {
    case 'CSV': {
      const { headers, at } = await csvHead(config, () => piecesFrom(bytes, 0));
      return { headers, at };
    }
    case 'JSONL':
      return {};
    case 'PARQUET':
      throw unreadable('Parquet files are not read: make them JSONL or CSV.');
    default: {
      const { ItemsPointer: pointer } = config;
      const { at, kind } = await findItems(piecesFrom(bytes, 0), typeof pointer === 'string' ? pointer : '');
      return { at, kind };
    }
  }
}

/** The items of a text whose shape is known. `pieces`: of the text from an offset on. */
function itemsIn(
  pieces: (offset: number) => AsyncIterable<Uint8Array>,
  config: JsonObject,
  found: JsonObject,
  cursor: Json | undefined,
): AsyncIterable<Item> {
  const offset = typeof cursor === 'number' ? cursor : typeof found.at === 'number' ? found.at : 0;
  if (config.InputType === 'CSV')
    return csvItems(
      pieces(offset),
      offset,
      isArray(found.headers) ? found.headers.map(String) : [],
      delimiterOf(config),
    );
  if (config.InputType === 'JSONL') return jsonLines(pieces(offset), offset);
  return jsonItems(pieces(offset), { at: offset, kind: found.kind as ItemsPlace['kind'] });
}

/** Objects whose items are those of the Map, one object after the other: each with what it takes to read on in it. */
type Files = (from: JsonObject | undefined) => AsyncIterable<{ readonly note: JsonObject; readonly input: JsonObject }>;

/** All items of many objects. A cursor tells the object, its version and the place in it. */
const itemsOfFiles = (buckets: Buckets, head: Json, files: Files, config: JsonObject, signal: AbortSignal): Items => ({
  head,
  async *from(cursor) {
    const start = isObject(cursor) ? cursor : undefined;
    let within = start?.at;
    let version = start?.etag;
    for await (const { note, input } of files(isObject(start?.file) ? start.file : undefined)) {
      const isZipped = textOf(input, 'Key').endsWith('.gz');
      const known = typeof version === 'string' ? { etag: version } : undefined;
      const items = isZipped
        ? await openZipped(buckets, input, config, known, signal)
        : await openObject(buckets, input, config, known, signal);
      const etag = (items.head as JsonObject).etag as string;
      for await (const item of items.from(within))
        yield { value: item.value, cursor: { file: note, etag, at: item.cursor } };
      within = undefined;
      version = undefined;
    }
  },
});

/** Every object below a prefix, read as one file of items. */
const filesListed = (buckets: Buckets, input: JsonObject, config: JsonObject, signal: AbortSignal): Items => {
  const { Transformation: _, ...form } = config;
  const files: Files = async function* (from) {
    let before = typeof from?.after === 'string' ? from.after : undefined;
    for await (const { Key } of buckets.list(input, before, signal)) {
      const note = before === undefined ? {} : { after: before };
      before = Key;
      if (!Key.endsWith('/')) yield { note, input: { Bucket: textOf(input, 'Bucket'), Key } };
    }
  };
  return itemsOfFiles(buckets, null, files, form, signal);
};

/** An object that is packed by gzip: to read from a place in it, all before it is unpacked again. */
async function openZipped(
  buckets: Buckets,
  input: JsonObject,
  config: JsonObject,
  head: Head,
  signal: AbortSignal,
): Promise<Items> {
  const etag = typeof head?.etag === 'string' ? head.etag : undefined;
  const bytes = await buckets.open(input, etag, signal);
  const unpacked = (opened: Bytes) => (offset: number) => unpackedFrom(opened, offset);
  const found = await within(bytes, (opened) => zippedShape(unpacked(opened), config));
  return {
    head: { etag: bytes.etag, ...found },
    async *from(cursor) {
      const again = await buckets.open(input, bytes.etag, signal);
      try {
        yield* itemsIn(unpacked(again), config, found, cursor);
      } finally {
        await again.close();
      }
    },
  };
}

async function zippedShape(
  pieces: (offset: number) => AsyncIterable<Uint8Array>,
  config: JsonObject,
): Promise<JsonObject> {
  if (config.InputType === 'CSV') {
    const { headers, at } = await csvHead(config, () => pieces(0));
    return { headers, at };
  }
  if (config.InputType === 'JSONL') return {};
  const { at, kind } = await findItems(pieces(0), '');
  return { at, kind };
}

async function* unpackedFrom(bytes: Bytes, offset: number): AsyncGenerator<Uint8Array, void, undefined> {
  const source = Readable.from(piecesFrom(bytes, 0), { objectMode: false });
  const unpacking = createGunzip();
  source.on('error', (error) => unpacking.destroy(error));
  let at = 0;
  try {
    for await (const piece of source.pipe(unpacking) as AsyncIterable<Uint8Array>) {
      const skip = Math.max(0, offset - at);
      at += piece.length;
      if (skip < piece.length) yield skip === 0 ? piece : piece.subarray(skip);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_'))
      throw unreadable(`A file cannot be unpacked: ${(error as Error).message}.`);
    throw error;
  } finally {
    source.destroy();
    unpacking.destroy();
  }
}

/** The largest manifest, in bytes. */
const LARGEST_MANIFEST = 32 * 1024 * 1024;

/** An S3 inventory's manifest, or a list of data files as Athena's UNLOAD writes it. */
async function openManifest(
  buckets: Buckets,
  input: JsonObject,
  config: JsonObject,
  head: Head,
  signal: AbortSignal,
): Promise<Items> {
  const bytes = await buckets.open(input, typeof head?.etag === 'string' ? head.etag : undefined, signal);
  const noted = { etag: bytes.etag };
  return within(bytes, async () => {
    if (bytes.size > LARGEST_MANIFEST)
      throw unreadable(`The manifest is longer than ${LARGEST_MANIFEST / 1024 / 1024} MB.`);
    if (config.ManifestType === 'ATHENA_DATA') {
      const places = await athenaFiles(bytes);
      return itemsOfFiles(buckets, noted, oneByOne(places), config, signal);
    }
    const { places, headers } = inventoryFiles(parseJson(await whole(bytes), 0));
    const form = { InputType: 'CSV', CSVHeaderLocation: 'GIVEN', CSVHeaders: headers };
    return itemsOfFiles(buckets, noted, oneByOne(places), form, signal);
  });
}

const oneByOne = (places: readonly JsonObject[]): Files =>
  async function* (from) {
    const first = typeof from?.number === 'number' ? from.number : 0;
    for (let number = first; number < places.length; number++)
      yield { note: { number }, input: places[number] as JsonObject };
  };

async function whole(bytes: Bytes): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of piecesFrom(bytes, 0)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The data files of an S3 inventory, and the names of their fields (S3 user guide, "Inventory list": manifest.json). */
function inventoryFiles(manifest: Json): {
  readonly places: readonly JsonObject[];
  readonly headers: readonly string[];
} {
  if (!isObject(manifest) || !isArray(manifest.files)) throw unreadable("The manifest has no list of 'files'.");
  const { fileFormat: format, fileSchema: schema, destinationBucket: bucket } = manifest;
  if (format !== 'CSV') throw unreadable(`The inventory's files are ${String(format)}; only those in CSV are read.`);
  const name = String(bucket ?? '').replace(/^arn:[^:]+:s3:::/, '');
  return {
    headers: String(schema ?? '')
      .split(',')
      .map((field) => field.trim()),
    places: manifest.files.map((file) => ({ Bucket: name, Key: isObject(file) ? String(file.key) : '' })),
  };
}

/** The data files that a manifest names, `s3://<bucket>/<key>` a line (Athena user guide, "UNLOAD"). */
async function athenaFiles(bytes: Bytes): Promise<readonly JsonObject[]> {
  const places: JsonObject[] = [];
  const decoder = new TextDecoder();
  for await (const { line } of linesFrom(piecesFrom(bytes, 0), 0)) {
    const text = decoder.decode(line).trim().replace(/^"|"$/g, '');
    if (text === '') continue;
    const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(text) ?? [];
    if (bucket === undefined || key === undefined)
      throw unreadable(`The manifest has a line that names no file: ${text.slice(0, 200)}`);
    places.push({ Bucket: bucket, Key: key });
  }
  return places;
}
