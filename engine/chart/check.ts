/** What every part of the validator works with. */
import { into, type Problems } from '#engine/chart/problems';
import { ExpressionSyntaxError } from '#engine/expression/expression';
import { compileJsonataTemplate } from '#engine/expression/jsonata-template';
import { compilePath } from '#engine/expression/path';
import { compileReferencePath } from '#engine/expression/reference-path';
import { compilePathOrIntrinsic } from '#engine/expression/template';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';

/** How charts are checked. */
export interface ValidateOptions {
  /** Name of a chart whose document gives none: a bare state machine. */
  readonly name?: string;
  /** Accepts what is in the language but cannot be run by this version, as a check against the language alone. */
  readonly allowUnsupported?: boolean;
  /** The type of state machine to check for (AWS: "Choosing workflow type"); `STANDARD` where nothing is said. */
  readonly type?: 'STANDARD' | 'EXPRESS';
}

/** One state machine under check: the whole chart, a branch or a processor. */
export interface Check {
  readonly problems: Problems;
  readonly options: ValidateOptions;
  /** Names of all states seen so far, with where they stand. */
  readonly names: Map<string, string>;
  /** Names of the machine's own states, as far as they are known: where its transitions may lead. */
  readonly targets: readonly string[];
  /** Whether what is checked is written in JSONata. */
  readonly jsonata: boolean;
}

/** Checks a machine inside a state. */
export type CheckNested = (machine: Json | undefined, pointer: string, kind: 'branch' | 'processor') => void;

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
    checkJsonata(check, value, into(pointer, field), true);
    return;
  }
  const most = bounds.most ?? Number.POSITIVE_INFINITY;
  const right =
    typeof value === 'number' && value >= bounds.least && value <= most && (!bounds.integer || Number.isInteger(value));
  if (right) return;
  const kind = bounds.integer ? 'an integer' : 'a number';
  const range = bounds.most === undefined ? `of at least ${bounds.least}` : `from ${bounds.least} to ${bounds.most}`;
  check.problems.add('INVALID_VALUE', into(pointer, field), `'${field}' must be ${kind} ${range}.`);
};

/** Reports fields of which only one may be given. */
export const checkExclusive = (check: Check, text: JsonObject, pointer: string, fields: readonly string[]): void => {
  const given = fields.filter((field) => text[field] !== undefined);
  if (given.length > 1) {
    check.problems.add(
      'CONFLICTING_FIELDS',
      into(pointer, given[1] as string),
      `Only one of ${given.join(', ')} may be given.`,
    );
  }
};

/** Which texts a field takes: a path, a path to one place, or a path or an intrinsic function. */
export type ExpressionForm = 'path' | 'reference' | 'path-or-intrinsic';

const compilers = { path: compilePath, reference: compileReferencePath, 'path-or-intrinsic': compilePathOrIntrinsic };

/** Checks the syntax of an expression. */
export const checkExpression = (check: Check, value: Json, pointer: string, form: ExpressionForm): void => {
  if (typeof value !== 'string') {
    check.problems.add('INVALID_PATH', pointer, 'A path must be a string.', undefined);
    return;
  }
  try {
    compilers[form](value);
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
    check.problems.add('INVALID_PATH', pointer, `'${value}': ${error.message}.`);
  }
};

/** Checks every expression in a value of JSONata; `only`: the value must be one. */
export const checkJsonata = (check: Check, value: Json, pointer: string, only = false): void => {
  if (isArray(value))
    value.forEach((item, i) => {
      checkJsonata(check, item, into(pointer, i));
    });
  else if (isObject(value))
    for (const [key, item] of Object.entries(value)) checkJsonata(check, item, into(pointer, key));
  if (typeof value !== 'string') return;
  try {
    const { kind } = compileJsonataTemplate(value, '');
    if (only && kind === 'constant')
      check.problems.add(
        'INVALID_EXPRESSION',
        pointer,
        `'${value}' is no expression: it stands between '{%' and '%}'.`,
      );
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
    check.problems.add('INVALID_EXPRESSION', pointer, `'${value}': ${error.message}.`);
  }
};

/** Checks every expression of a payload template, or of a value in JSONata. */
export const checkTemplate = (check: Check, value: Json, pointer: string): void => {
  if (check.jsonata) {
    checkJsonata(check, value, pointer);
    return;
  }
  if (isArray(value))
    value.forEach((item, i) => {
      checkTemplate(check, item, into(pointer, i));
    });
  else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (!key.endsWith('.$')) checkTemplate(check, item, into(pointer, key));
      else if (typeof item === 'string') checkExpression(check, item, into(pointer, key), 'path-or-intrinsic');
      else
        check.problems.add(
          'INVALID_TEMPLATE',
          into(pointer, key),
          `The value of '${key}' must be a path or an intrinsic function, for its name ends in '.$'.`,
        );
      if (key.endsWith('.$') && Object.hasOwn(value, key.slice(0, -2))) {
        check.problems.add(
          'INVALID_TEMPLATE',
          into(pointer, key),
          `'${key}' and '${key.slice(0, -2)}' give the same member.`,
        );
      }
    }
  }
};

/** Checks an `Assign`: a payload template whose members are names of variables. */
export const checkAssign = (check: Check, value: Json | undefined, pointer: string): void => {
  if (value === undefined) return;
  if (!isObject(value)) {
    check.problems.add('INVALID_VALUE', pointer, "'Assign' must be an object.");
    return;
  }
  for (const key of Object.keys(value)) {
    const name = !check.jsonata && key.endsWith('.$') ? key.slice(0, -2) : key;
    if (name === 'states' || name.length > 80 || !/^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(name)) {
      check.problems.add(
        'INVALID_VALUE',
        into(pointer, key),
        `'${name}' is no name for a variable: a letter or _ first, then letters, digits and _, at most 80; 'states' is taken.`,
      );
    }
  }
  checkTemplate(check, value, pointer);
};
