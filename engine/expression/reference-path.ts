import { ExpressionSyntaxError } from '#engine/expression/expression';
import { parsePath } from '#engine/expression/path-parser';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject, member, withMember } from '#engine/json-values';
import { errorNames, StatesError } from '#engine/states-error';

/** Puts a result into an input; shares all that it does not change. Throws `States.ResultPathMatchFailure`. */
export type ReferencePath = (input: Json, result: Json) => Json;

/**
 * Compiles a reference path (states-language.net, "Reference Paths"): only names and indices, so that it names one place. Throws
 * `ExpressionSyntaxError`.
 */
export const compileReferencePath = (text: string): ReferencePath => {
  const path = parsePath(text);
  if (path.base !== 'input') throw new ExpressionSyntaxError("a reference path begins with '$'", 0);
  if (!path.definite || path.segments.some(({ step }) => step === 'pick'))
    throw new ExpressionSyntaxError('a reference path names one place: no wildcard, slice, list or filter', 0);
  const keys = path.segments.map((segment) =>
    segment.step === 'member'
      ? (segment.names[0] as string)
      : segment.step === 'index'
        ? (segment.indices[0] as number)
        : 0,
  );
  if (keys.length === 0) return (_input, result) => result;
  if (keys.length === 1 && typeof keys[0] === 'string') {
    const key = keys[0];
    return (input, result) => (isObject(input) ? withMember(input, key, result) : put(input, keys, 0, result, text));
  }
  return (input, result) => put(input, keys, 0, result, text);
};

const put = (
  target: Json | undefined,
  keys: readonly (string | number)[],
  depth: number,
  result: Json,
  text: string,
): Json => {
  const key = keys[depth];
  if (key === undefined) return result;
  if (typeof key === 'string') {
    if (target !== undefined && !isObject(target)) throw mismatch(text);
    const object: JsonObject = target ?? {};
    return withMember(object, key, put(member(object, key), keys, depth + 1, result, text));
  }
  if (!isArray(target) || key < 0 || key >= target.length) throw mismatch(text);
  return target.with(key, put(target[key], keys, depth + 1, result, text));
};

const mismatch = (text: string): StatesError =>
  new StatesError(
    errorNames.resultPathMatchFailure,
    `Unable to apply the ResultPath '${text}' to the input of the state`,
  );
