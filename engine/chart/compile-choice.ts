import type { Condition } from '#engine/chart/compiled';
import type { Scope } from '#engine/expression/expression';
import { type CompiledPath, compilePath } from '#engine/expression/path';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';
import { errorNames, StatesError } from '#engine/states-error';
import { compareBelowMillis, parseTimestamp } from '#engine/timestamp';

/** Compares the variable's value with the one it is compared to. Values of other types never match. */
export type Comparator = (left: Json, right: Json) => boolean;
type Order = (difference: number) => boolean;

const orders: { readonly [suffix: string]: Order } = {
  Equals: (d) => d === 0,
  LessThan: (d) => d < 0,
  GreaterThan: (d) => d > 0,
  LessThanEquals: (d) => d <= 0,
  GreaterThanEquals: (d) => d >= 0,
};

const strings =
  (order: Order): Comparator =>
  (left, right) =>
    typeof left === 'string' && typeof right === 'string' && order(left < right ? -1 : left > right ? 1 : 0);
const numbers =
  (order: Order): Comparator =>
  (left, right) =>
    typeof left === 'number' && typeof right === 'number' && order(left - right);
const timestamps =
  (order: Order): Comparator =>
  (left, right) => {
    if (typeof left !== 'string' || typeof right !== 'string') return false;
    const [a, b] = [parseTimestamp(left), parseTimestamp(right)];
    return a !== undefined && b !== undefined && order(a - b || compareBelowMillis(left, right));
  };

/** A comparison operator: the type of its literal and what it does. */
export interface Comparison {
  readonly expects: 'string' | 'number' | 'boolean' | 'timestamp';
  readonly compare: Comparator;
}

/** Comparison operators with a literal; each also exists with the suffix `Path`, except `StringMatches`. */
export const comparators: ReadonlyMap<string, Comparison> = new Map<string, Comparison>([
  ...Object.entries(orders).flatMap(([suffix, order]): [string, Comparison][] => [
    [`String${suffix}`, { expects: 'string', compare: strings(order) }],
    [`Numeric${suffix}`, { expects: 'number', compare: numbers(order) }],
    [`Timestamp${suffix}`, { expects: 'timestamp', compare: timestamps(order) }],
  ]),
  ['BooleanEquals', { expects: 'boolean', compare: (left, right) => typeof left === 'boolean' && left === right }],
  ['StringMatches', { expects: 'string', compare: (left, right) => matches(left, right) }],
]);

/** Tests of a value's type. `IsPresent` also takes a path without a match. */
export const typeTests: ReadonlyMap<string, (value: Json | undefined) => boolean> = new Map([
  ['IsPresent', (value: Json | undefined) => value !== undefined],
  ['IsNull', (value: Json | undefined) => value === null],
  ['IsBoolean', (value: Json | undefined) => typeof value === 'boolean'],
  ['IsNumeric', (value: Json | undefined) => typeof value === 'number'],
  ['IsString', (value: Json | undefined) => typeof value === 'string'],
  ['IsTimestamp', (value: Json | undefined) => typeof value === 'string' && parseTimestamp(value) !== undefined],
]);

/**
 * Compiles a Choice rule, nested `And`, `Or` and `Not` included. The rule has passed the validator. `note` sees every path.
 */
export const compileCondition = (rule: JsonObject, note: (path: CompiledPath) => CompiledPath): Condition => {
  if (isArray(rule.And)) {
    const all = rule.And.map((each) => compileCondition(each as JsonObject, note));
    return (root, scope) => all.every((condition) => condition(root, scope));
  }
  if (isArray(rule.Or)) {
    const any = rule.Or.map((each) => compileCondition(each as JsonObject, note));
    return (root, scope) => any.some((condition) => condition(root, scope));
  }
  if (isObject(rule.Not)) {
    const inner = compileCondition(rule.Not, note);
    return (root, scope) => !inner(root, scope);
  }
  return compileTest(rule, note);
};

const compileTest = (rule: JsonObject, note: (path: CompiledPath) => CompiledPath): Condition => {
  const variable = note(compilePath(rule.Variable as string));
  for (const [key, operand] of Object.entries(rule)) {
    const test = typeTests.get(key);
    if (test !== undefined) return compileTypeTest(variable, key, test, operand === true);
    const literal = comparators.get(key);
    if (literal !== undefined) {
      if (key === 'NumericEquals' && typeof operand === 'number') {
        return (root, scope) => read(variable, root, scope) === operand;
      }
      return (root, scope) => literal.compare(read(variable, root, scope), operand);
    }
    const byPath = key.endsWith('Path') ? comparators.get(key.slice(0, -4)) : undefined;
    if (byPath !== undefined) {
      const other = note(compilePath(operand as string));
      return (root, scope) => byPath.compare(read(variable, root, scope), read(other, root, scope));
    }
  }
  throw new Error('a Choice rule without an operator passed the validator');
};

const compileTypeTest = (
  variable: CompiledPath,
  key: string,
  test: (value: Json | undefined) => boolean,
  wanted: boolean,
): Condition => {
  if (key !== 'IsPresent') return (root, scope) => test(read(variable, root, scope)) === wanted;
  const indefinite = !variable.path.definite;
  return (root, scope) => {
    const value = variable.find(root, scope);
    const found = indefinite && isArray(value) && value.length === 0 ? undefined : value;
    return test(found) === wanted;
  };
};

const read = (path: CompiledPath, root: Json, scope: Scope): Json => {
  const value = path.find(root, scope);
  if (value === undefined) {
    throw new StatesError(
      errorNames.runtime,
      `Invalid path '${path.text}': The choice state's condition path references an invalid value.`,
    );
  }
  return value;
};

/** `StringMatches`: `*` stands for any characters, a backslash takes the meaning from the character after it. Linear in both: each literal piece is looked for once. */
const matches = (left: Json, pattern: Json): boolean => {
  if (typeof left !== 'string' || typeof pattern !== 'string') return false;
  const [first = '', ...others] = piecesOf(pattern);
  const last = others.pop();
  if (last === undefined) return left === first;
  if (!left.startsWith(first)) return false;
  let at = first.length;
  for (const piece of others) {
    const found = positionOf(piece, left, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return left.length - at >= last.length && left.endsWith(last);
};

/** What stands before, between and after the `*` of a pattern. */
const piecesOf = (pattern: string): readonly string[] => {
  const pieces = [''];
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === '*') {
      pieces.push('');
      continue;
    }
    if (pattern[i] === '\\' && i + 1 < pattern.length) i++;
    pieces.push(`${pieces.pop()}${pattern[i]}`);
  }
  return pieces;
};

/** Where `piece` first stands in a text, from `from` on; -1 where it does not. By Knuth, Morris and Pratt: `indexOf` takes the product of both lengths at worst. */
const positionOf = (piece: string, text: string, from: number): number => {
  const borders = new Int32Array(piece.length);
  for (let i = 1, k = 0; i < piece.length; i++) {
    while (k > 0 && piece[i] !== piece[k]) k = borders[k - 1] as number;
    if (piece[i] === piece[k]) k++;
    borders[i] = k;
  }
  let k = 0;
  for (let i = from; i < text.length && k < piece.length; i++) {
    while (k > 0 && text[i] !== piece[k]) k = borders[k - 1] as number;
    if (text[i] === piece[k]) k++;
    if (k === piece.length) return i - k + 1;
  }
  return piece === '' ? from : -1;
};
