/** Checks that every part of the validator makes. */
import { type AwsWords, bound, notReference, ofType, onlyOne } from '#engine/chart/aws-words';
import { checkJsonata } from '#engine/chart/check-jsonata';
import { into } from '#engine/chart/problems';
import type { Check } from '#engine/chart/under-check';
import { checkShadowed, warnNoDollar } from '#engine/chart/warnings';
import { ExpressionSyntaxError } from '#engine/expression/expression';
import { ArityError } from '#engine/expression/intrinsic';
import type { Given } from '#engine/expression/jsonata-template';
import { compilePath } from '#engine/expression/path';
import { parsePath } from '#engine/expression/path-parser';
import { compileReferencePath } from '#engine/expression/reference-path';
import { compilePathOrIntrinsic } from '#engine/expression/template';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';

/** Checks that a field, if it is there, has a type. */
export const checkType = (
  check: Check,
  text: JsonObject,
  field: string,
  pointer: string,
  type: 'string' | 'boolean' | 'object' | 'array',
): boolean => {
  const value = text[field];
  if (value === undefined) return false;
  const right = type === 'array' ? isArray(value) : type === 'object' ? isObject(value) : typeof value === type;
  if (!right)
    check.problems.add(
      'INVALID_VALUE',
      into(pointer, field),
      `'${field}' must be ${type === 'array' || type === 'object' ? 'an' : 'a'} ${type}.`,
      undefined,
      ofType(type),
    );
  return right;
};

/** Checks that a field, if it is there, is a number within bounds, or in JSONata an expression. */
export const checkNumber = (
  check: Check,
  text: JsonObject,
  field: string,
  pointer: string,
  bounds: { readonly least: number; readonly most?: number; readonly integer: boolean },
): void => {
  const value = text[field];
  if (value === undefined) return;
  if (check.jsonata && typeof value === 'string') {
    checkJsonata(check, value, into(pointer, field), { only: true });
    return;
  }
  const most = bounds.most ?? Number.POSITIVE_INFINITY;
  const right =
    typeof value === 'number' && value >= bounds.least && value <= most && (!bounds.integer || Number.isInteger(value));
  if (right) return;
  const kind = bounds.integer ? 'an integer' : 'a number';
  const range = bounds.most === undefined ? `of at least ${bounds.least}` : `from ${bounds.least} to ${bounds.most}`;
  const words =
    typeof value !== 'number' || (value >= bounds.least && value <= most)
      ? ofType(bounds.integer ? 'integer' : 'number')
      : value < bounds.least
        ? bound('Minimum', bounds.least, bounds.integer)
        : bound('Maximum', most, bounds.integer);
  check.problems.add('INVALID_VALUE', into(pointer, field), `'${field}' must be ${kind} ${range}.`, undefined, words);
};

/** Reports fields of which only one may be given. */
export const checkExclusive = (check: Check, text: JsonObject, pointer: string, fields: readonly string[]): void => {
  const given = fields.filter((field) => text[field] !== undefined);
  if (given.length > 1) {
    check.problems.add(
      'CONFLICTING_FIELDS',
      into(pointer, given[1] as string),
      `Only one of ${given.join(', ')} may be given.`,
      undefined,
      onlyOne(pointer, fields),
    );
  }
};

/** Which texts a field takes: a path, a path to one place, or a path or an intrinsic function. */
export type ExpressionForm = 'path' | 'reference' | 'path-or-intrinsic';

const compilers = { path: compilePath, reference: compileReferencePath, 'path-or-intrinsic': compilePathOrIntrinsic };

/** Checks the syntax of an expression. `words`: what AWS says where it is wrong. */
export const checkExpression = (
  check: Check,
  value: Json,
  pointer: string,
  form: ExpressionForm,
  words?: AwsWords,
): void => {
  if (typeof value !== 'string') {
    check.problems.add('INVALID_PATH', pointer, 'A path must be a string.', undefined, ofType('string'));
    return;
  }
  const error = syntaxError(value, form);
  if (error === undefined) {
    const call = value.startsWith('$') ? functionIn(value) : undefined;
    if (call !== undefined)
      check.problems.add(
        'INVALID_PATH',
        pointer,
        `'${value}': a path finds nothing by '${call}', for it calls no function.`,
        'use an intrinsic function such as States.ArrayLength',
        null,
      );
    return;
  }
  const usual = form === 'reference' && value.startsWith('$') ? notReference(value) : invalidPath;
  const inAws = error instanceof ArityError ? null : (words ?? usual);
  check.problems.add('INVALID_PATH', pointer, `'${value}': ${error.message}.`, undefined, inAws);
};

