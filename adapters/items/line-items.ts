import { Gathered, parseJson } from '#adapters/items/json-text';
import type { Item } from '#ports/item-store';

const NEW_LINE = 0x0a;

/** Lines with where each begins, without what ends them. `pieces`: from `offset` on. */
export async function* linesFrom(
  pieces: AsyncIterable<Uint8Array>,
  offset: number,
): AsyncGenerator<{ readonly line: Uint8Array; readonly at: number }, void, undefined> {
  const text = new Gathered();
  let start = offset;
  for await (const piece of pieces) {
    let from = 0;
    for (let end = piece.indexOf(NEW_LINE); end >= 0; end = piece.indexOf(NEW_LINE, from)) {
      text.add(piece.subarray(from, end), start);
      const length = text.length;
      yield { line: text.take(), at: start };
      start += length + 1;
      from = end + 1;
    }
    text.add(piece.subarray(from), start);
  }
  if (text.length > 0) yield { line: text.take(), at: start };
}

/** JSON Lines: a value a line; blank lines are none. Throws `StatesError`. */
export async function* jsonLines(
  pieces: AsyncIterable<Uint8Array>,
  offset: number,
): AsyncGenerator<Item, void, undefined> {
  for await (const { line, at } of linesFrom(pieces, offset)) {
    const text = at === 0 && line[0] === 0xef ? line.subarray(3) : line;
    if (text.some((byte) => byte !== 0x20 && byte !== 0x0d && byte !== 0x09))
      yield { value: parseJson(text, at), cursor: at };
  }
}
