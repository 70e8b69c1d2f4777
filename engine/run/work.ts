/**
 * What a state asks for before anything is done: its effective input, its numbers, its action, its items.
 */
import type { CompiledState, NumberSource, StateOf, Tolerances } from '#engine/chart/compiled';
import type { CompiledExpression } from '#engine/expression/expression';
import { unexpectedType } from '#engine/expression/jsonata-template';
import { excerpt } from '#engine/expression/path';
import type { ActionRequest } from '#engine/flow';
import type { Json } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';
import { type Cursor, draws } from '#engine/run/cursor';
import { errorNames, StatesError } from '#engine/states-error';

/** The input after InputPath and Parameters. Throws `StatesError`. */
export const effectiveInput = (cursor: Cursor, state: CompiledState): Json => {
  let input = cursor.input;
  if (state.inputPath !== null) input = state.inputPath.evaluate(input, cursor);
  if (state.parameters !== null) input = state.parameters.evaluate(input, cursor);
  return input;
};

/** The action of a Task. Worked out anew whenever it is asked for, with the same result. Throws `StatesError`. */
export const actionOf = (cursor: Cursor, state: StateOf<'Task'>): ActionRequest => {
  cursor.draw = draws.enter;
  const { resource, callback, timeout, heartbeat, credentials } = state.work;
  const input = state.inputPath === null && state.parameters === null ? cursor.input : effectiveInput(cursor, state);
  const { step, attempt } = cursor;
  if (timeout === null && heartbeat === null && credentials === null)
    return { resource, input, callback, step, attempt };
  const timeoutMs = secondsOf(cursor, timeout);
  const heartbeatMs = secondsOf(cursor, heartbeat);
  return {
    resource,
    input,
    ...(timeoutMs === undefined ? null : { timeoutMs }),
    ...(heartbeatMs === undefined ? null : { heartbeatMs }),
    ...(credentials === null ? null : { role: roleOf(cursor, credentials) }),
    callback,
    step,
    attempt,
  };
};

/** The role that a Task's call is made in, by the raw input. Throws `StatesError`. */
const roleOf = (cursor: Cursor, credentials: CompiledExpression): string => {
  const given = credentials.evaluate(cursor.input, cursor);
  const role = isObject(given) ? given.RoleArn : undefined;
  if (typeof role === 'string' && role !== '') return role;
  throw new StatesError(
    errorNames.runtime,
    `'RoleArn' of 'Credentials' must be the ARN of a role, and is ${excerpt(role ?? null)}`,
  );
};

/** A number of seconds in milliseconds; paths are applied to the raw input. Throws `StatesError` where it is none. */
export const secondsOf = (cursor: Cursor, source: NumberSource | null): number | undefined =>
  source === null ? undefined : numberOf(cursor, source, seconds) * 1000;

/** How many children may run at a time; 0: no bound. */
export const concurrencyOf = (cursor: Cursor, source: NumberSource): number => boundOf(cursor, source, countOrNone);

/** A number, or a text of digits that is one; NaN for anything else. */
const numeric = (value: Json): number =>
  typeof value === 'number'
    ? value
    : typeof value === 'string' && /^[+-]?\d{1,18}(\.\d{1,18})?$/.test(value)
      ? Number(value)
      : Number.NaN;

/** How many items of a Map may fail; undefined where the state does not say. */
export interface Tolerance {
  readonly count: number | undefined;
  readonly percentage: number | undefined;
}

/** What a Map's tolerances come to. Throws `StatesError`. */
export const toleranceOf = (cursor: Cursor, { count, percentage }: Tolerances): Tolerance => ({
  count: count === null ? undefined : boundOf(cursor, count, countOrNone),
  percentage: percentage === null ? undefined : boundOf(cursor, percentage, percent),
});

/** Which numbers a field may be given while a flow runs. */
export interface NumberBounds {
  readonly least: number;
  readonly most: number;
  readonly integer: boolean;
}

/** The seconds of a timeout, a heartbeat and a wait (AWS: at most 99,999,999, about three years). */
export const seconds: NumberBounds = { least: 0, most: 99_999_999, integer: true };
const percent: NumberBounds = { least: 0, most: 100, integer: false };
const countOrNone: NumberBounds = { least: 0, most: Number.POSITIVE_INFINITY, integer: true };

/** A number of the chart, or what its expression gives; a text of digits counts as a number, as AWS was recorded to take it. Throws `StatesError` where that is not right. */
export const boundOf = (cursor: Cursor, source: NumberSource, bounds: NumberBounds): number =>
  numberOf(cursor, source, bounds, numeric);

const numberOf = (
  cursor: Cursor,
  source: NumberSource,
  bounds: NumberBounds,
  read = (value: Json) => value,
): number => {
  if ('value' in source) return source.value;
  const value = source.expression.evaluate(cursor.input, cursor);
  const number = read(value);
  const isNumber = typeof number === 'number' && (bounds.integer ? Number.isInteger(number) : !Number.isNaN(number));
  if (isNumber && number >= bounds.least && number <= bounds.most) return number;
  const { field, expression } = source;
  if (expression.kind === 'jsonata') throw notSuch(expression, field, value, bounds);
  const shown = typeof value === 'number' ? value : `"${typeof value === 'string' ? value : excerpt(value)}"`;
  const what = isNumber ? `not ${rangeOf(bounds)}` : 'not a valid integer';
  throw new StatesError(
    errorNames.runtime,
    `The ${field} field refers to value ${shown} which is ${what}: ${expression.text}`,
  );
};

const rangeOf = ({ least, most }: NumberBounds): string =>
  most === Number.POSITIVE_INFINITY ? `at least ${least}` : `between ${least} and ${most}`;

/** What AWS says of a JSONata expression that gives no number, or none that the field takes. */
export const notSuch = (
  expression: CompiledExpression,
  field: string,
  value: Json,
  bounds: NumberBounds,
): StatesError => {
  if (typeof value !== 'number') return unexpectedType(expression, field, 'number', value);
  const what =
    bounds.integer && !Number.isInteger(value)
      ? `The ${field} field cannot be parsed as an integer: ${value}`
      : `${field} must be ${rangeOf(bounds)} but was: ${value}`;
  return new StatesError(errorNames.queryEvaluationError, what, undefined, field);
};

/** The items of a Map: ItemsPath applied to the effective input, or what `Items` gives. Throws `StatesError` where they are no array. */
export const itemsOf = (cursor: Cursor, state: StateOf<'Map'>, input: Json): readonly Json[] => {
  const { items: source } = state.work;
  return checkedItems(state, source === null ? input : source.evaluate(input, cursor));
};

/** The items that were given for a Map. Throws `StatesError` where they are no array. */
export const checkedItems = (state: StateOf<'Map'>, items: Json): readonly Json[] => {
  const { items: source, jsonata } = state.work;
  if (isArray(items)) return items;
  if (jsonata)
    throw source === null
      ? new StatesError(
          errorNames.queryEvaluationError,
          `Map state input must be an array but was: ${excerpt(items)}`,
          undefined,
          'Items',
        )
      : unexpectedType(source, 'Items', 'array', items);
  throw new StatesError(
    errorNames.runtime,
    `Reference path "${source?.text ?? '$'}" must point to array, but it points to ${excerpt(items)}`,
  );
};
