import { unreadable } from '#adapters/items/buckets';
import { csvRecords } from '#adapters/items/csv-records';
import type { Json, JsonObject } from '#engine/json';
import { isArray } from '#engine/json-values';
import type { Item } from '#ports/item-store';

const DELIMITERS = { COMMA: ',', PIPE: '|', SEMICOLON: ';', SPACE: ' ', TAB: '\t' } as const;

/** The delimiter that a `ReaderConfig` names. */
export const delimiterOf = ({ CSVDelimiter: name }: JsonObject): string =>
  DELIMITERS[(name ?? 'COMMA') as keyof typeof DELIMITERS] ?? ',';

/** What a CSV text's records are called, and where the first one begins. */
export interface CsvHead {
  readonly headers: readonly string[];
  readonly at: number;
}

/** The header of a CSV text: as the `ReaderConfig` gives it, or its first record. Throws `StatesError`. */
export async function csvHead(config: JsonObject, pieces: () => AsyncIterable<Uint8Array>): Promise<CsvHead> {
  const { CSVHeaderLocation: place, CSVHeaders: given } = config;
  if (place === 'GIVEN') return { headers: unique(isArray(given) ? given.map(String) : []), at: 0 };
  for await (const { fields, end } of csvRecords(pieces(), 0, delimiterOf(config)))
    return { headers: unique(fields), at: end };
  return { headers: [], at: 0 };
}

/** AWS's words. */
function unique(headers: readonly string[]): readonly string[] {
  if (new Set(headers).size < headers.length) throw unreadable('CSV headers cannot contain duplicates.');
  return headers;
}

/** The items of a CSV text: an object a record. Fields that are missing are empty, fields without a name are dropped. Throws `StatesError`. */
export async function* csvItems(
  pieces: AsyncIterable<Uint8Array>,
  offset: number,
  headers: readonly string[],
  delimiter: string,
): AsyncGenerator<Item, void, undefined> {
  for await (const { fields, at } of csvRecords(pieces, offset, delimiter))
    yield { value: named(headers, fields), cursor: at };
}

const named = (headers: readonly string[], fields: readonly string[]): Json =>
  Object.fromEntries(headers.map((header, i) => [header, fields[i] ?? '']));
