import type { Bytes } from '#adapters/items/buckets';

const FIRST_PIECE = 16 * 1024;
const LARGEST_PIECE = 1024 * 1024;

/** The bytes from an offset on, in pieces that grow: who wants little reads little. */
export async function* piecesFrom(bytes: Bytes, offset: number): AsyncGenerator<Uint8Array, void, undefined> {
  let length = FIRST_PIECE;
  for (let at = offset; at < bytes.size; ) {
    const piece = await bytes.read(at, Math.min(length, bytes.size - at));
    if (piece.length === 0) return;
    yield piece;
    at += piece.length;
    length = Math.min(length * 2, LARGEST_PIECE);
  }
}