/** A step of a path that looks like the call of a function. AWS takes it for a name. */
const functionIn = (path: string): string | undefined =>
  parsePath(path)
    .segments.map((segment) => (segment.step === 'descend' ? segment.into : segment))
    .flatMap((segment) => (segment.step === 'member' ? segment.names : []))
    .find((name) => name.endsWith('()'));

/** Reports a path to more than one place where AWS wants one to one. */
export const checkOnePlace = (check: Check, path: Json | undefined, pointer: string): void => {
  if (typeof path !== 'string' || !path.startsWith('$') || syntaxError(path, 'path') !== undefined) return;
  if (syntaxError(path.replace(/^\$[\p{ID_Continue}$]*/u, '$'), 'reference') !== undefined)
    check.problems.addAws(pointer, notReference(path));
};

const invalidPath: AwsWords = { message: 'Value must be a valid JSONPath.' };

const syntaxError = (text: string, form: ExpressionForm): ExpressionSyntaxError | undefined => {
  try {
    compilers[form](text);
    return undefined;
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
    return error;
  }
};

/** Checks a number given as a path, `<field>Path`. Where we take any path, AWS wants one place, and not in the context object. */
export const checkNumberPath = (check: Check, text: JsonObject, field: string, pointer: string): void => {
  checkExclusive(check, text, pointer, [field, `${field}Path`]);
  const path = text[`${field}Path`];
  if (path === undefined) return;
  const at = into(pointer, `${field}Path`);
  const words = typeof path === 'string' ? notReference(path) : undefined;
  checkExpression(check, path, at, 'path', words);
  if (words === undefined || syntaxError(path as string, 'path') !== undefined) return;
  const { base, definite } = parsePath(path as string);
  if (base === 'context' || !definite) check.problems.addAws(at, words);
};

/** Checks every expression of a payload template, or of a value in JSONata, which may read `given` beside its input. */
export const checkTemplate = (check: Check, value: Json, pointer: string, given: Given = null): void => {
  if (check.jsonata) {
    checkJsonata(check, value, pointer, { given });
    return;
  }
  if (isArray(value))
    value.forEach((item, i) => {
      checkTemplate(check, item, into(pointer, i));
    });
  else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) checkMember(check, value, key, item, pointer);
  }
};

const checkMember = (check: Check, template: JsonObject, key: string, item: Json, pointer: string): void => {
  const at = into(pointer, key);
  if (!key.endsWith('.$')) {
    if (typeof item === 'string') warnNoDollar(check, item, at);
    else checkTemplate(check, item, at);
    return;
  }
  const words = {
    message: `The value for the field '${key}' must be a valid JSONPath or a valid intrinsic function call`,
    at: pointer,
  };
  if (typeof item === 'string') checkExpression(check, item, at, 'path-or-intrinsic', words);
  else {
    const message = `The value of '${key}' must be a path or an intrinsic function, for its name ends in '.$'.`;
    check.problems.add('INVALID_TEMPLATE', at, message, undefined, words);
  }
  if (Object.hasOwn(template, key.slice(0, -2)))
    check.problems.add('INVALID_TEMPLATE', at, `'${key}' and '${key.slice(0, -2)}' give the same member.`);
};

/** Checks an `Assign`: a payload template whose members are names of variables. */
export const checkAssign = (check: Check, value: Json | undefined, pointer: string, given: Given = null): void => {
  if (value === undefined) return;
  if (!isObject(value)) {
    check.problems.add('INVALID_VALUE', pointer, "'Assign' must be an object.", undefined, ofType('object'));
    return;
  }
  for (const key of Object.keys(value)) {
    const name = !check.jsonata && key.endsWith('.$') ? key.slice(0, -2) : key;
    if (name === 'states' || name.length > 80 || !/^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(name)) {
      check.problems.add(
        'INVALID_VALUE',
        into(pointer, key),
        `'${name}' is no name for a variable: a letter or _ first, then letters, digits and _, at most 80; 'states' is taken.`,
        undefined,
        name === 'states' ? reserved : invalidName(name),
      );
    }
    checkShadowed(check, name, into(pointer, key));
  }
  checkTemplate(check, value, pointer, given);
};

const reserved: AwsWords = {
  code: 'RESERVED_VARIABLE_NAME',
  message: "Cannot assign to reserved variable '$states'.",
};

const invalidName = (name: string): AwsWords => ({
  code: 'INVALID_VARIABLE_NAME',
  message: `Invalid variable name '${name}': the variable name ${name.length > 80 ? 'has more than 80 characters' : 'contains invalid characters'}.`,
});
