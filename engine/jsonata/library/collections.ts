/** Arrays, objects and functions of functions (docs.jsonata.org, "Array functions", "Object functions", "Higher order functions"). */

import { randomWork } from '#engine/expression/hash';
import { raise } from '#engine/jsonata/error';
import { define, defineOf, type Library } from '#engine/jsonata/library/define';
import { areNumbers } from '#engine/jsonata/library/numbers';
import type { Meter } from '#engine/jsonata/meter';
import { isNumeric } from '#engine/jsonata/nodes/operators';
import { apply, callBack } from '#engine/jsonata/values/call';
import { append, copyOf, sameValue, toBoolean } from '#engine/jsonata/values/convert';
import { mergeSort } from '#engine/jsonata/values/merge-sort';
import {
  Callable,
  type Frame,
  isList,
  isRecord,
  type Machine,
  own,
  put,
  Sequence,
  type Value,
  type ValueObject,
} from '#engine/jsonata/values/value';

const list = (value: Value): readonly Value[] => value as readonly Value[];

const map = (items: readonly Value[], work: Value, machine: Machine, frame: Frame): Value => {
  const results = new Sequence();
  for (let i = 0; i < items.length; i++) {
    const result = callBack(work, [items[i], i, items], frame, machine);
    if (result !== undefined) results.push(result);
  }
  return results;
};

const filter = (items: readonly Value[], test: Value, machine: Machine, frame: Frame): Value => {
  const kept = new Sequence();
  for (let i = 0; i < items.length; i++)
    if (toBoolean(callBack(test, [items[i], i, items], frame, machine), machine.meter) === true) kept.push(items[i]);
  return kept;
};

const single = (items: readonly Value[], test: Value, machine: Machine, frame: Frame): Value => {
  let found: { readonly item: Value } | undefined;
  for (let i = 0; i < items.length; i++) {
    machine.meter.burn(1);
    if (test !== undefined && toBoolean(callBack(test, [items[i], i, items], frame, machine), machine.meter) !== true)
      continue;
    if (found !== undefined)
      raise('D3138', 'The $single() function expected exactly 1 matching result.  Instead it matched more.');
    found = { item: items[i] };
  }
  return found === undefined
    ? raise('D3139', 'The $single() function expected exactly 1 matching result.  Instead it matched 0.')
    : found.item;
};

const reduce = (items: readonly Value[], work: Value, first: Value, machine: Machine, frame: Frame): Value => {
  const arity = work instanceof Callable ? work.arity : 0;
  if (arity < 2)
    raise('D3050', 'The second argument of reduce function must be a function with at least two arguments');
  const fromItems = first === undefined && items.length > 0;
  let result = fromItems ? items[0] : first;
  for (let i = fromItems ? 1 : 0; i < items.length; i++)
    result = apply(work, [result, items[i], i, items].slice(0, arity), null, frame, machine);
  return result;
};

const zip = (lists: readonly Value[], meter: Meter): Value => {
  meter.burn(28 + lists.length);
  const length = lists.reduce<number>(
    (least, each) => Math.min(least, isList(each) ? each.length : 0),
    Number.MAX_SAFE_INTEGER,
  );
  const rows: Value[] = [];
  for (let i = 0; i < length; i++) {
    meter.items(4 + 2 * lists.length);
    rows.push(lists.map((each) => list(each)[i]));
  }
  return rows;
};

const sort = (items: readonly Value[], compare: Value, machine: Machine, frame: Frame): Value => {
  if (items.length <= 1) return items;
  if (compare !== undefined)
    return mergeSort(
      items,
      (a, b) => toBoolean(apply(compare, [a, b], null, frame, machine), machine.meter) === true,
      machine.meter,
    );
  if (!areNumbers(items) && !items.every((item) => typeof item === 'string'))
    raise(
      'D3070',
      'The single argument form of the sort function can only be applied to an array of strings or an array of numbers.  Use the second argument to specify a comparison function',
    );
  return mergeSort(items as readonly (string | number)[], (a, b) => a > b, machine.meter);
};

const reverse = (items: readonly Value[], meter: Meter): Value => {
  if (items.length <= 1) return items;
  meter.items(items.length);
  return Array.from(items, (_, i) => items[items.length - 1 - i]);
};

const shuffle = (items: readonly Value[], machine: Machine): Value => {
  if (items.length <= 1) return items;
  machine.meter.items(items.length);
  machine.meter.burn(randomWork * items.length);
  const mixed = Array.from(items);
  for (let i = mixed.length - 1; i > 0; i--) {
    const other = Math.floor(machine.host.random() * (i + 1));
    [mixed[i], mixed[other]] = [mixed[other], mixed[i]];
  }
  return mixed;
};

const distinct = (value: Value, meter: Meter): Value => {
  if (!isList(value) || value.length <= 1) return value;
  const kept: Value[] = value instanceof Sequence ? new Sequence() : [];
  const plain = new Set<Value>();
  const others: Value[] = [];
  for (const item of value) {
    meter.burn(4);
    if (typeof item === 'object' && item !== null) {
      if (others.some((other) => sameValue(item, other, meter))) continue;
      others.push(item);
    } else {
      if (plain.has(item) && !Number.isNaN(item)) continue;
      plain.add(item);
    }
    kept.push(item);
  }
  return kept;
};

