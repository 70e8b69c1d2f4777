import type { Json, JsonObject } from '#engine/json';

/** True for a JSON object (neither null nor an array). */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** True for a JSON array. `Array.isArray` alone does not narrow a readonly array. */
export const isArray = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/**
 * A member of an object, `undefined` where it is missing. A name such as `constructor` or `__proto__` is looked up as the object's own, so that
 * a path never reaches what JavaScript put there.
 */
export const member = (object: JsonObject, key: string): Json | undefined => {
  const value = object[key];
  return value === undefined || !(key in Object.prototype) || Object.hasOwn(object, key) ? value : undefined;
};

/** A shallow copy of `object` with `key` set; also right for the name `__proto__`. */
export const withMember = (object: JsonObject, key: string, value: Json): JsonObject => ({ ...object, [key]: value });

/**
 * Structural equality of JSON values; the order of an object's members does not count. `look` is called for each pair that is compared, with how deep it stands: it may
 * throw.
 */
export const jsonEquals = (a: Json, b: Json, look?: (a: Json, b: Json, level: number) => void, level = 0): boolean => {
  look?.(a, b, level);
  if (a === b) return true;
  const same = (one: Json, other: Json): boolean => jsonEquals(one, other, look, level + 1);
  if (isArray(a)) return isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i] as Json));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same(a[key] as Json, b[key] as Json))
  );
};
