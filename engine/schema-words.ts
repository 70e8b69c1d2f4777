/** What a schema found wrong, in our words: the library's own ("Invalid input: expected number, received NaN") are for programmers. */
import type { z } from 'zod';

const kinds: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};
const kindOf = (expected: string): string => kinds[expected] ?? expected;

/**
 * One sentence on an issue in `value`, about the field by its name: `'limit' must be at least 1.` `whole` names the value itself, for an
 * issue that is in no field. A schema's own messages go on from the field's name: "must not contain a NUL character".
 */
export const sentenceOf = (issue: z.core.$ZodIssue, value: unknown, whole: string): string => {
  const subject = issue.path.length === 0 ? whole : `'${nameOf(issue.path)}'`;
  const missing = issue.path.length > 0 && lookUp(value, issue.path) === undefined;
  return `${subject} ${missing ? 'is missing' : predicateOf(issue)}.`;
};

/** The value at a path; undefined where there is none. */
export const lookUp = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null ? (at as Readonly<Record<PropertyKey, unknown>>)[key] : undefined,
    value,
  );

/** `args[2]`: the innermost field, with the places in its lists. */
const nameOf = (path: readonly PropertyKey[]): string => {
  const field = path.findLastIndex((key) => typeof key !== 'number');
  const places = path.slice(field + 1).map((place) => `[${String(place)}]`);
  return `${String(path[field] ?? '')}${places.join('')}`;
};

const predicateOf = (issue: z.core.$ZodIssue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kindOf(issue.expected)}`;
    case 'invalid_value':
      return `must be ${anyOf(issue.values.map((each) => `'${String(each)}'`))}`;
    case 'unrecognized_keys':
      return `must not have ${anyOf(issue.keys.map((key) => `'${key}'`))}`;
    case 'invalid_union':
      return `must be ${anyOf([...new Set(issue.errors.flatMap((errors) => errors.slice(0, 1).map(wanted)))])}`;
    case 'too_small':
      return sized(issue.origin, 'at least', issue.minimum);
    case 'too_big':
      return sized(issue.origin, 'at most', issue.maximum);
    case 'invalid_key':
      return issue.issues[0] ? predicateOf(issue.issues[0]) : issue.message;
    default:
      return issue.message;
  }
};

/** What one member of a union asks for. */
const wanted = (issue: z.core.$ZodIssue): string => predicateOf(issue).replace(/^must be /, '');

const sized = (origin: string, how: string, size: number | bigint): string => {
  const things = origin === 'string' ? 'character' : origin === 'array' ? 'item' : undefined;
  if (things === undefined) return `must be ${how} ${size}`;
  return `must have ${how} ${size} ${things}${size === 1 ? '' : 's'}`;
};

const anyOf = (choices: readonly string[]): string =>
  choices.length < 2 ? choices.join('') : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
