/** Operators on values that were worked out. */

import { raise } from '#engine/jsonata/error';
import { sameValue, toBoolean, toText } from '#engine/jsonata/values/convert';
import { isList, type Machine, Sequence, type Value } from '#engine/jsonata/values/value';

/** What a binary operator does with its two sides. */
export type Operator = (left: Value, right: Value, machine: Machine, position: number | undefined) => Value;

/** True for a number that JSON can hold. Throws `JsonataError` D1001 for one that is none. */
export const isNumeric = (value: Value): value is number => {
  if (typeof value !== 'number' || Number.isNaN(value)) return false;
  if (!Number.isFinite(value)) raise('D1001', `Number out of range: ${value}`);
  return true;
};

const arithmetic =
  (token: string, work: (left: number, right: number) => number): Operator =>
  (left, right, _machine, position) => {
    if (typeof left === 'number' && typeof right === 'number' && Number.isFinite(left) && Number.isFinite(right))
      return work(left, right);
    if (left !== undefined && !isNumeric(left))
      raise('T2001', `The left side of the "${token}" operator must evaluate to a number`, token, position);
    if (right !== undefined && !isNumeric(right))
      raise('T2002', `The right side of the "${token}" operator must evaluate to a number`, token, position);
    return undefined;
  };

const comparable = (value: Value): boolean =>
  value === undefined || typeof value === 'string' || typeof value === 'number';

const comparison =
  (token: string, test: (left: string | number, right: string | number) => boolean): Operator =>
  (left, right, machine, position) => {
    if (!comparable(left) || !comparable(right))
      raise(
        'T2010',
        `The expressions either side of operator "${token}" must evaluate to numeric or string values`,
        token,
        position,
      );
    if (left === undefined || right === undefined) return undefined;
    if (typeof left !== typeof right)
      raise(
        'T2009',
        `The values ${JSON.stringify(left)} and ${JSON.stringify(right)} either side of operator "${token}" must be of the same data type`,
        token,
        position,
      );
    if (typeof left === 'string') machine.meter.text(Math.min(left.length, (right as string).length));
    return test(left as string | number, right as string | number);
  };

const range: Operator = (left, right, machine, position) => {
  if (left !== undefined && !Number.isInteger(left))
    raise('T2003', 'The left side of the range operator (..) must evaluate to an integer', '..', position);
  if (right !== undefined && !Number.isInteger(right))
    raise('T2004', 'The right side of the range operator (..) must evaluate to an integer', '..', position);
  if (left === undefined || right === undefined || (left as number) > (right as number)) return undefined;
  const size = (right as number) - (left as number) + 1;
  if (size > maxRange)
    raise(
      'D2014',
      `The size of the sequence allocated by the range operator (..) must not exceed 1e7. Attempted to allocate ${size}.`,
      '..',
      position,
    );
  machine.meter.items(size);
  const items = new Sequence();
  // Counted, because beyond 2^53 a number plus one may be the same number.
  for (let i = 0; i < size; i++) items.push((left as number) + i);
  return items;
};

const maxRange = 1e7;

const includes: Operator = (left, right, machine) => {
  if (left === undefined || right === undefined) return false;
  if (!isList(right)) return left === right;
  machine.meter.items(right.length);
  return right.includes(left) && !Number.isNaN(left);
};

const concatenate: Operator = (left, right, machine) => {
  const text =
    (left === undefined ? '' : toText(left, machine.meter)) + (right === undefined ? '' : toText(right, machine.meter));
  machine.meter.text(text.length);
  return text;
};

/** The operators that work out both sides first. */
export const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['+', arithmetic('+', (left, right) => left + right)],
  ['-', arithmetic('-', (left, right) => left - right)],
  ['*', arithmetic('*', (left, right) => left * right)],
  ['/', arithmetic('/', (left, right) => left / right)],
  ['%', arithmetic('%', (left, right) => left % right)],
  ['=', (left, right, machine) => left !== undefined && right !== undefined && sameValue(left, right, machine.meter)],
  ['!=', (left, right, machine) => left !== undefined && right !== undefined && !sameValue(left, right, machine.meter)],
  ['<', comparison('<', (left, right) => left < right)],
  ['<=', comparison('<=', (left, right) => left <= right)],
  ['>', comparison('>', (left, right) => left > right)],
  ['>=', comparison('>=', (left, right) => left >= right)],
  ['&', concatenate],
  ['..', range],
  ['in', includes],
]);

/** The truth of a side of `and`, `or`: nothing is false. */
export const truth = (value: Value, machine: Machine): boolean => toBoolean(value, machine.meter) === true;
