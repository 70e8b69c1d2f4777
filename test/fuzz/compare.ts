/** One expression by both evaluators: ours, and the `jsonata` package, which is the reference. */
import { isDeepStrictEqual } from 'node:util';
import jsonata from 'jsonata';
import type { Json } from '#engine/json';
import { BoundReached, JsonataError } from '#engine/jsonata/error';
import { compileJsonata } from '#engine/jsonata/jsonata';
import { Callable, type Value } from '#engine/jsonata/values/value';
import { isExcused } from '#test/fuzz/excuses';

/** What came of it. `code`: of an error; empty where an error has none. `spoilt`: the input was changed, or the value has lists with something missing. */
export type Outcome =
  | { readonly kind: 'value'; readonly text: string | undefined; readonly spoilt: boolean }
  | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly spoilt: boolean };

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
  const failed = (code: string, message: string): Outcome => ({ kind: 'error', code, message, spoilt: false });
  try {
    const value = compileJsonata(expression).evaluate(input as Value, surroundings);
    return { kind: 'value', text: asText(value), spoilt: false };
  } catch (error) {
    if (error instanceof BoundReached) return failed('bound', error.message);
    if (error instanceof JsonataError) return failed(error.code, error.message);
    return failed('host', error instanceof Error ? String(error.stack) : String(error));
  }
};

/** By the reference, which may change the input: it gets one of its own. */
export const byReference = async (expression: string, input: Json): Promise<Outcome> => {
  const own: unknown = JSON.parse(JSON.stringify(input));
  const changed = (): boolean => !isDeepStrictEqual(own, input);
  try {
    const text = asText(await jsonata(expression).evaluate(own));
    return { kind: 'value', text, spoilt: text?.includes('"<nothing>"') === true || changed() };
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
    return { kind: 'error', code: typeof code === 'string' ? code : '', message: String(message), spoilt: changed() };
  }
};

/** `same`: one value, or errors that have one code if both have one. `excused`: they differ and may. */
export const compare = (expression: string, ours: Outcome, reference: Outcome): 'same' | 'excused' | 'different' => {
  if (ours.kind === 'error' && (ours.code === 'host' || ours.code === 'bound'))
    return ours.code === 'bound' && reference.kind === 'error' ? 'same' : 'different';
  const same =
    ours.kind === 'value'
      ? reference.kind === 'value' && ours.text === reference.text
      : reference.kind === 'error' && (reference.code === '' || reference.code === ours.code);
  if (same) return 'same';
  return isExcused(expression, ours, reference) ? 'excused' : 'different';
};
