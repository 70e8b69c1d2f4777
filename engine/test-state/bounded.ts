/**
 * How much a test may cost. A server answers it at once, beside all else that it does: what a request asks for has to be bounded as a whole, not only
 * expression by expression.
 */
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';
import { defaultBounds } from '#engine/jsonata/meter';
import { refuse, type TestRequest } from '#engine/test-state/request';

/** The most characters of one value of a request, about (AWS: 262,144 of each). */
const maxValue = 262_144;
/** The most characters of an answer, about: an expression may hold its input a thousand times, and text it would be as often. */
const maxAnswer = 8_000_000;
/** How deep a value may be nested: the API takes no more either. */
const maxLevels = 1000;
/** The most expressions of one test; those that are made into the inputs of a Map's items count for each item. */
const maxExpressions = 5000;
/** What all expressions of a test may burn together: five times the default bound of one, about a second. */
export const testFuel = 5 * defaultBounds.fuel;

/** Whether a value has no more than about so many characters as text. It is walked no further than that. */
export const isBounded = (value: Json, most: number): boolean => {
  let left = most;
  const within = (item: Json, levels: number): boolean => {
    left -= typeof item === 'string' ? item.length + 2 : 2;
    if (left < 0 || levels === 0) return false;
    if (isArray(item)) return item.every((each) => within(each, levels - 1));
    if (!isObject(item)) return true;
    for (const [name, each] of Object.entries(item)) {
      left -= name.length + 3;
      if (!within(each, levels - 1)) return false;
    }
    return true;
  };
  return within(value, maxLevels);
};

/** Refuses a request with too large a value. Throws `TestRefused`. */
export const checkValues = ({ input, variables, context, mock }: TestRequest): void => {
  const values = { input, variables, context, 'mock/result': mock?.result };
  for (const [field, value] of Object.entries(values)) {
    if (value !== undefined && !isBounded(value, maxValue))
      refuse(
        'TOO_LARGE',
        `/${field}`,
        `A test takes ${maxValue} characters here, nested ${maxLevels} levels deep at most.`,
      );
  }
};

/** Refuses an answer that would be too large as text. Throws `TestRefused`. */
export const checkAnswer = (answer: object): void => {
  if (!isBounded(answer as Json, maxAnswer))
    refuse(
      'TOO_LARGE',
      '/definition',
      `What the state gives has more than ${maxAnswer} characters, or is nested too deep.`,
    );
};

/** Refuses a state with too many expressions; `items`: of how many items its `ItemSelector` makes the inputs. Throws `TestRefused`. */
export const checkExpressions = (text: JsonObject, items: number): void => {
  const {
    ItemSelector: selector,
    Parameters: parameters,
    Branches: _,
    ItemProcessor: _made,
    Iterator: _old,
    ...own
  } = text;
  // What a Map makes its items' inputs of: `ItemSelector`, or `Parameters` as it was called.
  const made = count(selector ?? null) + count(parameters ?? null);
  const all = count(own) + (text.Type === 'Map' ? made * items : made);
  if (all > maxExpressions)
    refuse(
      'TOO_LARGE',
      '/definition',
      `A test evaluates ${maxExpressions} expressions at most, and this one has ${all}.`,
    );
};

/** What is, or may be, an expression: `{% … %}`, a path, an intrinsic function, a rule of a Choice. */
const count = (value: Json): number => {
  if (typeof value === 'string')
    return value.startsWith('{%') || value.startsWith('$') || value.startsWith('States.') ? 1 : 0;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((sum, each) => sum + count(each), 0);
};
