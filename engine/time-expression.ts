/** An invalid time expression: a configuration error, rejected at every edge with this code. */
export class TimeExpressionError extends Error {
  readonly code = 'INVALID_TIME_EXPRESSION';
  readonly reason: string;

  constructor(text: string, reason: string) {
    super(`'${text}' is no time expression: ${reason}. Write a relative time such as +30s, +3m or +1h30m.`);
    this.name = 'TimeExpressionError';
    this.reason = reason;
  }
}

/** Units from the largest to the smallest, in milliseconds. A year has 365 days, a month (`M`) 30. */
const units: readonly (readonly [unit: string, ms: number])[] = [
  ['y', 365 * 86_400_000],
  ['M', 30 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['ms', 1],
  ['s', 1000],
];

/**
 * Milliseconds of a relative time expression in the style of Flux: a plus, then numbers with units from the largest to the smallest
 * (`+3m`, `+10y`, `+1h30m`, `+500ms`); a unit without a number counts once (`+m`). Throws `TimeExpressionError` for anything else, `0` and
 * `+0s` among it, for a window of no length is a mistake.
 */
export const parseTimeExpression = (text: string): number => {
  if (!text.startsWith('+')) throw new TimeExpressionError(text, "it does not begin with '+'");
  if (/^\+0+$/.test(text)) throw new TimeExpressionError(text, ZERO);
  if (text.length === 1) throw new TimeExpressionError(text, 'nothing follows the +');
  let at = 1;
  let total = 0;
  let last = -1;
  while (at < text.length) {
    const start = at;
    while (text[at] !== undefined && (text[at] as string) >= '0' && (text[at] as string) <= '9') at++;
    const count = at === start ? 1 : Number(text.slice(start, at));
    let letters = at;
    while (letters < text.length && !((text[letters] as string) >= '0' && (text[letters] as string) <= '9')) letters++;
    const unit = text.slice(at, letters);
    const index = order.indexOf(unit);
    if (index < 0)
      throw new TimeExpressionError(
        text,
        unit === '' ? 'a unit is missing' : `'${unit}' is no unit (y, M, w, d, h, m, s, ms)`,
      );
    if (index <= last) throw new TimeExpressionError(text, 'units go from the largest to the smallest, each once');
    last = index;
    total += count * (millis.get(unit) as number);
    at = letters;
  }
  if (total === 0) throw new TimeExpressionError(text, ZERO);
  if (!Number.isSafeInteger(total) || total > maxTime)
    throw new TimeExpressionError(text, 'it is longer than 1000 years');
  return total;
};

const ZERO = 'zero is a configuration error';
const order: readonly string[] = ['y', 'M', 'w', 'd', 'h', 'm', 's', 'ms'];
const millis: ReadonlyMap<string, number> = new Map(units);
const maxTime = 1000 * 366 * 86_400_000;
