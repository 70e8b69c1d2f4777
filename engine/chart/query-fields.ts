import { compileCondition } from '#engine/chart/compile-choice';
import type { Condition, NumberSource } from '#engine/chart/compiled';
import { type CompiledExpression, constantExpression } from '#engine/expression/expression';
import { booleanOf, compileJsonataTemplate, type Given } from '#engine/expression/jsonata-template';
import { compilePath } from '#engine/expression/path';
import { compilePathOrIntrinsic, compileTemplate } from '#engine/expression/template';
import { checkedWhole } from '#engine/expression/whole';
import type { Json, JsonObject } from '#engine/json';

/** Notes what an expression of a state needs. */
export type Here = <E extends CompiledExpression | null>(expression: E) => E;

/** What the two query languages have in common, each in its own way. */
export interface QueryFields {
  /** The field with the effective input. */
  readonly input: 'Parameters' | 'Arguments';
  readonly template: (value: Json, field: string, given: Given) => CompiledExpression;
  /** A number, or what gives one; null where the field is missing. */
  readonly number: (here: Here, text: JsonObject, field: string) => NumberSource | null;
  /** A text, or what gives one; null where the field is missing. */
  readonly text: (here: Here, text: JsonObject, field: string) => CompiledExpression | null;
  readonly items: (here: Here, text: JsonObject) => CompiledExpression | null;
  /** `field`: where it stands, for errors. */
  readonly condition: (here: Here, rule: JsonObject, field: string) => Condition;
}

/** JSONPath: an expression has a field of its own, `…Path`. */
export const pathFields: QueryFields = {
  input: 'Parameters',
  template: (value) => checkedWhole(compileTemplate(value)),
  number: (here, text, field) => {
    const literal = text[field];
    if (typeof literal === 'number') return { value: literal };
    const path = text[`${field}Path`];
    return path === undefined ? null : { field: `${field}Path`, expression: here(compilePath(path as string)) };
  },
  text: (here, text, field) => {
    const path = text[`${field}Path`];
    if (text[field] !== undefined) return constantExpression(text[field]);
    return path === undefined ? null : here(compilePathOrIntrinsic(path as string));
  },
  items: (here, { ItemsPath: path }) =>
    path === undefined || path === '$' ? null : here(compilePathOrIntrinsic(path as string)),
  condition: (here, rule) => compileCondition(rule, here),
};

/** JSONata: a field holds a value or an expression. */
export const jsonataFields: QueryFields = {
  input: 'Arguments',
  template: (value, field, given) => checkedWhole(compileJsonataTemplate(value, field, given)),
  number: (here, text, field) => {
    const value = text[field];
    if (value === undefined || typeof value === 'number') return value === undefined ? null : { value };
    return { field, expression: here(compileJsonataTemplate(value, field)) };
  },
  text: (here, text, field) => (text[field] === undefined ? null : here(compileJsonataTemplate(text[field], field))),
  items: (here, { Items: items }) => (items === undefined ? null : here(compileJsonataTemplate(items, 'Items'))),
  condition: (here, rule, field) => {
    const expression = here(compileJsonataTemplate(rule.Condition as Json, field));
    return (root, scope) => booleanOf(expression.evaluate(root, scope), expression, field);
  },
};
