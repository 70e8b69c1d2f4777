/** What a value has below it: `*` and `**`. */
import type { Meter } from '#engine/jsonata/meter';
import { isList, isRecord, Sequence, type Value } from '#engine/jsonata/values/value';

/** `*`: the values of all members, lists flattened. */
export const members = (input: Value, meter: Meter): Value => {
  const found = new Sequence();
  const object = input instanceof Sequence && input.outer && input.length > 0 ? input[0] : input;
  if (!isRecord(object) && !isList(object)) return found;
  let plain: Value[] = found;
  for (const value of isList(object) ? object : Object.values(object)) {
    meter.burn(1);
    if (isList(value)) {
      // A list was joined: the result is an array from here on.
      if (plain === found) plain = Array.from(found);
      flattenInto(plain, value, meter);
    } else plain.push(value);
  }
  return plain;
};

const flattenInto = (target: Value[], list: readonly Value[], meter: Meter): void => {
  meter.burn(list.length);
  for (const item of list) {
    if (isList(item)) flattenInto(target, item, meter);
    else target.push(item);
  }
};

/** `**`: the input and everything below it, lists apart. */
export const descendants = (input: Value, meter: Meter): Value => {
  if (input === undefined) return undefined;
  const found = new Sequence();
  gather(input, found, meter);
  return found.length === 1 ? found[0] : found;
};

const gather = (value: Value, found: Sequence, meter: Meter): void => {
  meter.burn(4);
  if (isList(value)) for (const item of value) gather(item, found, meter);
  else {
    found.push(value);
    if (isRecord(value)) for (const item of Object.values(value)) gather(item, found, meter);
  }
};
