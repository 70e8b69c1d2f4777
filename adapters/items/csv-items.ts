import { Readable } from 'node:stream';
import { unreadable } from '#adapters/items/buckets';
import type { Json, JsonObject } from '#engine/json';
import { isArray } from '#engine/json-values';
import type { Item } from '#ports/item-store';

const DELIMITERS = { COMMA: ',', PIPE: '|', SEMICOLON: ';', SPACE: ' ', TAB: '\t' } as const;

/** The delimiter that a `ReaderConfig` names. */
export const delimiterOf = ({ CSVDelimiter: name }: JsonObject): string =>
  DELIMITERS[(name ?? 'COMMA') as keyof typeof DELIMITERS] ?? ',';

/** A record of a CSV text, and where it begins. */
export interface CsvRecord {
  readonly fields: readonly string[];
  readonly at: number;
  /** Where it ends: the next one begins there. */
  readonly end: number;
}

/** The records of a CSV text (RFC 4180) from an offset on, at which one begins. Lines without a character are none. Throws `StatesError`. */
export async function* csvRecords(
  pieces: AsyncIterable<Uint8Array>,
  offset: number,
  delimiter: string,
): AsyncGenerator<CsvRecord, void, undefined> {
  const { parse } = await import('csv-parse');
  const parser = parse({
    delimiter,
    bom: offset === 0,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n', '\r'],
  });
  const source = Readable.from(pieces, { objectMode: false });
  source.on('error', (error) => parser.destroy(error));
  let at = offset;
  try {
    for await (const { record, info } of source.pipe(parser)) {
      const end = offset + info.bytes;
      yield { fields: record as readonly string[], at, end };
      at = end;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('CSV_')) throw unreadable(`The CSV text cannot be read: ${message}`);
    throw error;
  } finally {
    source.destroy();
    parser.destroy();
  }
}

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
