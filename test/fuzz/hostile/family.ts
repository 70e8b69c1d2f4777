/** Expressions that try to hold the process, to fill its memory, or to reach what is none of theirs, by families. */
import type { Json } from '#engine/json';

/** One of them, with its input. */
export interface Hostile {
  readonly family: string;
  readonly expression: string;
  readonly input: Json;
}

/** The family whose expressions have the functions that charts have. */
export const statesFamily = 'function of charts';

/** A text again and again. */
export const times = (count: number, text: string): string => text.repeat(count);

/** Expressions of one kind. */
export const family = (name: string, expressions: readonly string[], input: Json = {}): readonly Hostile[] =>
  expressions.map((expression) => ({ family: name, expression, input }));

/** Each of the expressions with each of the inserts in the place of `#`. */
export const crossed = (expressions: readonly string[], inserts: readonly string[]): readonly string[] =>
  expressions.flatMap((expression) => inserts.map((insert) => expression.replaceAll('#', () => insert)));

/** A body that is called as `$f`. */
export const recursive = (body: string, start = '$f(1)'): string => `($f := function($n) { ${body} }; ${start})`;
