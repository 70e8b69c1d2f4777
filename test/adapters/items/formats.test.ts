import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bytes } from '#adapters/items/buckets';
import { csvHead, csvItems, delimiterOf } from '#adapters/items/csv-items';
import { findItems, jsonItems } from '#adapters/items/json-items';
import { jsonLines } from '#adapters/items/line-items';
import { piecesFrom } from '#adapters/items/pieces';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';
import type { Item } from '#ports/item-store';

/** A text in pieces of a size, from an offset on. */
const piecesOf = (text: string, size: number) =>
  async function* (offset = 0): AsyncGenerator<Uint8Array> {
    const bytes = new TextEncoder().encode(text);
    for (let at = offset; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };

async function all(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** The values; of members of an object with their keys. */
const values = (items: readonly Item[]): readonly Json[] =>
  items.map(({ key, value }) => (key === undefined ? value : { Key: key, Value: value }));

/** Each value in a value, with the pointer to it. */
function* pointersInto(value: Json, pointer = ''): Generator<readonly [string, Json]> {
  yield [pointer, value];
  if (!isArray(value) && !isObject(value)) return;
  for (const [key, inner] of Object.entries(value) as [string, Json][])
    yield* pointersInto(inner, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
}

/** Reads everything, then again from each cursor: what follows must be the same. */
async function readsOn(read: (cursor: Json | undefined) => AsyncIterable<Item>, expected: readonly Json[]) {
  const whole = await all(read(undefined));
  expect(values(whole)).toEqual(expected);
  for (const [i, { cursor }] of whole.entries()) expect(await all(read(cursor))).toEqual(whole.slice(i));
}

const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as Json);
const size = fc.integer({ min: 1, max: 40 });

describe('JSON', () => {
  const reader = async (text: string, pointer: string, pieceSize: number) => {
    const pieces = piecesOf(text, pieceSize);
    const place = await findItems(pieces(), pointer);
    return (cursor: Json | undefined) => {
      const at = typeof cursor === 'number' ? cursor : place.at;
      return jsonItems(pieces(at), { at, kind: place.kind });
    };
  };

  test('an array of anything, in pieces of any size, from every cursor', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(json, { maxLength: 8 }),
        size,
        fc.constantFrom(undefined, 2),
        async (items, pieceSize, indent) =>
          readsOn(await reader(JSON.stringify(items, null, indent), '', pieceSize), items),
      ),
      { numRuns: 300 },
    ));

  test('the members of an object', () =>
    fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), json, { maxKeys: 6 }), size, async (object, pieceSize) => {
        const plain = JSON.parse(JSON.stringify(object)) as { readonly [key: string]: Json };
        const items = Object.entries(plain).map(([Key, Value]) => ({ Key, Value }));
        await readsOn(await reader(JSON.stringify(plain), '', pieceSize), items);
      }),
      { numRuns: 200 },
    ));

  test('what any pointer into any text leads to', () =>
    fc.assert(
      fc.asyncProperty(json, size, fc.constantFrom(undefined, 1), async (value, pieceSize, indent) => {
        const text = JSON.stringify(value, null, indent);
        for (const [pointer, inner] of pointersInto(value)) {
          const read = async () => values(await all((await reader(text, pointer, pieceSize))(undefined)));
          const items = isObject(inner) ? Object.entries(inner).map(([Key, Value]) => ({ Key, Value })) : inner;
          if (isArray(items)) expect(await read()).toEqual(items);
          else await expect(read()).rejects.toThrow('Attempting to map over non-iterable node.');
        }
      }),
      { numRuns: 200 },
    ));

  test.each([
    ['{"a":[[1],[2,[3]]]}', '/a/1', [2, [3]]],
    ['{"a":{"b":[1]},"c":{"b":[2]}}', '/c/b', [2]],
    ['{"a":"[0]","b":[[7]]}', '/b/0', [7]],
    ['\uFEFF[1,2]', '', [1, 2]],
    [' [ ] ', '', []],
  ])('%s at %s', async (text, pointer, items) => {
    for (const pieceSize of [1, 3, 100]) await readsOn(await reader(text, pointer, pieceSize), items);
  });

  test.each([
    ['7', '', 'Attempting to map over non-iterable node.'],
    ['"[1]"', '', 'Attempting to map over non-iterable node.'],
    ['{"a":1}', '/a', 'Attempting to map over non-iterable node.'],
    ['{"a":[1]}', '/b', 'The provided ReaderConfig.ItemsPointer does not match any valid path in the JSON structure.'],
    ['', '', 'The object is empty.'],
    ['{"a":[1]}', 'a', "'ItemsPointer' must be a JSON pointer"],
    ['[1,2', '', 'The JSON text ends in the middle.'],
    ['[1,,2]', '', 'An item is missing before byte 3.'],
    ['[1,]', '', 'An item is missing before byte 3.'],
    ['[1 2]', '', 'What begins at byte 1 is not JSON'],
    ['[tru]', '', 'What begins at byte 1 is not JSON'],
    ['[1}]', '', 'There is a bracket at byte 2 that nothing opened.'],
    [`[${'['.repeat(2000)}${']'.repeat(2000)}]`, '', 'levels deep'],
  ])('%s at "%s" is refused', async (text, pointer, message) => {
    const read = async () => all((await reader(text, pointer, 7))(undefined));
    await expect(read()).rejects.toThrow(message);
    await expect(read()).rejects.toMatchObject({ error: 'States.ItemReaderFailed' });
  });
});

