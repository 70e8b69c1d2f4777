import { Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { type Bytes, unreadable } from '#adapters/items/buckets';

const FIRST_PIECE = 16 * 1024;
const LARGEST_PIECE = 1024 * 1024;

/** A text from an offset on, in pieces. */
export type Pieces = (offset: number) => AsyncIterable<Uint8Array>;

/** The text that an object holds: unpacked, where its key says that it is packed (AWS: "ItemReader (Map)", external compression types GZIP and ZSTD). */
export const textIn = (bytes: Bytes, key: string): Pieces => {
  const packed = PACKED.find(({ ending }) => ending.test(key));
  return packed ? (offset) => unpackedFrom(bytes, packed.unpacker(), offset) : (offset) => piecesFrom(bytes, offset);
};

const PACKED: readonly { readonly ending: RegExp; readonly unpacker: () => Transform }[] = [
  { ending: /\.gz(ip)?$/i, unpacker: createGunzip },
  { ending: /\.zst(d)?$/i, unpacker: createZstdDecompress },
];

/** The bytes from an offset on, in pieces that grow: who wants little reads little. */
export async function* piecesFrom(bytes: Bytes, offset: number): AsyncGenerator<Uint8Array, void, undefined> {
  let length = FIRST_PIECE;
  for (let at = offset; at < bytes.size; ) {
    const piece = await bytes.read(at, Math.min(length, bytes.size - at));
    if (piece.length === 0) throw unreadable(`The object ends at byte ${at} of ${bytes.size}.`);
    yield piece;
    at += piece.length;
    length = Math.min(length * 2, LARGEST_PIECE);
  }
}

/** To read from a place in a packed text, all before it is unpacked again. */
async function* unpackedFrom(
  bytes: Bytes,
  unpacker: Transform,
  offset: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = Readable.from(piecesFrom(bytes, 0), { objectMode: false });
  source.on('error', (error) => unpacker.destroy(error));
  let at = 0;
  try {
    for await (const piece of source.pipe(unpacker) as AsyncIterable<Uint8Array>) {
      const skip = Math.max(0, offset - at);
      at += piece.length;
      if (skip < piece.length) yield skip === 0 ? piece : piece.subarray(skip);
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== undefined && /^(Z_|ZSTD_)/.test(code)) throw unreadable(`An object cannot be unpacked: ${message}.`);
    throw error;
  } finally {
    source.destroy();
    unpacker.destroy();
  }
}
