/**
 * Instants by picture: `$fromMillis` and `$toMillis` (XPath F&O 3.1, 9.8.4), with the week-numbering year `X` and month `x` that the reference
 * implementation adds. Nothing here reads a clock or a time zone of the host.
 */

import { raise } from '#engine/jsonata/error';
import type { Meter } from '#engine/jsonata/meter';
import { dayMillis, dayNames, fieldOf, isField, monthNames } from '#engine/jsonata/pictures/date-fields';
import { matchDate } from '#engine/jsonata/pictures/date-matcher';
import { type Marker, type NameCase, readDatePicture } from '#engine/jsonata/pictures/date-parts';
import { type IntegerPicture, writeInteger } from '#engine/jsonata/pictures/integer-picture';

const isoPicture = '[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]';

/** An offset from UTC. Both are negative west of it. */
interface Offset {
  readonly hours: number;
  readonly minutes: number;
}

/** The offset that `+hhmm` stands for. As in the reference, the hours are rounded down and the minutes are not: `-0330` is -4 hours and -30 minutes. */
const offsetOf = (zone: string | undefined): Offset => {
  if (zone === undefined) return { hours: 0, minutes: 0 };
  const number = Number.parseInt(zone, 10);
  return { hours: Math.floor(number / 100), minutes: number % 100 };
};

const inCase = (text: string, nameCase: NameCase): string => {
  if (nameCase === 'title') return text;
  return nameCase === 'upper' ? text.toUpperCase() : text.toLowerCase();
};

const noName = (component: string): never =>
  raise('D3133', `the component ${component} of a date has no names`, component);

const nameOf = (at: Date, marker: Marker, names: NameCase): string => {
  const { component, maxWidth } = marker;
  let name: string | undefined;
  if (component === 'M' || component === 'x') name = monthNames[fieldOf(at, component) - 1];
  else if (component === 'F') name = dayNames[fieldOf(at, 'F') - 1];
  const text = inCase(name ?? noName(component), names);
  return maxWidth === undefined ? text : text.slice(0, Math.max(maxWidth, 0));
};

const zoneNumber = ({ hours, minutes }: Offset, picture: IntegerPicture | undefined, meter: Meter): string => {
  const digits = picture?.kind === 'decimal' ? picture.mandatory : 0;
  const isRegular = picture?.kind === 'decimal' && picture.interval > 0;
  if (picture === undefined || (!isRegular && (digits < 1 || digits > 4)))
    return raise('D3134', 'the offset of a time zone has one to four digits');
  if (isRegular || digits > 2) return writeInteger(hours * 100 + minutes, picture, meter);
  const text = writeInteger(hours, picture, meter);
  if (minutes === 0) return text;
  return `${text}:${minutes < 0 ? '-' : ''}${String(Math.abs(minutes)).padStart(2, '0')}`;
};

const zoneOf = (offset: Offset, marker: Marker, meter: Meter): string => {
  const number = zoneNumber(offset, marker.integer, meter);
  const total = offset.hours * 100 + offset.minutes;
  if (total === 0 && marker.traditional) return 'Z';
  return `${marker.component === 'z' ? 'GMT' : ''}${total >= 0 ? '+' : ''}${number}`;
};

const componentOf = (at: Date, offset: Offset, marker: Marker, meter: Meter): string => {
  const { component, names, integer, yearDigits } = marker;
  if (component === 'Z' || component === 'z') return zoneOf(offset, marker, meter);
  if (component === 'P') {
    const half = at.getUTCHours() >= 12 ? 'pm' : 'am';
    return names === 'upper' ? half.toUpperCase() : half;
  }
  // The calendar and the era are the only ones there are.
  if (!isField(component)) return 'ISO';
  if (names !== undefined) return nameOf(at, marker, names);
  if (integer === undefined) return noName(component);
  const value = fieldOf(at, component);
  return writeInteger(yearDigits === undefined ? value : value % 10 ** yearDigits, integer, meter);
};

/**
 * `$fromMillis`: an instant as the picture asks, in ISO 8601 where there is none, at an offset of `+hhmm` from UTC. Errors: D3130 to D3135; D1001
 * for what is no instant.
 */
export const fromMillis = (
  millis: number,
  picture: string | undefined,
  timezone: string | undefined,
  meter: Meter,
): string => {
  const parts = readDatePicture(picture ?? isoPicture, meter);
  const offset = offsetOf(timezone);
  const at = new Date(millis + (offset.hours * 60 + offset.minutes) * 60_000);
  if (Number.isNaN(at.getTime())) return raise('D1001', `number out of range: ${millis} at ${timezone ?? 'UTC'}`);
  let text = '';
  for (const part of parts) {
    text += part.kind === 'literal' ? part.text : componentOf(at, offset, part, meter);
    meter.burn(2);
  }
  meter.text(text.length);
  return text;
};

const isoTimestamp =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:([-+])(\d\d):?(\d\d))?)?Z?$/;