describe('JSON Lines', () => {
  test('lines of anything, from every cursor', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(json, fc.constantFrom('\n', '\r\n', '\n\n', '\n  \n')), { maxLength: 8 }),
        size,
        async (lines, pieceSize) => {
          const pieces = piecesOf(lines.map(([value, end]) => JSON.stringify(value) + end).join(''), pieceSize);
          await readsOn(
            (cursor) => jsonLines(pieces(Number(cursor ?? 0)), Number(cursor ?? 0)),
            lines.map(([value]) => value),
          );
        },
      ),
      { numRuns: 300 },
    ));

  test('the last line needs no end', async () => {
    expect(values(await all(jsonLines(piecesOf('1\n{"a":2}', 4)(), 0)))).toEqual([1, { a: 2 }]);
  });
});

describe('CSV', () => {
  const quoted = (field: string, delimiter: string): string =>
    /["\r\n]/.test(field) || field.includes(delimiter) ? `"${field.replaceAll('"', '""')}"` : field;
  const field = fc.string({ unit: fc.constantFrom('a', 'é', '日', ' ', '"', ',', ';', '\n', '\r\n', '1') });

  test('records of any fields, in pieces of any size, from every cursor', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(field, field, field), { maxLength: 6 }),
        size,
        fc.constantFrom('\n', '\r\n'),
        fc.constantFrom(['COMMA', ','], ['SEMICOLON', ';'], ['TAB', '\t']),
        async (rows, pieceSize, end, [name, delimiter]) => {
          const config = { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW', CSVDelimiter: name as string };
          const lines = [['x', 'y', 'z'], ...rows].map((row) =>
            row.map((each) => quoted(each, delimiter as string)).join(delimiter),
          );
          const pieces = piecesOf(lines.map((line) => line + end).join(''), pieceSize);
          const { headers, at } = await csvHead(config, () => pieces());
          expect(headers).toEqual(['x', 'y', 'z']);
          await readsOn(
            (cursor) => csvItems(pieces(Number(cursor ?? at)), Number(cursor ?? at), headers, delimiter as string),
            rows.map(([x, y, z]) => ({ x, y, z })),
          );
        },
      ),
      { numRuns: 300 },
    ));
});

describe('CSV as AWS reads it', () => {
  const rows = async (text: string, config: JsonObject = {}) => {
    const found: (readonly Json[])[] = [];
    for (const pieceSize of [1, 3, 100]) {
      const pieces = piecesOf(text, pieceSize);
      const whole = { CSVHeaderLocation: 'GIVEN', CSVHeaders: ['a', 'b', 'c'], ...config };
      const { headers, at } = await csvHead(whole, () => pieces());
      found.push(values(await all(csvItems(pieces(at), at, headers, delimiterOf(whole)))));
    }
    expect(found[1]).toEqual(found[0]);
    expect(found[2]).toEqual(found[0]);
    return found[0];
  };
  const row = (a: string, b = '', c = '') => ({ a, b, c });

  // "How Step Functions parses input CSV files" has the first three.
  test.each([
    ['C:\\\\Program Files\\\\MyApp.exe,6534512', [row('C:\\Program Files\\MyApp.exe', '6534512')]],
    [
      '123,"commas, a quote (""), and a newline (\n)",{""MyKey"":""MyValue""}',
      [row('123', 'commas, a quote ("), and a newline (\n)', '{"MyKey":"MyValue"}')],
    ],
    ['a\\,b,c\\xd,\\"e\\"', [row('a,b', 'cxd', '"e"')]],
    ['"a\\"b,","c\\\\"', [row('a"b,', 'c\\')]],
    ['5" pipe,"",x', [row('5" pipe', '', 'x')]],
    ['"a"b,"""c""",d"', [row('ab', '"c"', 'd"')]],
    ['1,2,3,4\r\n\r\n5\r6\n\n   \n', [row('1', '2', '3'), row('5'), row('6'), row('   ')]],
    ['\uFEFFa,\uFEFFb', [row('a', '\uFEFFb')]],
    ['""', [row('')]],
    [',,,', [row('')]],
    ['', []],
  ])('%j', async (text, expected) => expect(await rows(text)).toEqual(expected));

  test('headers of the first row, whatever the delimiter', async () => {
    const config = { CSVHeaderLocation: 'FIRST_ROW' };
    for (const [name, delimiter] of [
      ['PIPE', '|'],
      ['SPACE', ' '],
      ['TAB', '\t'],
      ['SEMICOLON', ';'],
      ['COMMA', ','],
    ])
      expect(
        await rows(`\uFEFFx${delimiter}y\n1\\${delimiter}${delimiter}2`, { ...config, CSVDelimiter: name as string }),
      ).toEqual([{ x: `1${delimiter}`, y: '2' }]);
    expect(await rows('x,y', config)).toEqual([]);
    await expect(rows('x,x\n1,2', config)).rejects.toThrow('CSV headers cannot contain duplicates.');
  });

  test('a quote that nothing closes is told of', () =>
    expect(rows('1,2\n"3,4\n5,6\n')).rejects.toThrow('The record that begins at byte 4 ends between quotes.'));
});

test('pieces grow, and reading a little asks for little', async () => {
  const asked: number[] = [];
  const bytes: Bytes = {
    etag: '',
    size: 10 * 1024 * 1024,
    read: async (_, length) => {
      asked.push(length);
      return new Uint8Array(length);
    },
  };
  for await (const piece of piecesFrom(bytes, 0)) if (piece.length > 0) break;
  expect(asked).toEqual([16_384]);
  let most = 0;
  for await (const piece of piecesFrom(bytes, 5)) most = Math.max(most, piece.length);
  expect(most).toBe(1024 * 1024);
});
