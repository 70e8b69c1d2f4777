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

/** A number of seconds in milliseconds; paths are applied to the raw input. Throws `StatesError` where it is no positive integer. */
export const secondsOf = (cursor: Cursor, source: NumberSource | null): number | undefined => {
  if (source === null) return undefined;
  if ('value' in source) return source.value * 1000;
  const value = source.expression.evaluate(cursor.input, cursor);
  if (typeof value !== 'number' || !Number.isInteger(value) || value <= 0) throw notAnInteger(source, value);
  return value * 1000;
};

/** How many children may run at a time; 0: no bound. A string of digits counts as a number, as AWS was recorded to take it. */
export const concurrencyOf = (cursor: Cursor, source: NumberSource): number =>
  boundOf(cursor, source, (number) => Number.isInteger(number) && number >= 0);

/** A number, or a text that is one; NaN for anything else. */
const numeric = (value: Json): number =>
  typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;

/** How many items of a Map may fail; undefined where the state does not say. */
export interface Tolerance {
  readonly count: number | undefined;
  readonly percentage: number | undefined;
}

/** What a Map's tolerances come to. Throws `StatesError`. */
export const toleranceOf = (cursor: Cursor, { count, percentage }: Tolerances): Tolerance => ({
  count: count === null ? undefined : boundOf(cursor, count, (number) => number >= 0 && Number.isInteger(number)),
  percentage: percentage === null ? undefined : boundOf(cursor, percentage, (number) => number >= 0 && number <= 100),
});

/** A number of the chart, or what its expression gives. Throws `StatesError` where that is not right. */
export const boundOf = (cursor: Cursor, source: NumberSource, isRight: (number: number) => boolean): number => {
  if ('value' in source) return source.value;
  const value = source.expression.evaluate(cursor.input, cursor);
  const number = numeric(value);
  if (!isRight(number)) throw notAnInteger(source, value);
  return number;
};

const notAnInteger = ({ field, expression }: Exclude<NumberSource, { value: number }>, value: Json): StatesError =>
  expression.kind === 'jsonata'
    ? unexpectedType(expression, field, 'number', value)
    : new StatesError(
        errorNames.runtime,
        `The ${field} field refers to value ${typeof value === 'number' ? value : `"${typeof value === 'string' ? value : excerpt(value)}"`} which is not a valid integer: ${expression.text}`,
      );

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
