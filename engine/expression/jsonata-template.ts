/**
 * JSONata in charts (AWS: "Transforming data with JSONata in Step Functions"): a text `{% … %}` is an expression, wherever it stands in a value; the rest
 * is taken as it is. What an expression is applied to is known as `$states.result` or `$states.errorOutput`, as its place says.
 */
import {
  type CompiledExpression,
  constantExpression,
  ExpressionSyntaxError,
  mergeNeeds,
  type Needs,
  noNeeds,
  type Scope,
} from '#engine/expression/expression';
import { excerpt } from '#engine/expression/path';
import type { Json } from '#engine/json';
import { isArray, isObject, member } from '#engine/json-values';
import { BoundReached, JsonataError } from '#engine/jsonata/error';
import { compileJsonata, type JsonataExpression } from '#engine/jsonata/jsonata';
import { statesFrame } from '#engine/jsonata/library/states-library';
import { Callable, isList, isRecord, put, Sequence, type Value } from '#engine/jsonata/values/value';
import { unitInterval } from '#engine/random';
import { errorNames, StatesError } from '#engine/states-error';

/** Under which name an expression knows what it is applied to. */
export type Given = 'result' | 'errorOutput' | null;

/** The expression inside `{% … %}`; undefined for any other text. Throws `ExpressionSyntaxError` where only one of the marks is there. */
export const jsonataIn = (text: string): string | undefined => {
  const [opens, closes] = [text.startsWith('{%'), text.endsWith('%}') && text.length >= 4];
  if (opens && closes) return text.slice(2, -2);
  if (opens || closes) {
    const trimmed = text.trim();
    const blanks = trimmed !== text && trimmed.startsWith('{%') && trimmed.endsWith('%}');
    throw new ExpressionSyntaxError(
      `a JSONata expression stands between '{%' and '%}', with nothing before or after${blanks ? ", blanks and line ends included (YAML's '|' adds one, '|-' does not)" : ''}`,
      0,
    );
  }
  return undefined;
};

/**
 * Compiles a value with expressions anywhere in it. `field` is where it stands, such as `Output`, for errors. Throws `ExpressionSyntaxError`; evaluation
 * throws `StatesError` with `States.QueryEvaluationError`.
 */
export const compileJsonataTemplate = (value: Json, field: string, given: Given = null): CompiledExpression => {
  if (typeof value === 'string') {
    const text = jsonataIn(value);
    return text === undefined ? constantExpression(value) : compileText(text, field, given);
  }
  if (isArray(value)) {
    const items = value.map((item, i) => compileJsonataTemplate(item, `${field}[${i}]`, given));
    if (items.every((item) => item.kind === 'constant')) return constantExpression(value, '');
    return {
      kind: 'template',
      text: '',
      needs: mergeNeeds(items.map((item) => item.needs)),
      evaluate: (root, scope) => items.map((item) => item.evaluate(root, scope)),
    };
  }
  if (!isObject(value)) return constantExpression(value);
  const members = Object.entries(value).map(
    ([name, item]) => [name, compileJsonataTemplate(item, `${field}/${name}`, given)] as const,
  );
  if (members.every(([, item]) => item.kind === 'constant')) return constantExpression(value, '');
  return {
    kind: 'template',
    text: '',
    needs: mergeNeeds(members.map(([, item]) => item.needs)),
    evaluate: (root, scope) => {
      const made: { [name: string]: Value } = {};
      for (const [name, item] of members) put(made, name, item.evaluate(root, scope) as Value);
      return made as Json;
    },
  };
};

const compileText = (text: string, field: string, given: Given): CompiledExpression => {
  const expression = compileSyntax(text);
  const shown = text.trim();
  const seesContext = mentionsContext(text);
  return {
    kind: 'jsonata',
    text: shown,
    needs: needsOf(text),
    evaluate: (root, scope) => {
      const value = evaluate(expression, shown, field, given, seesContext, root, scope);
      if (value === undefined)
        throw queryError(
          field,
          `The JSONata expression '${shown}' specified for the field '${field}' returned nothing (undefined).`,
        );
      return toJson(value, shown, field);
    },
  };
};

const compileSyntax = (text: string): JsonataExpression => {
  try {
    return compileJsonata(text, statesFrame);
  } catch (error) {
    if (!(error instanceof JsonataError)) throw error;
    throw new ExpressionSyntaxError(`${error.code}: ${error.message}`, error.position ?? 0);
  }
};

