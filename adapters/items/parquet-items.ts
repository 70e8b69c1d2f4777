import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { type Bytes, unreadable } from '#adapters/items/buckets';
import type { Json } from '#engine/json';
import { StatesError } from '#engine/states-error';
import { FlowbeatError } from '#ports/errors';
import type { Item } from '#ports/item-store';

const FIRST_ROWS = 1_000;
const MOST_ROWS = 16_000;

/** The largest row group, in bytes as they are packed and unpacked: AWS takes no larger one, and some of it is in memory several times. */
const LARGEST_GROUP = 256 * 1024 * 1024;

/** Beside Snappy, which the reader knows itself. */
const compressors = {
  GZIP: (packed: Uint8Array) => gunzipSync(packed),
  BROTLI: (packed: Uint8Array) => brotliDecompressSync(packed),
  ZSTD: (packed: Uint8Array) => zstdDecompressSync(packed),
};

/** The rows of a Parquet file; the cursor is a row's number. What is read at a time grows with what was read, within a row group. Throws `StatesError`. */
export async function* parquetItems(bytes: Bytes, from: number): AsyncGenerator<Item, void, undefined> {
  const { parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
  const file = { byteLength: bytes.size, slice: (start: number, end = bytes.size) => part(bytes, start, end) };
  const metadata = await reading(() => parquetMetadataAsync(file));
  let start = 0;
  let count = FIRST_ROWS;
  for (const { num_rows: rows, total_byte_size: size } of metadata.row_groups) {
    const end = start + Number(rows);
    if (from < end && size > LARGEST_GROUP)
      throw unreadable(`A row group of the Parquet file is larger than ${LARGEST_GROUP / 1024 / 1024} MB.`);
    for (let at = Math.max(from, start); at < end; ) {
      const until = Math.min(at + count, end);
      const range = { rowStart: at, rowEnd: until, useOffsetIndex: true };
      for (const row of await reading(() => parquetReadObjects({ file, metadata, compressors, ...range })))
        yield { value: plain(row), cursor: at++ };
      count = Math.min(count * 2, MOST_ROWS);
    }
    start = end;
  }
}

async function part(bytes: Bytes, start: number, end: number): Promise<ArrayBuffer> {
  if (end - start > LARGEST_GROUP) throw unreadable('A part of the Parquet file is too large.');
  const all = new Uint8Array(end - start);
  for (let at = start; at < end; ) {
    const piece = await bytes.read(at, end - at);
    if (piece.length === 0) throw unreadable('The Parquet file ends too early.');
    all.set(piece, at - start);
    at += piece.length;
  }
  return all.buffer;
}

/** What is not a file of that kind is told of as such. */
const reading = <T>(work: () => Promise<T>): Promise<T> =>
  work().catch((error: Error) => {
    if (error instanceof StatesError || error instanceof FlowbeatError) throw error;
    throw unreadable(`The Parquet file cannot be read: ${error.message}.`);
  });

/** A value as JSON has it: whole numbers that no number holds exactly as text, moments in ISO 8601, bytes in base64, what is no number as null. */
function plain(value: unknown): Json {
  switch (typeof value) {
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'string':
    case 'boolean':
      return value;
    case 'object':
      if (value instanceof Date) return value.toJSON();
      if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
      if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value as unknown as unknown[], plain);
      return value && Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
    default:
      return null;
  }
}
