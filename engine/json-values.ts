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

/** Structural equality of JSON values; the order of an object's members does not count. `look` is called for each pair that is compared: it may throw. */
export const jsonEquals = (a: Json, b: Json, look?: () => void): boolean => {
  look?.();
  if (a === b) return true;
  if (isArray(a))
    return isArray(b) && a.length === b.length && a.every((item, i) => jsonEquals(item, b[i] as Json, look));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && jsonEquals(a[key] as Json, b[key] as Json, look))
  );
};
