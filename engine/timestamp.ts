const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Reads `count` digits at `at`; -1 where there are none. By hand: timestamps are compared in the hot path, where no regex runs. */
const digits = (text: string, at: number, count: number): number => {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
};

/**
 * Milliseconds since the epoch of an RFC 3339 timestamp with the upper-case `T` and `Z` that the Amazon States Language asks for
 * (states-language.net, "Timestamps"); `undefined` for any other text. Below milliseconds it is cut.
 */
export const parseTimestamp = (text: string): number | undefined => {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23) return undefined;
  if (minute < 0 || minute > 59 || second < 0 || second > 59) return undefined;
  if (text[4] !== '-' || text[7] !== '-' || text[10] !== 'T' || text[13] !== ':' || text[16] !== ':') return undefined;
  const leap = month === 2 && ((year % 4 === 0 && year % 100 !== 0) || year % 400 === 0);
  if (day > (daysInMonth[month - 1] as number) + (leap ? 1 : 0)) return undefined;
  let at = 19;
  let millis = 0;
  if (text[at] === '.') {
    const start = ++at;
    while (digits(text, at, 1) >= 0) at++;
    if (at === start) return undefined;
    millis = Number(text.slice(start, Math.min(at, start + 3)).padEnd(3, '0'));
  }
  const utc = utcMillis(year, month, day) + ((hour * 60 + minute) * 60 + second) * 1000 + millis;
  if (text[at] === 'Z') return at + 1 === text.length ? utc : undefined;
  const sign = text[at] === '+' ? 1 : text[at] === '-' ? -1 : 0;
  const [offsetHours, offsetMinutes] = [digits(text, at + 1, 2), digits(text, at + 4, 2)];
  if (sign === 0 || text[at + 3] !== ':' || at + 6 !== text.length) return undefined;
  if (offsetHours < 0 || offsetHours > 23 || offsetMinutes < 0 || offsetMinutes > 59) return undefined;
  return utc - sign * (offsetHours * 60 + offsetMinutes) * 60_000;
};

const offsetDateTime =
  /^(?<start>[\d-]{10}T\d\d:\d\d)(?<seconds>:\d\d(?:\.\d{1,9})?)?(?:Z|(?<sign>[+-])(?<hours>\d\d):(?<minutes>[0-5]\d)(?::(?<rest>[0-5]\d))?)$/i;

/** The largest offset from UTC, in seconds. */
const mostOffset = 18 * 3600;

/**
 * Milliseconds since the epoch of a time that a run gives to a Wait state; `undefined` for any other text. There AWS takes what Java calls `ISO_OFFSET_DATE_TIME`: letters of either case, seconds that
 * are left out, an offset that may have seconds too.
 */
export const parseOffsetDateTime = (text: string): number | undefined => {
  const parts = offsetDateTime.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const { start, seconds = ':00', sign, hours = '0', minutes = '0', rest = '0' } = parts;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60 + Number(rest);
  const time = parseTimestamp(`${start}${seconds}Z`.toUpperCase());
  if (time === undefined || offset > mostOffset) return undefined;
  return time - (sign === '-' ? -offset : offset) * 1000;
};

/** Of two timestamps in the same millisecond, what the first one's fraction has more below it; 0 where they are the same time. */
export const compareBelowMillis = (left: string, right: string): number => {
  const [a, b] = [belowMillis(left), belowMillis(right)];
  const length = Math.max(a.length, b.length);
  const [x, y] = [a.padEnd(length, '0'), b.padEnd(length, '0')];
  return x < y ? -1 : x > y ? 1 : 0;
};

const belowMillis = (text: string): string => /\.\d{3}(\d+)/.exec(text)?.[1] ?? '';

/** Midnight of a day. `Date.UTC` reads the years 0 to 99 as 1900 to 1999. */
const utcMillis = (year: number, month: number, day: number): number =>
  year > 99 ? Date.UTC(year, month - 1, day) : new Date(0).setUTCFullYear(year, month - 1, day);

/** A time as the context object and history show it: RFC 3339 in UTC with milliseconds. */
export const formatTimestamp = (ms: number): string => new Date(ms).toISOString();
