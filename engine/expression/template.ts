/**
 * Payload templates (states-language.net, "Payload Template"): JSON in which a member whose name ends in `.$` is replaced by what its
 * path or intrinsic function gives. A template without such a member is a constant and shared.
 */
import {
  type CompiledExpression,
  constantExpression,
  ExpressionSyntaxError,
  mergeNeeds,
} from '#engine/expression/expression';
import { compileIntrinsic } from '#engine/expression/intrinsic';
import { looksLikeIntrinsic } from '#engine/expression/intrinsic-parser';
import { compilePath } from '#engine/expression/path';
import type { Json } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';

/** Compiles a path or a call of an intrinsic function. `field`: where a path stands, for errors. Throws `ExpressionSyntaxError`. */
export const compilePathOrIntrinsic = (text: string, field?: string): CompiledExpression => {
  if (text.startsWith('$')) return compilePath(text, field);
  if (looksLikeIntrinsic(text)) return compileIntrinsic(text);
  throw new ExpressionSyntaxError("a path that begins with '$' or a function 'States.…' is expected", 0);
};

/** Compiles a payload template. Throws `ExpressionSyntaxError`; the validator has seen every expression before. */
export const compileTemplate = (template: Json): CompiledExpression => {
  if (isArray(template)) return compileArray(template);
  if (isObject(template)) return compileObject(template);
  return constantExpression(template);
};

const compileArray = (template: readonly Json[]): CompiledExpression => {
  const items = template.map(compileTemplate);
  if (items.every((item) => item.kind === 'constant')) return constantExpression(template, '');
  return {
    kind: 'template',
    text: '',
    needs: mergeNeeds(items.map((item) => item.needs)),
    evaluate: (root, scope) => items.map((item) => item.evaluate(root, scope)),
  };
};

const compileObject = (template: { readonly [key: string]: Json }): CompiledExpression => {
  const names: string[] = [];
  const values: CompiledExpression[] = [];
  let dynamic = false;
  for (const [key, value] of Object.entries(template)) {
    const isExpression = key.endsWith('.$');
    names.push(isExpression ? key.slice(0, -2) : key);
    values.push(isExpression ? compilePathOrIntrinsic(String(value), key) : compileTemplate(value));
    dynamic ||= isExpression;
  }
  if (!dynamic && values.every((value) => value.kind === 'constant')) return constantExpression(template, '');
  const special = names.includes('__proto__');
  return {
    kind: 'template',
    text: '',
    needs: mergeNeeds(values.map((value) => value.needs)),
    evaluate: (root, scope) => {
      const made: { [key: string]: Json } = {};
      for (let i = 0; i < names.length; i++) {
        const value = (values[i] as CompiledExpression).evaluate(root, scope);
        if (special)
          Object.defineProperty(made, names[i] as string, {
            value,
            enumerable: true,
            writable: true,
            configurable: true,
          });
        else made[names[i] as string] = value;
      }
      return made;
    },
  };
};