const keys = (value: Value, meter: Meter): Value => {
  const found = new Sequence();
  if (isList(value)) {
    const seen: { [key: string]: Value } = {};
    for (const item of value) {
      meter.burn(10);
      for (const key of list(keys(item, meter))) put(seen, String(key), true);
    }
    return keys(seen, meter);
  }
  if (isRecord(value))
    for (const key of Object.keys(value)) {
      meter.burn(40);
      found.push(key);
    }
  return found;
};

/** A member of an object, or of each object of a list. */
export const lookup = (value: Value, key: string, meter: Meter): Value => {
  // A long name is read from its first character to its last each time.
  if (key.length > 1_000) meter.text(key.length);
  if (isList(value)) {
    const found = new Sequence();
    for (const item of value) {
      meter.burn(1);
      const inner = lookup(item, key, meter);
      if (isList(inner)) {
        meter.burn(inner.length);
        for (const each of inner) found.push(each);
      } else if (inner !== undefined) found.push(inner);
    }
    return found;
  }
  return isRecord(value) ? own(value, key) : undefined;
};

const spread = (value: Value, meter: Meter): Value => {
  if (isList(value)) {
    // What the items come to is an array, even of one.
    const all: Value[] = value.length === 0 ? new Sequence() : [];
    for (const item of value) {
      const inner = spread(item, meter);
      if (isList(inner)) for (const each of inner) all.push(each);
      else if (inner !== undefined) all.push(inner);
    }
    meter.burn(all.length);
    return all;
  }
  if (!isRecord(value)) return value;
  const parts = new Sequence();
  for (const [key, item] of Object.entries(value)) {
    meter.burn(12);
    const part: { [key: string]: Value } = {};
    put(part, key, item);
    parts.push(part);
  }
  return parts;
};

/** Of a member: an object that grows far has a shape of its own at each step. */
const mergeCost = 46;

const merge = (objects: readonly Value[], meter: Meter): Value => {
  const merged: { [key: string]: Value } = {};
  for (const object of objects)
    for (const [key, item] of Object.entries(object as ValueObject)) {
      meter.burn(mergeCost);
      put(merged, key, item);
    }
  return merged;
};

const entries = (value: Value): readonly (readonly [string, Value])[] =>
  isRecord(value) || isList(value) ? Object.entries(value) : [];

const each = (object: Value, work: Value, machine: Machine, frame: Frame): Value => {
  const results = new Sequence();
  for (const [key, item] of entries(object)) {
    const result = callBack(work, [item, key, object], frame, machine);
    if (result !== undefined) results.push(result);
  }
  return results;
};

const sift = (object: Value, test: Value, machine: Machine, frame: Frame): Value => {
  const kept: { [key: string]: Value } = {};
  let some = false;
  for (const [key, item] of entries(object)) {
    if (toBoolean(callBack(test, [item, key, object], frame, machine), machine.meter) !== true) continue;
    put(kept, key, item);
    some = true;
  }
  return some ? kept : undefined;
};

const typeOf = (value: Exclude<Value, undefined>): string => {
  if (value === null) return 'null';
  // NaN is called an object, as the reference does: it is no number that JSON has.
  if (typeof value === 'number') return isNumeric(value) ? 'number' : 'object';
  if (typeof value !== 'object') return typeof value;
  if (isList(value)) return 'array';
  return value instanceof Callable ? 'function' : 'object';
};

/** `$clone`. */
export const clone = defineOf('clone', '<(oa)-:o>', 1, ([value], machine) => copyOf(value, machine.meter));

/** Their names and what they do. */
export const collectionLibrary: Library = [
  defineOf('map', '<af>', 2, ([items, work], machine, _input, frame) => map(list(items), work, machine, frame)),
  defineOf('filter', '<af>', 2, ([items, test], machine, _input, frame) => filter(list(items), test, machine, frame)),
  defineOf('single', '<af?>', 2, ([items, test], machine, _input, frame) => single(list(items), test, machine, frame)),
  defineOf('reduce', '<afj?:j>', 3, ([items, work, first], machine, _input, frame) =>
    reduce(list(items), work, first, machine, frame),
  ),
  define('zip', '<a+>', 0, (lists, machine) => zip(lists, machine.meter)),
  defineOf('sort', '<af?:a>', 2, ([items, compare], machine, _input, frame) =>
    sort(list(items), compare, machine, frame),
  ),
  defineOf('reverse', '<a:a>', 1, ([items], machine) => reverse(list(items), machine.meter)),
  defineOf('shuffle', '<a:a>', 1, ([items], machine) => shuffle(list(items), machine)),
  define('distinct', '<x:x>', 1, ([value], machine) => distinct(value, machine.meter)),
  define('append', '<xx:a>', 2, ([left, right], machine) => append(left, right, machine.meter)),
  define('keys', '<x-:a<s>>', 1, ([value], machine) => keys(value, machine.meter)),
  define('lookup', '<x-s:x>', 2, ([value, key], machine) => lookup(value, String(key), machine.meter)),
  define('spread', '<x-:a<o>>', 1, ([value], machine) => spread(value, machine.meter)),
  defineOf('merge', '<a<o>:o>', 1, ([objects], machine) => merge(list(objects), machine.meter)),
  define('each', '<o-f:a>', 2, ([object, work], machine, _input, frame) => each(object, work, machine, frame)),
  define('sift', '<o-f?:o>', 2, ([object, test], machine, _input, frame) =>
    test === undefined
      ? raise('T0410', 'Argument 2 of function does not match function signature')
      : sift(object, test, machine, frame),
  ),
  defineOf('type', '<x:s>', 1, ([value]) => typeOf(value as Exclude<Value, undefined>)),
  clone,
];
