/** Values made booleans, texts and copies, and compared. Each walk over a value takes fuel for what it sees. */
import { raise } from '#engine/jsonata/error';
import type { Meter } from '#engine/jsonata/meter';
import { Callable, isList, isRecord, put, Sequence, type Value } from '#engine/jsonata/values/value';

/** Whether a value counts as true (docs.jsonata.org, "$boolean()"); nothing for nothing. */
export const toBoolean = (value: Value, meter: Meter): boolean | undefined => {
  switch (typeof value) {
    case 'undefined':
      return undefined;
    case 'boolean':
      return value;
    case 'string':
      return value.length > 0;
    case 'number':
      if (!Number.isFinite(value) && !Number.isNaN(value)) raise('D1001', `Number out of range: ${value}`);
      return value !== 0 && !Number.isNaN(value);
    default:
      if (value === null || value instanceof Callable) return false;
      if (!isList(value)) {
        for (const key in value) if (Object.hasOwn(value, key)) return true;
        return false;
      }
      meter.burn(value.length);
      return value.some((item) => toBoolean(item, meter) === true);
  }
};

/** True where two values are the same all the way down; functions are where they are one. */
export const sameValue = (left: Value, right: Value, meter: Meter): boolean => {
  if (left === right) {
    if (typeof left === 'string') meter.text(left.length);
    return true;
  }
  meter.burn(4);
  if (isList(left))
    return isList(right) && left.length === right.length && left.every((item, i) => sameValue(item, right[i], meter));
  if (!isRecord(left) || !isRecord(right)) return false;
  const keys = Object.keys(left);
  meter.burn(4 + 3 * keys.length);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameValue(left[key], right[key], meter))
  );
};

/** A number as `$string` shows it: fifteen digits, so that 0.1 + 0.2 is 0.3. */
const shownNumber = (value: number): number => (Number.isInteger(value) ? value : Number(value.toPrecision(15)));

const finite = (value: number): number =>
  Number.isFinite(value) || Number.isNaN(value) ? value : raise('D1001', `Number out of range: ${value}`);

/** A text of a value (docs.jsonata.org, "$string()"): JSON of what is no text yet. */
export const toText = (value: Exclude<Value, undefined>, meter: Meter, pretty = false): string => {
  if (typeof value === 'string') return value;
  if (value instanceof Callable) return '';
  if (typeof value === 'number' && !Number.isFinite(value))
    return raise('D3001', 'Attempting to invoke string function on Infinity or NaN');
  const inner = value instanceof Sequence && value.outer ? value[0] : value;
  return writeJson(inner, meter, pretty ? '\n' : '');
};

/** JSON with two blanks an indent; `line` is the line break and indent so far, empty for no breaks at all. */
const writeJson = (value: Value, meter: Meter, line: string): string => {
  meter.burn(line === '' ? 4 : 8);
  if (typeof value === 'number') return Number.isNaN(value) ? 'null' : JSON.stringify(shownNumber(finite(value)));
  if (value instanceof Callable) return '""';
  if (value === undefined) return 'null';
  if (typeof value === 'string') {
    meter.text(value.length);
    return JSON.stringify(value);
  }
  if (typeof value !== 'object' || value === null) return String(value);
  const inner = line === '' ? '' : `${line}  `;
  const parts: string[] = [];
  let length = 2;
  const add = (part: string): void => {
    parts.push(part);
    length += part.length + 1 + inner.length;
    if (length > meter.bounds.size) meter.tooLarge(`a text of more than ${length} characters`);
  };
  if (isList(value)) for (const item of value) add(inner + writeJson(item, meter, inner));
  else
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      add(`${inner}${JSON.stringify(key)}:${line === '' ? '' : ' '}${writeJson(item, meter, inner)}`);
    }
  meter.text(length);
  const [open, close] = isList(value) ? '[]' : '{}';
  return parts.length === 0 ? `${open}${close}` : `${open}${parts.join(',')}${line}${close}`;
};

/** What a list or an object takes beside its items, and a member. */
const listCost = 4;
const memberCost = 3;

/** A copy that shares nothing, as JSON would make it: members without a value are left out, functions are empty texts. */
export const copyOf = (value: Value, meter: Meter): Value => {
  meter.burn(2);
  if (typeof value === 'number') return Number.isNaN(value) ? null : shownNumber(finite(value));
  if (value instanceof Callable) return '';
  if (isList(value)) {
    meter.burn(listCost);
    return Array.from(value, (item) => (item === undefined ? null : copyOf(item, meter)));
  }
  if (!isRecord(value)) return value;
  const copy: { [key: string]: Value } = {};
  const members = Object.entries(value);
  meter.burn(listCost + memberCost * members.length);
  for (const [key, item] of members) if (item !== undefined) put(copy, key, copyOf(item, meter));
  return copy;
};

/**
 * Takes the fuel for whoever walks the value after the evaluation: parts that a value holds in several places, which take memory once, are walked each
 * time. Throws `BoundReached`.
 */
export const measure = (value: Value, meter: Meter, level = 0): void => {
  meter.burn(1);
  if (typeof value === 'string') meter.text(value.length);
  if (typeof value !== 'object' || value === null || value instanceof Callable) return;
  if (level > meter.bounds.depth) meter.tooDeep();
  if (isList(value)) for (const item of value) measure(item, meter, level + 1);
  else for (const key of Object.keys(value)) measure(value[key], meter, level + 1);
};

/** Two values one after another, lists joined (docs.jsonata.org, "$append()"). */
export const append = (left: Value, right: Value, meter: Meter): Value => {
  if (left === undefined) return right;
  if (right === undefined) return left;
  const joined: Value[] = [];
  meter.items((isList(left) ? left.length : 1) + (isList(right) ? right.length : 1));
  if (isList(left)) for (const item of left) joined.push(item);
  else joined.push(left);
  if (isList(right)) for (const item of right) joined.push(item);
  else joined.push(right);
  return joined;
};
