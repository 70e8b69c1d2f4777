import type { StateOf } from '#engine/chart/compiled';
import { unexpectedType } from '#engine/expression/jsonata-template';
import { excerpt } from '#engine/expression/path';
import type { Json } from '#engine/json';
import type { Cursor } from '#engine/run/cursor';
import { errorNames, StatesError } from '#engine/states-error';
import { type EpochMs, epoch } from '#engine/time';
import { parseOffsetDateTime } from '#engine/timestamp';

/** The longest wait (AWS: 99,999,999 seconds, about three years). */
export const maxWaitSeconds = 99_999_999;

/** Until when a Wait state waits; maybe in the past. Throws `StatesError` where a path gives no number of seconds or no timestamp. */
export const waitUntil = (cursor: Cursor, state: StateOf<'Wait'>, input: Json): EpochMs => {
  const { work } = state;
  if (work.form === 'Seconds') return epoch(cursor.options.now + work.value * 1000);
  if (work.form === 'Timestamp') return epoch(work.value);
  const value = work.expression.evaluate(input, cursor);
  if (work.form === 'SecondsPath') {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxWaitSeconds) {
      return epoch(cursor.options.now + value * 1000);
    }
    if (work.expression.kind === 'jsonata') throw unexpectedType(work.expression, 'Seconds', 'number', value);
    throw new StatesError(
      errorNames.runtime,
      `The SecondsPath parameter does not reference an integer between 0 and ${maxWaitSeconds}: ${work.expression.text} == ${excerpt(value)}`,
    );
  }
  const time = typeof value === 'string' ? parseOffsetDateTime(value) : undefined;
  if (time !== undefined) return epoch(time);
  if (work.expression.kind === 'jsonata') throw unexpectedType(work.expression, 'Timestamp', 'timestamp', value);
  throw new StatesError(
    errorNames.runtime,
    `The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: ${work.expression.text} == ${excerpt(value)}`,
  );
};
