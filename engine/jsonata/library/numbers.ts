/** Numbers and booleans (docs.jsonata.org, "Numeric functions", "Aggregation functions", "Boolean functions"). */

import { randomWork } from '#engine/expression/hash';
import { raise } from '#engine/jsonata/error';
import { define, defineOf, defineOfAll, type Library } from '#engine/jsonata/library/define';
import { isNumeric } from '#engine/jsonata/nodes/operators';
import { formatInteger, parseInteger } from '#engine/jsonata/pictures/integer-picture';
import { formatNumber } from '#engine/jsonata/pictures/number-picture';
import { toBoolean } from '#engine/jsonata/values/convert';
import type { Machine, Value } from '#engine/jsonata/values/value';

const decimal = /^-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?$/;
const otherBase = /^(0[xX][0-9A-Fa-f]+)|(0[oO][0-7]+)|(0[bB][0-1]+)$/;

const toNumber = (value: Value): number => {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string') {
    const read = Number(value);
    if (decimal.test(value) && Number.isFinite(read)) return read;
    if (otherBase.test(value)) return read;
  }
  return raise('D3030', `Unable to cast value to a number: ${JSON.stringify(value)}`);
};

/** Half to even, at a number of decimals: the number is moved by its exponent, so that no digit is lost by a multiplication. */
export const round = (value: number, decimals = 0): number => {
  const moved = shift(value, decimals);
  let rounded = Math.round(moved);
  if (Math.abs(rounded - moved) === 0.5 && Math.abs(rounded % 2) === 1) rounded--;
  return shift(rounded, -decimals) + 0;
};

const shift = (value: number, by: number): number => {
  if (by === 0) return value;
  const [digits, exponent] = String(value).split('e');
  return Number(`${digits}e${(exponent === undefined ? 0 : Number(exponent)) + by}`);
};

const formatBase = (value: number, radix: number | undefined): string => {
  const base = radix === undefined ? 10 : round(radix);
  if (!(base >= 2 && base <= 36))
    raise('D3100', `The radix of the formatBase function must be between 2 and 36. It was given ${base}`);
  return round(value).toString(base);
};

const power = (base: number, exponent: number): number => {
  const result = base ** exponent;
  return Number.isFinite(result)
    ? result
    : raise(
        'D3061',
        `The power function has resulted in a value that cannot be represented as a JSON number: base=${base}, exponent=${exponent}`,
      );
};

const squareRoot = (value: number): number =>
  value < 0 ? raise('D3060', `The sqrt function cannot be applied to a negative number: ${value}`) : Math.sqrt(value);

const total = (items: readonly number[], machine: Machine): number => {
  machine.meter.burn(items.length);
  let sum = 0;
  for (const item of items) sum += item;
  return sum;
};

const extreme = (
  items: readonly number[],
  machine: Machine,
  pick: (a: number, b: number) => number,
): number | undefined => {
  machine.meter.burn(items.length);
  let best = items[0];
  for (const item of items) best = pick(best as number, item);
  return best;
};

/** Of a number that is there. */
const ofNumber = (name: string, work: (value: number) => number) =>
  defineOf(name, '<n-:n>', 1, ([value]) => work(value as number));

const numbers = (value: Value): readonly number[] => value as readonly number[];

/** What a picture and a number take that are short. */
const pictureCost = 100;

/** Their names and what they do. */
export const numberLibrary: Library = [
  define('count', '<a:n>', 1, ([items]) => (items === undefined ? 0 : (items as readonly Value[]).length)),
  defineOf('sum', '<a<n>:n>', 1, ([items], machine) => total(numbers(items), machine)),
  defineOf('max', '<a<n>:n>', 1, ([items], machine) => extreme(numbers(items), machine, Math.max)),
  defineOf('min', '<a<n>:n>', 1, ([items], machine) => extreme(numbers(items), machine, Math.min)),
  defineOf('average', '<a<n>:n>', 1, ([items], machine) =>
    numbers(items).length === 0 ? undefined : total(numbers(items), machine) / numbers(items).length,
  ),
  defineOf('number', '<(nsb)-:n>', 1, ([value], machine) => {
    if (typeof value === 'string') machine.meter.text(value.length);
    return toNumber(value);
  }),
  ofNumber('floor', Math.floor),
  ofNumber('ceil', Math.ceil),
  ofNumber('abs', Math.abs),
  ofNumber('sqrt', squareRoot),
  defineOf('round', '<n-n?:n>', 2, ([value, decimals]) => round(value as number, decimals as number | undefined)),
  defineOf('power', '<n-n:n>', 2, ([base, exponent]) => power(base as number, exponent as number)),
  define('random', '<:n>', 0, (_args, machine) => {
    machine.meter.burn(randomWork);
    return machine.host.random();
  }),
  defineOfAll('formatNumber', '<n-so?:s>', 2, 3, ([value, picture, options], machine) => {
    machine.meter.burn(pictureCost);
    return formatNumber(
      value as number,
      picture as string,
      options as Readonly<Record<string, string>> | undefined,
      machine.meter,
    );
  }),
  defineOf('formatBase', '<n-n?:s>', 2, ([value, radix]) => formatBase(value as number, radix as number | undefined)),
  defineOfAll('formatInteger', '<n-s:s>', 2, 2, ([value, picture], machine) => {
    machine.meter.burn(pictureCost + 2 * (picture as string).length);
    return formatInteger(value as number, picture as string, machine.meter);
  }),
  defineOfAll('parseInteger', '<s-s:n>', 2, 2, ([text, picture], machine) => {
    machine.meter.burn(pictureCost + 2 * (picture as string).length);
    return parseInteger(text as string, picture as string, machine.meter);
  }),
  define('boolean', '<x-:b>', 1, ([value], machine) => toBoolean(value, machine.meter)),
  defineOf('not', '<x-:b>', 1, ([value], machine) => !toBoolean(value, machine.meter)),
  define('exists', '<x:b>', 1, ([value]) => value !== undefined),
];

/** True for an array of numbers only; none counts too. */
export const areNumbers = (items: readonly Value[]): items is readonly number[] => items.every(isNumeric);
