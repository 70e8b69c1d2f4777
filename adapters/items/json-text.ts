import { unreadable } from '#adapters/items/buckets';
import { isPlainJson, maxChartDepth } from '#engine/chart/parse';
import type { Json } from '#engine/json';

/** The largest item, in bytes: it has to be in memory as a whole. */
export const LARGEST_ITEM = 64 * 1024 * 1024;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of what begins at an offset. Throws `StatesError` where it is not UTF-8. */
export function decoded(text: Uint8Array, offset: number): string {
  try {
    return decoder.decode(text);
  } catch {
    throw unreadable(`What begins at byte ${offset} is not UTF-8.`);
  }
}

/** Reads JSON text. Throws `StatesError` that tells where it is wrong. */
export function parseJson(bytes: Uint8Array, offset: number, wrap?: (text: string) => string): Json {
  const text = decoded(bytes, offset);
  let value: Json;
  try {
    value = JSON.parse(wrap ? wrap(text) : text) as Json;
  } catch (error) {
    throw unreadable(`What begins at byte ${offset} is not JSON: ${(error as Error).message}.`);
  }
  if (isPlainJson(value)) return value;
  throw unreadable(`What begins at byte ${offset} is nested more than ${maxChartDepth} levels deep.`);
}

/** Parts of something that came in several pieces. */
export class Gathered {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Throws `StatesError` where it becomes too large. */
  add(part: Uint8Array, offset: number): void {
    if (part.length === 0) return;
    this.#length += part.length;
    if (this.#length > LARGEST_ITEM)
      throw unreadable(
        `What begins at byte ${offset} is longer than ${LARGEST_ITEM / 1024 / 1024} MB: too long for one item.`,
      );
    this.#parts.push(part);
  }

  /** All of it; it is empty then. */
  take(): Uint8Array {
    const [only = new Uint8Array()] = this.#parts;
    const all = this.#parts.length < 2 ? only : Buffer.concat(this.#parts);
    this.#parts.length = 0;
    this.#length = 0;
    return all;
  }
}
