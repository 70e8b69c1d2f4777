import { unreadable } from '#adapters/items/buckets';
import { decoded, LARGEST_ITEM } from '#adapters/items/json-text';

const [QUOTE, BACKSLASH, LF, CR] = [0x22, 0x5c, 0x0a, 0x0d];

/** A record of a CSV text: its fields, where it begins and where it ends, in bytes. */
export interface CsvRecord {
  readonly fields: readonly string[];
  readonly at: number;
  readonly end: number;
}

/**
 * Where the reader of a record is:
 * - `between`: no byte of it has come;
 * - `start`: at the begin of a field;
 * - `plain`: in a field or a part of one without quotes;
 * - `quoted`: between quotes;
 * - `closing`: behind a quote between quotes, which ends them unless another one follows;
 * - `stray`: behind a quote in the middle of a plain field, which is itself; a doubled one is one.
 */
type Place = 'between' | 'start' | 'plain' | 'quoted' | 'closing' | 'stray';

/**
 * The records of a CSV text from an offset on, at which one begins: RFC 4180, and as AWS reads it ("How Step Functions parses input CSV files"). A backslash before a
 * backslash, a quote or the delimiter stands for that one, and before anything else for nothing; quotes may be doubled in fields without quotes too. A record ends
 * with a line feed, a carriage return or both; lines without a character are none.
 *
 * No library: none that tells the byte at which a record begins knows the backslash outside of quotes. All that has a meaning is one byte in UTF-8. Throws `StatesError`.
 */
export async function* csvRecords(
  pieces: AsyncIterable<Uint8Array>,
  offset: number,
  delimiter: string,
): AsyncGenerator<CsvRecord, void, undefined> {
  const separator = delimiter.charCodeAt(0);
  let fields: string[] = [];
  let field = Buffer.allocUnsafe(256);
  let length = 0;
  let place: Place = 'between';
  let escaping = false;
  let begin = offset;
  let at = offset - 1;
  const add = (byte: number): void => {
    if (at - begin > LARGEST_ITEM)
      throw unreadable(`The record that begins at byte ${begin} is too long for one item: is a quote missing?`);
    if (length === field.length) field = Buffer.concat([field], length * 2);
    field[length++] = byte;
  };
  const endField = (): void => {
    if (place === 'stray') add(QUOTE);
    fields.push(decoded(field.subarray(0, length), begin));
    length = 0;
  };
  const endRecord = (end: number): CsvRecord => {
    endField();
    const record = { fields, at: begin, end };
    fields = [];
    place = 'between';
    return record;
  };
  for await (const piece of pieces) {
    for (const byte of piece) {
      at++;
      if (at < 3 && offset === 0 && byte === BYTE_ORDER_MARK[at]) continue;
      if (place === 'between') {
        if (byte === LF || byte === CR) continue;
        begin = at;
        place = 'start';
      }
      if (escaping) {
        escaping = false;
        if (byte === BACKSLASH || byte === QUOTE || byte === separator) {
          add(byte);
          continue;
        }
      }
      if (byte === QUOTE) {
        if (place === 'closing' || place === 'stray') add(QUOTE);
        place = AFTER_QUOTE[place];
        continue;
      }
      if (place === 'closing') place = 'plain';
      if (place === 'stray') {
        add(QUOTE);
        place = 'plain';
      }
      if (byte === BACKSLASH) {
        escaping = true;
        if (place === 'start') place = 'plain';
      } else if (place === 'quoted') add(byte);
      else if (byte === separator) {
        endField();
        place = 'start';
      } else if (byte === LF || byte === CR) yield endRecord(at + 1);
      else {
        add(byte);
        place = 'plain';
      }
    }
  }
  if (place === 'quoted') throw unreadable(`The record that begins at byte ${begin} ends between quotes.`);
  if (place !== 'between') yield endRecord(at + 1);
}

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

const AFTER_QUOTE: { readonly [place in Place]: Place } = {
  between: 'quoted',
  start: 'quoted',
  plain: 'stray',
  quoted: 'closing',
  closing: 'quoted',
  stray: 'plain',
};
