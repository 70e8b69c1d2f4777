/** The values that make up an instant, by the letters that date pictures name them with (XPath F&O 3.1, 9.8.4.1). All in UTC. */

/** The components of a date that are numbers. `X` and `x` are the year and the month that the weeks `W` and `w` belong to. */
export type Field = 'Y' | 'M' | 'D' | 'd' | 'F' | 'W' | 'w' | 'X' | 'x' | 'H' | 'h' | 'm' | 's' | 'f';

/** The names of the months, January first. */
export const monthNames: readonly string[] =
  'January February March April May June July August September October November December'.split(' ');

/** The names of the days, Monday first. */
export const dayNames: readonly string[] = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ');

/** Milliseconds of a day. */
export const dayMillis = 86_400_000;

/** Midnight of the first of a month, from 0. `Date.UTC` would read the years 0 to 99 as 1900 to 1999. */
const firstOf = (year: number, month: number): number => new Date(0).setUTCFullYear(year, month, 1);

/** From Monday, 1, to Sunday, 7. */
const weekday = (at: Date): number => at.getUTCDay() || 7;

/** Midnight of the Monday that begins the first week of a month, or of the year where the month is January: the week of its first Thursday (ISO 8601). */
const firstWeek = (year: number, month: number): number => {
  const first = firstOf(year, month);
  const day = weekday(new Date(first));
  return first + (day > 4 ? 8 - day : 1 - day) * dayMillis;
};

/** The week of a day among those of its year or month; `shift` is -1 or 1 where that week belongs to the one before or the next. */
const weekIn = (at: Date, period: 'year' | 'month'): { week: number; shift: number } => {
  const year = at.getUTCFullYear();
  const begin = (shift: number): number =>
    period === 'year' ? firstWeek(year + shift, 0) : firstWeek(year, at.getUTCMonth() + shift);
  const millis = at.getTime();
  const shift = millis < begin(0) ? -1 : millis >= begin(1) ? 1 : 0;
  return { week: Math.floor((millis - begin(shift)) / (7 * dayMillis)) + 1, shift };
};

const fields: Readonly<Record<Field, (at: Date) => number>> = {
  Y: (at) => at.getUTCFullYear(),
  M: (at) => at.getUTCMonth() + 1,
  D: (at) => at.getUTCDate(),
  d: (at) => Math.floor((at.getTime() - firstOf(at.getUTCFullYear(), 0)) / dayMillis) + 1,
  F: weekday,
  W: (at) => weekIn(at, 'year').week,
  w: (at) => weekIn(at, 'month').week,
  X: (at) => at.getUTCFullYear() + weekIn(at, 'year').shift,
  x: (at) => ((at.getUTCMonth() + weekIn(at, 'month').shift + 12) % 12) + 1,
  H: (at) => at.getUTCHours(),
  h: (at) => at.getUTCHours() % 12 || 12,
  m: (at) => at.getUTCMinutes(),
  s: (at) => at.getUTCSeconds(),
  f: (at) => at.getUTCMilliseconds(),
};

/** True for the letter of a component that is a number. */
export const isField = (component: string): component is Field => Object.hasOwn(fields, component);

/** The value of a component. */
export const fieldOf = (at: Date, field: Field): number => fields[field](at);
