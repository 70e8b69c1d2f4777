import type { CompiledState, ResultPath, StateOf } from '#engine/chart/compiled';
import type { CompiledExpression, Scope } from '#engine/expression/expression';
import { checkWhole } from '#engine/expression/whole';
import type { Json, JsonObject } from '#engine/json';
import { isObject } from '#engine/json-values';
import { type Cursor, draws } from '#engine/run/cursor';
import { errorNames, StatesError } from '#engine/states-error';

/**
 * The state's output from its result: ResultSelector, Assign, ResultPath (in JSONata `Output`), OutputPath, in this order; what comes after Assign still sees the
 * variables as they were on entry (recorded behaviour). Sets the cursor's variables. Throws `StatesError`, and then sets nothing.
 */
export const outputOf = (cursor: Cursor, state: CompiledState, result: Json): Json => {
  const { resultSelector, resultPath, outputPath, output: made, assign } = state;
  if (resultSelector === null && resultPath === null && outputPath === null && made === null && assign === null) {
    limited(cursor, state, result);
    cursor.trace?.exited(state, result, null);
    return result;
  }
  if (state.type === 'Task') limited(cursor, state, result);
  cursor.draw = draws.exit;
  const selected = resultSelector === null ? result : resultSelector.evaluate(result, cursor);
  const assigned = assign === null ? null : assign.evaluate(selected, cursor);
  let output = made === null ? applyResult(cursor, selected, resultPath) : made.evaluate(selected, cursor);
  if (outputPath !== null) output = outputPath.evaluate(output, cursor);
  limited(cursor, state, output);
  if (assigned !== null) cursor.vars = withVariables(cursor.vars, assigned);
  cursor.trace?.exited(state, output, assigned as JsonObject | null);
  return output;
};

/** The state's output by ResultPath. Throws `StatesError`. */
export const applyResult = (scope: Scope, result: Json, path: ResultPath): Json => {
  const output = putResult(scope.input, result, path);
  return typeof path === 'function' ? checkWhole(output, scope) : output;
};

/** Puts a result where ResultPath says. Throws `StatesError`. */
export const putResult = (input: Json, result: Json, path: ResultPath): Json =>
  path === null ? result : path === 'discard' ? input : path(input, result);

/** The variables after an Assign; the same object where it sets none. */
export const withVariables = (
  vars: { readonly [name: string]: Json },
  assigned: Json,
): { readonly [name: string]: Json } =>
  isObject(assigned) && Object.keys(assigned).length > 0 ? { ...vars, ...assigned } : vars;

/** What a Choice rule, a Catch or another place without a result assigns. */
export const assign = (cursor: Cursor, expression: CompiledExpression | null, root: Json): JsonObject | null =>
  expression === null ? null : (expression.evaluate(root, cursor) as JsonObject);

/** Enforces the chart's bound on the size of a Task's result and of a state's output, where it has one. */
export const limited = (cursor: Cursor, state: CompiledState, output: Json): void => {
  const most = cursor.chart.maxDataBytes;
  if (most !== null && isLonger(JSON.stringify(output), most)) {
    throw new StatesError(
      errorNames.dataLimitExceeded,
      `The state/task '${state.type === 'Task' ? (state as StateOf<'Task'>).work.resource.text : state.name}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    );
  }
};

/** Whether a text has more bytes than that: a character has one to three for each unit of UTF-16. */
const isLonger = (text: string, bytes: number): boolean =>
  text.length > bytes || (text.length * 3 > bytes && new TextEncoder().encode(text).length > bytes);
