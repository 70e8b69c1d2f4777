/** What is probably not meant and refuses nothing. The first three are AWS's (API reference, "ValidateStateMachineDefinitionDiagnostic"), which shows no words. */

import { into } from '#engine/chart/problems';
import { didYouMean } from '#engine/chart/suggest';
import type { Check } from '#engine/chart/under-check';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';
import { statesFunctions as builtIns } from '#engine/jsonata/library/states-library';

/** From how many seconds on a Task runs long. */
const longTask = 3600;

const isPath = (text: string): boolean => /^\$\$?[.[]/.test(text);
const isIntrinsic = (text: string): boolean => text.startsWith('States.') && text.includes('(') && text.endsWith(')');

/** A member of a payload template that looks as if it should be evaluated. */
export const warnNoDollar = (check: Check, text: string, pointer: string): void => {
  if (isPath(text) || isIntrinsic(text))
    check.problems.warn(
      'NO_DOLLAR',
      pointer,
      `'${text}' is taken as it is: only a field whose name ends in '.$' is evaluated.`,
    );
};

/** Fields that hold a path and have a name of their own for it. */
export const warnNoPath = (check: Check, text: JsonObject, pointer: string, known: readonly string[]): void => {
  for (const [field, value] of Object.entries(text))
    if (typeof value === 'string' && isPath(value) && known.includes(`${field}Path`))
      check.problems.warn(
        'NO_PATH',
        into(pointer, field),
        `'${value}' is taken as it is: a path stands in '${field}Path'.`,
      );
};

/** A Pass state's `Result` is never evaluated. */
export const warnStaticResult = (check: Check, result: Json | undefined, pointer: string): void => {
  if (typeof result === 'string' ? isPath(result) || isIntrinsic(result) : false)
    check.problems.warn(
      'PASS_RESULT_IS_STATIC',
      pointer,
      `'${String(result)}' is taken as it is: 'Result' is not evaluated.`,
    );
  else if (isArray(result))
    result.forEach((item, i) => {
      warnStaticResult(check, item, into(pointer, i));
    });
  else if (isObject(result))
    for (const [key, item] of Object.entries(result)) warnStaticResult(check, item, into(pointer, key));
};

/** A choice that nothing may apply to. */
export const warnNoDefault = (check: Check, state: JsonObject, pointer: string): void => {
  if (state.Default === undefined)
    check.problems.warn(
      'NO_DEFAULT',
      pointer,
      "Where no rule applies the run fails with States.Runtime: there is no 'Default'.",
    );
};

/** Long work that is lost with its first error. */
export const warnNoCatch = (check: Check, state: JsonObject, pointer: string): void => {
  const { TimeoutSeconds: timeout, Catch: rules } = state;
  if (typeof timeout === 'number' && timeout >= longTask && rules === undefined && !check.caught)
    check.problems.warn(
      'NO_CATCH',
      pointer,
      `The Task may run for ${timeout} seconds, and no 'Catch' here or around deals with its errors.`,
    );
};

/** A variable by the name of one outside: it is another one. AWS refuses it where states set both; that of a Parallel's own `Catch` it was recorded to accept. */
export const checkShadowed = (check: Check, name: string, pointer: string): void => {
  let { around } = check;
  while (around !== null && !around.sets.has(name)) around = around.around;
  const by = around?.sets.get(name);
  if (by === 'state')
    check.problems.addAws(pointer, {
      message: `The variable name '${name}' was already defined in a parent scope.`,
    });
  if (by !== undefined && check.problems.profile === 'flowbeat')
    check.problems.warn(
      'SHADOWED_VARIABLE',
      pointer,
      `States around set $${name} too: theirs keeps its value, this one is known only in here. Step Functions refuses that.`,
    );
};

/** A variable that nothing sets, or a function that is not there: it is found when the state runs. */
export const warnUnknownVariable = (check: Check, name: string, pointer: string): void => {
  if (name === 'states' || check.assigned.has(name) || builtIns.has(name)) return;
  check.problems.warn(
    'UNKNOWN_VARIABLE',
    pointer,
    `No 'Assign' of the chart sets $${name}, and there is no function of that name.`,
    didYouMean(name, [...check.assigned, ...builtIns]),
  );
};

const members = ['input', 'result', 'errorOutput', 'context'];

/** A member that `$states` does not have. */
export const warnUnknownMember = (check: Check, name: string, pointer: string): void => {
  if (!members.includes(name))
    check.problems.warn('UNKNOWN_VARIABLE', pointer, `$states has no '${name}'.`, didYouMean(name, members));
};
