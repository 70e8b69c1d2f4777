import type { Json } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';

/** The most characters of an answer, about: an expression may hold its input a thousand times, and text it would be as often. */
export const maxAnswer = 8_000_000;
/** How deep an answer may be nested: the API takes no more either. */
const maxLevels = 1000;

/** Whether a value has no more than about so many characters as text. It is walked no further than that. */
export const isBounded = (value: Json): boolean => {
  let left = maxAnswer;
  const within = (item: Json, levels: number): boolean => {
    left -= typeof item === 'string' ? item.length + 2 : 2;
    if (left < 0 || levels === 0) return false;
    if (isArray(item)) return item.every((each) => within(each, levels - 1));
    if (!isObject(item)) return true;
    for (const [name, each] of Object.entries(item)) {
      left -= name.length + 3;
      if (!within(each, levels - 1)) return false;
    }
    return true;
  };
  return within(value, maxLevels);
};
