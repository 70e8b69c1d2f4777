import type { Json } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';
import type { Meter } from '#engine/jsonata/meter';

/**
 * Takes the fuel for walking a value with all that is in it, `cost` for each value, before it is walked; parts that stand in several places count each time. Returns how many characters it has as JSON at
 * least. Throws `BoundReached`.
 */
export const weigh = (value: Json, cost: number, meter: Meter, level = 0): number => {
  meter.burn(cost);
  if (level > meter.bounds.depth) meter.tooDeep();
  if (typeof value === 'string') {
    meter.text(value.length);
    return value.length + 2;
  }
  let length = 2;
  if (isArray(value)) for (const item of value) length += 1 + weigh(item, cost, meter, level + 1);
  else if (isObject(value)) {
    // A fifth of the time of `Object.entries`, and never slow as a look-up by name may be, whatever shapes have been here before.
    for (const name of Object.keys(value)) {
      meter.text(name.length);
      length += name.length + 4;
    }
    for (const item of Object.values(value)) length += weigh(item as Json, cost, meter, level + 1);
  }
  return length;
};
