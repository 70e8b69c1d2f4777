import type { StateOf, WaitWork } from '#engine/chart/compiled';
import type { CompiledExpression } from '#engine/expression/expression';
import { unexpectedType } from '#engine/expression/jsonata-template';
import { type CompiledPath, excerpt } from '#engine/expression/path';
import type { Json } from '#engine/json';
import type { Cursor } from '#engine/run/cursor';
import { seconds as bounds, notSuch } from '#engine/run/work';
import { errorNames, StatesError } from '#engine/states-error';
import { type EpochMs, epoch } from '#engine/time';
import { parseOffsetDateTime } from '#engine/timestamp';

/** Until when a Wait state waits; maybe in the past. Throws `StatesError` where a path gives no number of seconds or no timestamp. */
export const waitUntil = (cursor: Cursor, state: StateOf<'Wait'>, input: Json): EpochMs => {
  const { work } = state;
  if (work.form === 'Seconds') return epoch(cursor.options.now + work.value * 1000);
  if (work.form === 'Timestamp') return epoch(work.value);
  const value = valueAt(cursor, work, input);
  const isJsonata = work.expression.kind === 'jsonata';
  const wrong = (what: string): StatesError =>
    new StatesError(
      errorNames.runtime,
      `The ${work.form} parameter ${what}: ${work.expression.text} == ${excerpt(value)}`,
    );
  if (work.form === 'SecondsPath') {
    const seconds = isJsonata ? value : (wholeNumber(value) ?? value);
    if (typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= 0 && seconds <= bounds.most)
      return epoch(cursor.options.now + seconds * 1000);
    if (isJsonata) throw notSuch(work.expression, 'Seconds', value, bounds);
    throw wrong(
      typeof seconds === 'number' && Number.isInteger(seconds)
        ? `does not reference an integer between 0 and ${bounds.most}`
        : 'cannot be parsed as a long value',
    );
  }
  const time = typeof value === 'string' ? parseOffsetDateTime(value) : undefined;
  if (time !== undefined) return epoch(time);
  if (isJsonata) throw unexpectedType(work.expression, 'Timestamp', 'timestamp', value);
  throw wrong('does not reference a valid ISO-8601 extended offset date-time format string');
};

type Evaluated = Extract<WaitWork, { readonly expression: CompiledExpression }>;

const valueAt = (cursor: Cursor, { form, expression }: Evaluated, input: Json): Json => {
  if (expression.kind !== 'jsonpath') return expression.evaluate(input, cursor);
  const found = (expression as CompiledPath).find(input, cursor);
  if (found !== undefined) return found;
  throw new StatesError(
    errorNames.runtime,
    `The ${form} parameter does not reference an input value: ${expression.text}`,
  );
};

/** A text of digits counts as a number, as AWS takes it. */
const wholeNumber = (value: Json): number | undefined =>
  typeof value === 'string' && /^[+-]?\d{1,18}$/.test(value) ? Number(value) : undefined;