const evaluate = (
  expression: JsonataExpression,
  text: string,
  field: string,
  given: Given,
  seesContext: boolean,
  root: Json,
  scope: Scope,
): Value => {
  const states: { [name: string]: Value } = { input: scope.input as Value };
  if (given !== null) states[given] = root as Value;
  if (seesContext) states.context = scope.context() as Value;
  try {
    return expression.evaluate(undefined, {
      variable: (name) => (name === 'states' ? states : (member(scope.vars, name) as Value)),
      now: () => scope.now,
      random: () => unitInterval(scope.random()),
      bounds: scope.bounds,
      fuel: scope.fuel,
    });
  } catch (error) {
    if (!(error instanceof JsonataError)) throw error;
    const what = error instanceof BoundReached ? `: ${error.message}` : `. ${error.code}: ${error.message}`;
    throw queryError(
      field,
      `The JSONata expression '${text}' specified for the field '${field}' threw an error during evaluation${what}`,
    );
  }
};

/** A value that a field does not take. `expected` is the type it takes, in the language's words. */
export const unexpectedType = (
  expression: CompiledExpression,
  field: string,
  expected: string,
  value: Json,
): StatesError =>
  queryError(
    field,
    `The JSONata expression '${expression.text}' specified for the field '${field}' returned an unexpected result type. Expected '${expected}', but was '${typeOf(value)}' for value: ${excerpt(value)}`,
  );

const typeOf = (value: Json): string => (value === null ? 'null' : isArray(value) ? 'array' : typeof value);

/** The value where it is a boolean. Throws `StatesError`. */
export const booleanOf = (value: Json, expression: CompiledExpression, field: string): boolean => {
  if (typeof value === 'boolean') return value;
  throw unexpectedType(expression, field, 'boolean', value);
};

const queryError = (field: string, cause: string): StatesError =>
  new StatesError(errorNames.queryEvaluationError, cause, undefined, field);

/** The value as JSON; it is copied only where it holds what JSON does not. Throws where a function is left. */
const toJson = (value: Value, text: string, field: string): Json => {
  const refuse = (what: string): never => {
    throw queryError(
      field,
      `The JSONata expression '${text}' specified for the field '${field}' returned an unexpected result type: ${what} is no JSON.`,
    );
  };
  const copy = (item: Value): Value => {
    if (item === undefined) return null;
    // As AWS writes what JSON has no number for (floci, issue 2737).
    if (typeof item === 'number' && !Number.isFinite(item)) return String(item);
    if (item instanceof Callable) return refuse('a function');
    if (isList(item)) return Array.from(item, copy);
    if (!isRecord(item)) return item;
    const made: { [name: string]: Value } = {};
    for (const [name, each] of Object.entries(item)) if (each !== undefined) put(made, name, copy(each));
    return made;
  };
  return (isJson(value) ? value : copy(value)) as Json;
};

const isJson = (value: Value): boolean => {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return value !== undefined;
  if (value instanceof Callable || value instanceof Sequence) return false;
  if (isList(value)) return value.every(isJson);
  for (const name in value) if (!isJson((value as { readonly [name: string]: Value })[name])) return false;
  return true;
};

const mention = /context(?:\s*\.\s*(\w+)(?:\s*\.\s*(\w+))?)?/g;
const statesAlone = /\$states(?!\s*\.\s*(?:input|result|errorOutput|context)\b)/;

/** Whether an expression may look at the context object: making it takes longer than most expressions do. */
const mentionsContext = (text: string): boolean => text.includes('context') || statesAlone.test(text);

/** What of the context object an expression may ask for, by what it mentions: rather too much than too little. */
const needsOf = (text: string): Needs => {
  if (statesAlone.test(text)) return { runInput: true, token: true, mapItem: true };
  let needs = noNeeds;
  for (const [, part, inner] of text.matchAll(mention)) {
    const mentioned: Needs = {
      runInput: part === undefined || (part === 'Execution' && (inner === undefined || inner === 'Input')),
      token: part === undefined || part === 'Task',
      mapItem: part === undefined || part === 'Map',
    };
    needs = mergeNeeds([needs, mentioned]);
  }
  return needs;
};
