/** One expression by both evaluators: ours, and the `jsonata` package, which is the reference. */
import jsonata from 'jsonata';
import type { Json } from '#engine/json';
import { BoundReached, JsonataError } from '#engine/jsonata/error';
import { compileJsonata } from '#engine/jsonata/jsonata';
import { Callable, type Value } from '#engine/jsonata/value';

/** What came of it. `code`: of an error; empty where an error has none. */
export type Outcome =
  | { readonly kind: 'value'; readonly text: string | undefined }
  | { readonly kind: 'error'; readonly code: string; readonly message: string };

/** Whether the value is a function of the reference. */
const isFunction = (value: object | ((...args: never) => unknown)): boolean =>
  typeof value === 'function' || '_jsonata_lambda' in value || '_jsonata_function' in value;

/** JSON of a value of either side, functions told apart from everything else. */
const plain = (value: unknown): unknown => {
  if (typeof value === 'function') return '<function>';
  if (typeof value === 'number' && !Number.isFinite(value)) return `<${value}>`;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Callable || isFunction(value)) return '<function>';
  if (Array.isArray(value)) return Array.from(value, (item) => (item === undefined ? '<nothing>' : plain(item)));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [`.${key}`, plain(item)]));
};

const asText = (value: unknown): string | undefined => JSON.stringify(plain(value));

const now = Date.now();
const surroundings = { now: () => now, random: Math.random };

/** For the reference, which asks the clock itself and fills dates that say less with the time of day: it has to see the same time. */
class StoppedDate extends Date {
  constructor(...args: readonly [] | ConstructorParameters<typeof Date>) {
    if (args.length === 0) super(now);
    else super(...args);
  }
}
globalThis.Date = StoppedDate as DateConstructor;

/** By our evaluator. */
export const byOurs = (expression: string, input: Json): Outcome => {
  try {
    return { kind: 'value', text: asText(compileJsonata(expression).evaluate(input as Value, surroundings)) };
  } catch (error) {
    if (error instanceof BoundReached) return { kind: 'error', code: 'bound', message: error.message };
    if (error instanceof JsonataError) return { kind: 'error', code: error.code, message: error.message };
    return { kind: 'error', code: 'host', message: error instanceof Error ? String(error.stack) : String(error) };
  }
};

/** By the reference, which may change the input: it gets one of its own. */
export const byReference = async (expression: string, input: Json): Promise<Outcome> => {
  try {
    const own: unknown = JSON.parse(JSON.stringify(input));
    return { kind: 'value', text: asText(await jsonata(expression).evaluate(own)) };
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
    return { kind: 'error', code: typeof code === 'string' ? code : '', message: String(message) };
  }
};

/** True where both say the same: one value, or errors that have one code if both have one. */
export const agree = (expression: string, ours: Outcome, reference: Outcome): boolean => {
  if (reference.kind === 'error' && defects.some((defect) => reference.message.includes(defect)))
    return ours.kind === 'value' || ours.code !== 'host';
  if (ours.kind === 'value' || reference.kind === 'value')
    return ours.kind === reference.kind && 'text' in ours && 'text' in reference && ours.text === reference.text;
  if (ours.code === 'host') return false;
  return reference.code === '' || ours.code === reference.code || (ours.code !== 'bound' && hasMany(expression));
};

/**
 * Whether the expression has an array or an object of several: the reference works on their items at the same time, so that of several errors any may
 * be first; ours is the leftmost.
 */
const hasMany = (expression: string): boolean => {
  const within = (node: unknown): boolean => {
    if (typeof node !== 'object' || node === null) return false;
    if ('lhs' in node && Array.isArray(node.lhs)) return true;
    if ('value' in node && node.value === '[' && 'expressions' in node && (node.expressions as unknown[]).length > 1)
      return true;
    return Object.values(node).some(within);
  };
  try {
    return within(jsonata(expression).ast());
  } catch {
    return false;
  }
};
/** What the reference's own code fails with where nobody would want it to: it says nothing about ours. */
const defects: readonly string[] = [
  // A built-in that is handed over in a tail call, as in function($x) { $map($x, $string) }.
  'func.apply is not a function',
  // A function with a signature in what `??` and `?:` copy by way of JSON.
  'signature.validate is not a function',
];
