/**
 * The items of a JSON text: the elements of an array, or the members of an object. The text is gone through byte by byte, and only one element at a time is made:
 * all that has a meaning outside of strings is one byte in UTF-8.
 */
import { unreadable } from '#adapters/items/buckets';
import { Gathered, parseJson } from '#adapters/items/json-text';
import type { Json } from '#engine/json';
import type { Item } from '#ports/item-store';

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Where the items are in a text. */
export interface ItemsPlace {
  /** Behind the bracket. */
  readonly at: number;
  readonly kind: 'array' | 'object';
}

/** The pieces of a text from its byte 0 on. */
type Pieces = AsyncIterable<Uint8Array>;

/** What a value in JSON is inside of, on the way to the one that is looked for. */
interface Level {
  readonly kind: 'array' | 'object';
  /** Of the element that is read. */
  index: number;
  /** Of the member that is read; undefined before it is known. */
  key: string | undefined;
}

/** Finds the array or the object that a JSON pointer (RFC 6901) leads to; the empty one to the whole text. Throws `StatesError`. */
export async function findItems(pieces: Pieces, pointer: string): Promise<ItemsPlace> {
  if (pointer !== '' && !pointer.startsWith('/'))
    throw unreadable(`'ItemsPointer' must be a JSON pointer, which begins with a slash: ${pointer}`);
  const path = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const levels: Level[] = [];
  const text = new Gathered();
  let [inString, escaped, started] = [false, false, false];
  /** Whether the string that is read is a key on the way. */
  let isKey = false;
  let textAt = 0;
  let offset = -1;
  /** Levels whose place is that of the path, from the outermost on. */
  let matching = 0;
  for await (const piece of pieces) {
    let from = 0;
    for (let i = 0; i < piece.length; i++) {
      offset++;
      const byte = piece[i] as number;
      const level = levels.at(-1);
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) {
          inString = false;
          if (level && isKey) {
            text.add(piece.subarray(from, i + 1), textAt);
            level.key = parseJson(text.take(), textAt) as string;
          }
        }
        continue;
      }
      if (isBlank(byte) || (offset < 3 && isMark(byte, offset))) continue;
      const isValue = byte !== COMMA && byte !== COLON && byte !== CLOSE_ARRAY && byte !== CLOSE_OBJECT;
      if (isValue && !started && (level === undefined || level.kind === 'array' || level.key !== undefined)) {
        // A value begins here: is it what the path leads to?
        started = true;
        const here =
          level === undefined || (matching === levels.length - 1 && partOf(level) === path[levels.length - 1]);
        if (here && levels.length === path.length) {
          if (byte === OPEN_ARRAY || byte === OPEN_OBJECT)
            return { at: offset + 1, kind: byte === OPEN_ARRAY ? 'array' : 'object' };
          throw notIterable();
        }
        if (here) matching = levels.length;
      }
      switch (byte) {
        case QUOTE:
          inString = true;
          isKey = level?.kind === 'object' && level.key === undefined && matching === levels.length - 1;
          from = i;
          textAt = offset;
          break;
        case OPEN_ARRAY:
        case OPEN_OBJECT:
          levels.push({ kind: byte === OPEN_ARRAY ? 'array' : 'object', index: 0, key: undefined });
          started = false;
          break;
        case CLOSE_ARRAY:
        case CLOSE_OBJECT:
          levels.pop();
          matching = Math.min(matching, Math.max(0, levels.length - 1));
          started = true;
          break;
        case COMMA:
          if (level) {
            level.index++;
            level.key = undefined;
            matching = Math.min(matching, levels.length - 1);
          }
          started = false;
          break;
        default:
      }
    }
    if (inString && isKey) text.add(piece.subarray(from), textAt);
  }
  if (offset < 0) throw unreadable('The object is empty.');
  if (path.length === 0) throw notIterable();
  throw unreadable('The provided ReaderConfig.ItemsPointer does not match any valid path in the JSON structure.');
}

/** A byte order mark may stand before a text. */
const isMark = (byte: number, offset: number): boolean => byte === [0xef, 0xbb, 0xbf][offset];

const partOf = ({ kind, index, key }: Level): string | undefined => (kind === 'array' ? String(index) : key);

/** What is there has no items. AWS's words. */
const notIterable = () => unreadable('Attempting to map over non-iterable node.');

/** The items from an offset on, at which one begins, or blanks before it. `pieces`: from there on. Throws `StatesError`. */
export async function* jsonItems(pieces: Pieces, { at, kind }: ItemsPlace): AsyncGenerator<Item, void, undefined> {
  const close = kind === 'array' ? CLOSE_ARRAY : CLOSE_OBJECT;
  const text = new Gathered();
  let depth = 0;
  let [inString, escaped] = [false, false];
  let offset = at - 1;
  let start = at;
  let begun = false;
  let many = false;
  const itemOf = (bytes: Uint8Array): Item =>
    kind === 'array' ? { value: parseJson(bytes, start), cursor: start } : { ...memberOf(bytes, start), cursor: start };
  for await (const piece of pieces) {
    let from = 0;
    for (let i = 0; i < piece.length; i++) {
      offset++;
      const byte = piece[i] as number;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
        continue;
      }
      if (depth === 0 && (byte === COMMA || byte === close)) {
        if (begun) {
          text.add(piece.subarray(from, i), start);
          yield itemOf(text.take());
          many = true;
        } else if (byte === COMMA || many) throw unreadable(`An item is missing before byte ${offset}.`);
        if (byte === close) return;
        begun = false;
        continue;
      }
      if (!begun) {
        if (isBlank(byte)) continue;
        begun = true;
        start = offset;
        from = i;
      }
      if (byte === QUOTE) inString = true;
      else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth++;
      else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth--;
      if (depth < 0) throw unreadable(`There is a bracket at byte ${offset} that nothing opened.`);
    }
    if (begun) text.add(piece.subarray(from), start);
  }
  throw unreadable('The JSON text ends in the middle.');
}

/** A member of an object as an item: its key and its value. */
function memberOf(text: Uint8Array, offset: number): Pick<Item, 'key' | 'value'> {
  const [entry] = Object.entries(parseJson(text, offset, (inner) => `{${inner}}`) as { readonly [key: string]: Json });
  if (!entry) throw unreadable(`What begins at byte ${offset} is no member of an object.`);
  return { key: entry[0], value: entry[1] };
}
