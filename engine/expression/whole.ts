import type { CompiledExpression, Scope } from '#engine/expression/expression';
import { weigh } from '#engine/expression/weigh';
import type { Json, JsonObject } from '#engine/json';
import { isArray } from '#engine/json-values';
import { BoundReached } from '#engine/jsonata/error';
import { defaultBounds, metered } from '#engine/jsonata/meter';
import { errorNames, StatesError } from '#engine/states-error';

/** What a state makes of its data may take so many times the fuel of one expression to be walked: where data are large, templates only hand them on. */
const timesOneExpression = 10;

/**
 * Looks at the whole of a value that was put together of others. It shares what it was made of, so each state that holds its input twice doubles what has to be written down, while memory
 * does not grow. Throws `StatesError` (`States.Runtime`) where that is too much; returns the value.
 */
export const checkWhole = (value: Json, scope: Scope): Json => {
  if (isFlat(value)) return value;
  const { fuel, depth } = scope.bounds ?? defaultBounds;
  const bounds = { fuel: timesOneExpression * fuel, depth, size: Number.POSITIVE_INFINITY };
  try {
    metered({ bounds, fuel: scope.fuel }, (meter) => weigh(value, 1, meter));
  } catch (error) {
    if (!(error instanceof BoundReached)) throw error;
    const isPoolEmpty = scope.fuel !== undefined && scope.fuel.left <= 0;
    const most = isPoolEmpty
      ? 'more steps to write than it has for all of them'
      : `more than ${bounds.fuel} steps to write`;
    const what = error.bound === 'depth' ? `nest deeper than ${depth}` : `take ${most}`;
    throw new StatesError(
      errorNames.runtime,
      `The data of the state ${what}; expressions hold one value in too many places`,
    );
  }
  return value;
};

/** How many characters texts may have together and not be looked at: none that is written down by them is large. */
const fewCharacters = 100_000;

/** Whether a value holds no other that holds some, and no long texts: then what it shares is small. */
const isFlat = (value: Json): boolean => {
  if (typeof value !== 'object' || value === null) return true;
  let characters = 0;
  const isSmall = (item: Json | undefined): boolean => {
    if (typeof item === 'string') characters += item.length;
    return (typeof item !== 'object' || item === null) && characters <= fewCharacters;
  };
  if (isArray(value)) return value.every(isSmall);
  for (const name in value) if (!isSmall((value as JsonObject)[name])) return false;
  return true;
};

/** The same expression, its values looked at as a whole; one of JSONata alone looks at its own. */
export const checkedWhole = (expression: CompiledExpression): CompiledExpression =>
  expression.kind === 'constant' || expression.kind === 'jsonata'
    ? expression
    : { ...expression, evaluate: (root, scope) => checkWhole(expression.evaluate(root, scope), scope) };
