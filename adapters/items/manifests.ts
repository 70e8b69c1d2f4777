/** Objects that name others, in which the items are. */
import { type Buckets, type Bytes, unreadable } from '#adapters/items/buckets';
import { parseJson } from '#adapters/items/json-text';
import { linesFrom } from '#adapters/items/line-items';
import { askedBy, type Files, itemsOfFiles } from '#adapters/items/many-files';
import { versionIn } from '#adapters/items/open-object';
import { piecesFrom } from '#adapters/items/pieces';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';
import type { Items } from '#ports/item-store';

/** The largest manifest, in bytes. */
const LARGEST_MANIFEST = 32 * 1024 * 1024;

/** An S3 inventory's manifest, or a list of data files as Athena's UNLOAD writes it. Throws `StatesError`. */
export async function openManifest(
  buckets: Buckets,
  input: JsonObject,
  config: JsonObject,
  head: Json | undefined,
  signal: AbortSignal,
): Promise<Items> {
  const bytes = await buckets.open(input, versionIn(head), signal);
  if (bytes.size > LARGEST_MANIFEST)
    throw unreadable(`The manifest is longer than ${LARGEST_MANIFEST / 1024 / 1024} MB.`);
  const { places, form } = await (config.ManifestType === 'ATHENA_DATA' ? athena(bytes, config) : inventory(bytes));
  return itemsOfFiles(buckets, { etag: bytes.etag }, oneByOne(places, input), form, signal);
}

interface Manifest {
  readonly places: readonly { readonly Bucket: string; readonly Key: string }[];
  /** The `ReaderConfig` of the files. */
  readonly form: JsonObject;
}

const oneByOne = (places: Manifest['places'], manifest: JsonObject): Files =>
  async function* (from) {
    const first = typeof from?.number === 'number' ? from.number : 0;
    for (const [i, place] of places.slice(first).entries()) {
      const { ExpectedBucketOwner: owner, ...asked } = askedBy(manifest);
      // Another bucket may be another's.
      const owned = owner !== undefined && place.Bucket === manifest.Bucket ? { ExpectedBucketOwner: owner } : {};
      yield { note: { number: first + i }, input: { ...asked, ...owned, ...place } };
    }
  };

/** The data files of an S3 inventory, whose fields the manifest names (S3 user guide, "Inventory list": manifest.json). */
async function inventory(bytes: Bytes): Promise<Manifest> {
  const pieces: Uint8Array[] = [];
  for await (const piece of piecesFrom(bytes, 0)) pieces.push(piece);
  const manifest = parseJson(Buffer.concat(pieces), 0);
  if (!isObject(manifest) || !isArray(manifest.files)) throw unreadable("The manifest has no list of 'files'.");
  const { files, fileFormat: format, fileSchema: schema, destinationBucket: bucket } = manifest;
  if (format !== 'CSV') throw unreadable(`The inventory's files are ${String(format)}; only those in CSV are read.`);
  if (typeof schema !== 'string' || typeof bucket !== 'string')
    throw unreadable("The manifest of an inventory needs its 'fileSchema' and its 'destinationBucket'.");
  const Bucket = bucket.replace(/^arn:[^:]+:s3:::/, '');
  const headers = schema.split(',').map((field) => field.trim());
  return {
    form: { InputType: 'CSV', CSVHeaderLocation: 'GIVEN', CSVHeaders: headers },
    places: files.map((file) => {
      if (isObject(file) && typeof file.key === 'string') return { Bucket, Key: file.key };
      throw unreadable("One of the manifest's 'files' has no 'key'.");
    }),
  };
}

/** Data files of a form that the `ReaderConfig` tells; the manifest names one a line, `s3://<bucket>/<key>` (Athena user guide, "UNLOAD"). */
async function athena(bytes: Bytes, config: JsonObject): Promise<Manifest> {
  const { InputType: type } = config;
  if (type === undefined || type === 'MANIFEST')
    throw unreadable("A manifest of Athena needs the 'InputType' that its data files have: CSV, JSONL or PARQUET.");
  const places: { readonly Bucket: string; readonly Key: string }[] = [];
  const decoder = new TextDecoder();
  for await (const { line } of linesFrom(piecesFrom(bytes, 0), 0)) {
    const text = decoder.decode(line).trim().replace(/^"|"$/g, '');
    if (text === '') continue;
    const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(text) ?? [];
    if (Bucket === undefined || Key === undefined)
      throw unreadable(`The manifest has a line that names no file: ${text.slice(0, 200)}`);
    places.push({ Bucket, Key });
  }
  return { places, form: config };
}