/** Milliseconds of an ISO 8601 timestamp; where it names no offset, of UTC. Days that a month does not have count into the next. */
const isoMillis = (text: string): number => {
  const noTimestamp = (): never =>
    raise(
      'D3110',
      `The argument of the toMillis function must be an ISO 8601 formatted timestamp. Given ${JSON.stringify(text.slice(0, 40))}`,
      text.slice(0, 40),
    );
  const found = isoTimestamp.exec(text);
  if (found === null || (found[8] !== undefined && text.endsWith('Z'))) return noTimestamp();
  const number = (group: number, otherwise: number): number =>
    found[group] === undefined ? otherwise : Number(found[group]);
  const [year, month, day] = [number(1, 0), number(2, 1), number(3, 1)];
  const [hour, minute, second] = [number(4, 0), number(5, 0), number(6, 0)];
  const [zoneHour, zoneMinute] = [number(9, 0), number(10, 0)];
  const milli = Number((found[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const isMidnight = hour === 24 && minute + second + milli === 0;
  if (month < 1 || month > 12 || day < 1 || day > 31 || (hour > 23 && !isMidnight)) return noTimestamp();
  if (minute > 59 || second > 59 || zoneHour > 23 || zoneMinute > 59) return noTimestamp();
  const sign = found[8] === '-' ? -1 : 1;
  const minutes = hour * 60 + minute - sign * (zoneHour * 60 + zoneMinute);
  return new Date(0).setUTCFullYear(year, month - 1, day) + (minutes * 60 + second) * 1000 + milli;
};

type Components = ReadonlyMap<string, number | undefined>;

/** True where some of the letters of `wanted` have a value among those of `all`, and no other letter has. A value of 0 counts as none, as in the reference. */
const isMadeOf = (components: Components, all: string, wanted: string): boolean => {
  const set = Array.from(all).filter((letter) => components.get(letter));
  return set.length > 0 && set.every((letter) => wanted.includes(letter));
};

/**
 * The components from the year or the day down, without gaps: what is above those that are given is taken from `now`, what is below is as little as it
 * can be. Errors: D3136.
 */
const filled = (components: Components, order: string, now: Date): ReadonlyMap<string, number> => {
  const values = new Map<string, number>();
  let given = false;
  let ended = false;
  for (const letter of order) {
    const value = components.get(letter);
    if (value !== undefined) {
      if (ended) return raise('D3136', `the text gives ${letter} of a date, but not what is above it`, letter);
      given = true;
      values.set(letter, value);
    } else if (given) {
      ended = true;
      values.set(letter, letter === 'M' || letter === 'D' ? 1 : 0);
    } else {
      values.set(letter, isField(letter) ? fieldOf(now, letter) : 0);
    }
  }
  return values;
};

/** The instant that components make; the years 0 to 99 are 1900 to 1999, as in the reference. Errors: D3136. */
const instantOf = (components: Components, now: Date): number => {
  const isDate = (wanted: string): boolean => isMadeOf(components, 'YXMxWwdD', wanted);
  const isTime = (wanted: string): boolean => isMadeOf(components, 'PHhmsf', wanted);
  const byDayOfYear = !isDate('YMD') && isDate('Yd');
  const byHalves = !isTime('Hmsf') && isTime('Phmsf');
  if (isDate('Xxw') || isDate('XW')) return raise('D3136', 'a date by its week cannot be read');
  const values = filled(components, `${byDayOfYear ? 'YD' : 'YMD'}${byHalves ? 'Phmsf' : 'Hmsf'}`, now);
  const of = (letter: string): number => values.get(letter) ?? 0;
  let [month, day] = [of('M') > 0 ? of('M') - 1 : 0, of('D')];
  if (byDayOfYear) {
    const date = new Date(Date.UTC(of('Y'), 0) + ((components.get('d') ?? 1) - 1) * dayMillis);
    [month, day] = [date.getUTCMonth(), date.getUTCDate()];
  }
  const hour = byHalves ? (of('h') === 12 ? 0 : of('h')) + (of('P') === 1 ? 12 : 0) : of('H');
  const offset = components.get('Z') || components.get('z') || 0;
  return Date.UTC(of('Y'), month, day, hour, of('m'), of('s'), of('f')) - offset * 60_000;
};

/**
 * `$toMillis`: the instant that a text shows, in ISO 8601 or in the manner of `picture`; nothing where it shows none. `now`, in milliseconds, gives
 * what is above the components that are shown: the day of a time. Errors: D3110; D3130 to D3136.
 */
export const toMillis = (text: string, picture: string | undefined, now: number, meter: Meter): number | undefined => {
  meter.text(text.length);
  if (picture === undefined) return isoMillis(text);
  const components = matchDate(text, readDatePicture(picture, meter), meter);
  if (components === undefined || components.size === 0) return undefined;
  const millis = instantOf(components, new Date(now));
  return Number.isNaN(millis) ? undefined : millis;
};
