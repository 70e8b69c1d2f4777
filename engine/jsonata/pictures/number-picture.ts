/**
 * `$formatNumber`: a number by picture (XPath F&O 3.1, 4.7.5). Results are those of the reference implementation, also where a picture's separators have
 * no digits to stand between.
 */

import type { Meter } from '#engine/jsonata/meter';
import { wholeDigits } from '#engine/jsonata/pictures/digits';
import { type Layout, NumberLanguage, type NumberOptions } from '#engine/jsonata/pictures/number-layout';

// What `Number.prototype.toFixed` can do; places beyond are zeros.
const mostPlaces = 100;
// A power of ten that is a finite number.
const mostScale = 300;

/** `value` times ten to the power of `places`, without the error that a multiplication brings. */
const shifted = (value: number, places: number): number => {
  if (places === 0) return value;
  const [mantissa, exponent = '0'] = String(value).split('e');
  return Number(`${mantissa}e${Number(exponent) + places}`);
};

/** Rounded to so many places; halves go to the even neighbour. */
const rounded = (value: number, places: number): number => {
  const whole = shifted(value, places);
  if (!Number.isFinite(whole)) return value;
  const up = Math.round(whole);
  const even = Math.abs(up - whole) === 0.5 && Math.abs(up % 2) === 1 ? up - 1 : up;
  return shifted(even, -places);
};

/** A number's digits, with as many places, in the language's digits. The separator is still the point. */
const fixed = ({ symbols, digits }: NumberLanguage, value: number, places: number): string => {
  const size = Math.abs(value);
  const text = size < 1e21 ? size.toFixed(Math.min(places, mostPlaces)) : wholeDigits(size);
  if (symbols['zero-digit'] === '0') return text;
  return Array.from(text, (each) => (each >= '0' && each <= '9' ? digits.charAt(Number(each)) : each)).join('');
};

/** So many zeros. */
const zeros = ({ symbols, meter }: NumberLanguage, count: number): string => {
  if (count <= 0) return '';
  const zero = symbols['zero-digit'];
  meter.text(count * zero.length);
  return zero.repeat(count);
};

/** Puts a grouping separator into a text. The reference counts a negative position from the end, as `slice` does. */
const grouped = ({ symbols, meter }: NumberLanguage, text: string, at: number): string => {
  const separator = symbols['grouping-separator'];
  meter.text(text.length + separator.length);
  return text.slice(0, at) + separator + text.slice(at);
};

/** The mantissa: digits, separators and pads (4.7.5, rules 7 to 12). */
const mantissaOf = (language: NumberLanguage, value: number, layout: Layout): string => {
  const { minInteger, minFraction, maxFraction, groups, interval, fractionGroups } = layout;
  const point = language.symbols['decimal-separator'];
  const zero = language.symbols['zero-digit'];
  const [whole = '', places = ''] = fixed(language, rounded(value, maxFraction), maxFraction).split('.');
  let from = 0;
  while (from < whole.length && whole.charAt(from) === zero) from++;
  let to = places.length;
  while (to > 0 && places.charAt(to - 1) === zero) to--;
  const integer = zeros(language, minInteger - whole.length + from) + whole.slice(from);
  let text = integer + point + places.slice(0, to) + zeros(language, minFraction - to);
  if (interval > 0) {
    for (let at = integer.length - interval; at > 0; at -= interval) text = grouped(language, text, at);
  } else {
    groups.forEach((places, i) => {
      text = grouped(language, text, integer.length + i - places);
    });
  }
  language.meter.burn((text.length * point.length) / 8);
  const start = text.indexOf(point) + 1;
  for (const places of fractionGroups) text = grouped(language, text, start + places);
  const ends = text.indexOf(point) === text.length - 1;
  return ends || !layout.picture.text.includes(point) ? text.slice(0, -1) : text;
};

/** Brings a number to as many digits before the point as the picture has, and counts the steps (4.7.5, rule 5). */
const scaled = (value: number, scale: number): { mantissa: number; exponent: number } => {
  const most = 10 ** Math.min(scale, mostScale);
  const least = 10 ** (Math.min(scale, mostScale) - 1);
  let mantissa = value;
  let exponent = 0;
  if (value === 0) return { mantissa, exponent };
  while (Math.abs(mantissa) < least) {
    mantissa *= 10;
    exponent--;
  }
  while (Math.abs(mantissa) > most) {
    mantissa /= 10;
    exponent++;
  }
  return { mantissa, exponent };
};

/**
 * A number as `picture` asks; `options` changes the characters a picture is made of. Errors: D3080 to D3093 for a picture that makes no sense; T0410 for
 * an option that is no text. What the text costs is taken from the meter before it is made.
 */
export const formatNumber = (
  value: number,
  picture: string,
  options: NumberOptions | undefined,
  meter: Meter,
): string => {
  const language = new NumberLanguage(options, meter);
  const { symbols } = language;
  const { positive, negative } = language.read(picture);
  const isPositive = value >= 0;
  const layout = isPositive ? positive : (negative ?? positive);
  const { text, prefix, suffix } = layout.picture;
  const sign = isPositive || negative !== undefined ? '' : symbols['minus-sign'];
  const wrap = (number: string): string => {
    meter.text(sign.length + prefix.length + number.length + suffix.length);
    return sign + prefix + number + suffix;
  };
  const factor = text.includes(symbols.percent) ? 100 : text.includes(symbols['per-mille']) ? 1000 : 1;
  const adjusted = value * factor;
  if (Number.isNaN(adjusted)) return symbols.NaN;
  if (!Number.isFinite(adjusted)) return wrap(symbols.infinity);
  if (layout.minExponent === 0) return wrap(mantissaOf(language, adjusted, layout));
  const { mantissa, exponent } = scaled(adjusted, layout.scale);
  const digits = fixed(language, exponent, 0);
  const power = zeros(language, layout.minExponent - digits.length) + digits;
  return wrap(
    mantissaOf(language, mantissa, layout) +
      symbols['exponent-separator'] +
      (exponent < 0 ? symbols['minus-sign'] : '') +
      power,
  );
};
