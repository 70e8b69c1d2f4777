/**
 * `$formatNumber`: a number by picture (XPath F&O 3.1, 4.7). The rules of 4.7.3, 4.7.4 and 4.7.5 are cited where they are kept. Results are those of
 * the reference implementation, also where it reads a picture otherwise than XPath does; those places say so.
 */
import { groupInterval, wholeDigits } from '#engine/jsonata/digits';
import { raise } from '#engine/jsonata/error';
import type { Meter } from '#engine/jsonata/meter';

/** The characters a picture is made of (4.7.1). */
const defaults = {
  'decimal-separator': '.',
  'grouping-separator': ',',
  'exponent-separator': 'e',
  infinity: 'Infinity',
  'minus-sign': '-',
  NaN: 'NaN',
  percent: '%',
  'per-mille': '\u2030',
  'zero-digit': '0',
  digit: '#',
  'pattern-separator': ';',
} as const;

/** The third argument of `$formatNumber`: other characters, by the names of `defaults`. What has another name is ignored. */
export type NumberOptions = Readonly<Record<string, unknown>>;

type Symbols = Readonly<Record<keyof typeof defaults, string>>;

/** One picture for numbers of one sign, cut into its parts. */
interface SubPicture {
  readonly text: string;
  readonly prefix: string;
  readonly suffix: string;
  readonly active: string;
  readonly mantissa: string;
  readonly exponent: string | undefined;
  readonly integer: string;
  readonly fraction: string;
}

/** What a sub-picture asks for (4.7.4). Positions are counted in digits from the decimal separator. */
interface Layout {
  readonly picture: SubPicture;
  readonly groups: readonly number[];
  readonly interval: number;
  readonly fractionGroups: readonly number[];
  readonly scale: number;
  readonly minInteger: number;
  readonly minFraction: number;
  readonly maxFraction: number;
  readonly minExponent: number;
}

// What `Number.prototype.toFixed` can do; places beyond are zeros.
const mostPlaces = 100;
// A power of ten that is a finite number.
const mostScale = 300;

const countOf = (text: string, test: (character: string) => boolean): number => {
  let count = 0;
  for (let i = 0; i < text.length; i++) if (test(text.charAt(i))) count++;
  return count;
};

const repeats = (text: string, part: string): boolean => text.indexOf(part) !== text.lastIndexOf(part);

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

/** The characters of pictures and results, and what can be asked of a picture with them. */
class PictureLanguage {
  readonly symbols: Symbols;
  /** Its ten digits, by UTF-16 unit; none where there is no zero. */
  readonly digits: string;
  readonly meter: Meter;

  constructor(options: NumberOptions | undefined, meter: Meter) {
    const symbolOf = (name: keyof typeof defaults): string => {
      const own = options !== undefined && Object.hasOwn(options, name) ? options[name] : undefined;
      if (own !== undefined && typeof own !== 'string')
        return raise('T0410', `the option ${name} of formatNumber must be a text`, 'formatNumber');
      return own ?? defaults[name];
    };
    this.symbols = {
      'decimal-separator': symbolOf('decimal-separator'),
      'grouping-separator': symbolOf('grouping-separator'),
      'exponent-separator': symbolOf('exponent-separator'),
      infinity: symbolOf('infinity'),
      'minus-sign': symbolOf('minus-sign'),
      NaN: symbolOf('NaN'),
      percent: symbolOf('percent'),
      'per-mille': symbolOf('per-mille'),
      'zero-digit': symbolOf('zero-digit'),
      digit: symbolOf('digit'),
      'pattern-separator': symbolOf('pattern-separator'),
    };
    this.meter = meter;
    const zero = this.symbols['zero-digit'];
    this.digits = Array.from({ length: zero === '' ? 0 : 10 }, (_, i) =>
      String.fromCharCode(zero.charCodeAt(0) + i),
    ).join('');
  }

  readonly isDigit = (character: string): boolean => this.digits.includes(character);

  readonly isPlace = (character: string): boolean => this.isDigit(character) || character === this.symbols.digit;

  /** True for the characters between which nothing else may stand. */
  readonly isActive = (character: string): boolean =>
    this.isPlace(character) ||
    character === this.symbols['decimal-separator'] ||
    character === this.symbols['exponent-separator'] ||
    character === this.symbols['grouping-separator'] ||
    character === this.symbols['pattern-separator'];

  /** Cuts a sub-picture (4.7.3, "the prefix … the mantissa part …"). */
  cut(text: string): SubPicture {
    const isEdge = (at: number): boolean =>
      this.isActive(text.charAt(at)) && text.charAt(at) !== this.symbols['exponent-separator'];
    let start = 0;
    while (start < text.length && !isEdge(start)) start++;
    let end = text.length;
    while (end > 0 && !isEdge(end - 1)) end--;
    // Without any active character all of it is read as active, and refused for it.
    if (end === 0) [start, end] = [0, text.length];
    const active = text.slice(start, end);
    const suffix = text.slice(end);
    // The reference counts this position from the start of the sub-picture, but cuts the active part there.
    const at = text.indexOf(this.symbols['exponent-separator'], start);
    const hasExponent = at >= 0 && at <= end;
    const mantissa = hasExponent ? active.slice(0, at) : active;
    const point = mantissa.indexOf(this.symbols['decimal-separator']);
    return {
      text,
      prefix: text.slice(0, start),
      suffix,
      active,
      mantissa,
      exponent: hasExponent ? active.slice(at + 1) : undefined,
      integer: point < 0 ? mantissa : mantissa.slice(0, point),
      fraction: point < 0 ? suffix : mantissa.slice(point + 1),
    };
  }

  /** Refuses what 4.7.3 forbids. Of several errors the reference reports the last of its list, so they are asked from there. */
  check({ text, active, mantissa, exponent, integer, fraction }: SubPicture): void {
    const { symbols, isDigit, isPlace } = this;
    const grouping = symbols['grouping-separator'];
    const point = text.indexOf(symbols['decimal-separator']);
    const hasPercent = text.includes(symbols.percent);
    const hasPerMille = text.includes(symbols['per-mille']);
    if (exponent !== undefined) {
      if (exponent === '' || countOf(exponent, isDigit) < exponent.length)
        raise('D3093', 'the exponent of a picture must be digits');
      if (hasPercent || hasPerMille) raise('D3092', 'a picture with a percent or per-mille sign has no exponent');
    }
    const lastOptional = fraction.lastIndexOf(symbols.digit);
    if (lastOptional >= 0 && countOf(fraction.slice(lastOptional), isDigit) > 0)
      raise('D3091', 'the fraction of a picture has a digit after an optional digit');
    const firstOptional = integer.indexOf(symbols.digit);
    if (firstOptional >= 0 && countOf(integer.slice(0, firstOptional), isDigit) > 0)
      raise('D3090', 'the integer part of a picture has a digit before an optional digit');
    if (text.includes(grouping + grouping)) raise('D3089', 'a picture has two grouping separators in a row');
    if (point < 0 && integer.charAt(integer.length - 1) === grouping)
      raise('D3088', 'the integer part of a picture ends with a grouping separator');
    if (point >= 0 && (text.charAt(point - 1) === grouping || text.charAt(point + 1) === grouping))
      raise('D3087', 'a grouping separator of a picture stands beside the decimal separator');
    if (countOf(active, this.isActive) < active.length)
      raise('D3086', 'a picture has another character between its digits and separators');
    if (countOf(mantissa, isPlace) === 0) raise('D3085', 'a picture needs at least one digit or optional digit');
    if (hasPercent && hasPerMille) raise('D3084', 'a picture has both a percent and a per-mille sign');
    if (repeats(text, symbols['per-mille'])) raise('D3083', 'a picture has more than one per-mille sign');
    if (repeats(text, symbols.percent)) raise('D3082', 'a picture has more than one percent sign');
    if (repeats(text, symbols['decimal-separator'])) raise('D3081', 'a picture has more than one decimal separator');
  }

  /** How many places stand left of each grouping separator of `part`; from the second on the reference looks for them in the integer part. */
  private placesBeforeGroups(part: string, integer: string): number[] {
    const grouping = this.symbols['grouping-separator'];
    let at = part.indexOf(grouping);
    if (at < 0) return [];
    const before = [0];
    for (let i = 0; i < part.length; i++) before.push((before[i] ?? 0) + (this.isPlace(part.charAt(i)) ? 1 : 0));
    const places = [];
    for (; at >= 0; at = integer.indexOf(grouping, at + 1)) places.push(before[Math.min(at, part.length)] ?? 0);
    this.meter.items(places.length);
    return places;
  }

  /** 4.7.4. */
  layOut(picture: SubPicture): Layout {
    const { integer, fraction, exponent } = picture;
    const integerPlaces = countOf(integer, this.isPlace);
    const groups = this.placesBeforeGroups(integer, integer).map((before) => integerPlaces - before);
    const scale = countOf(integer, this.isDigit);
    let minInteger = scale;
    let minFraction = countOf(fraction, this.isDigit);
    let maxFraction = countOf(fraction, this.isPlace);
    if (minInteger === 0 && maxFraction === 0) {
      if (exponent === undefined) minInteger = 1;
      else minFraction = maxFraction = 1;
    }
    if (exponent !== undefined && minInteger === 0 && integer.includes(this.symbols.digit)) minInteger = 1;
    if (minInteger === 0 && minFraction === 0) minFraction = 1;
    return {
      picture,
      groups,
      interval: groupInterval(groups),
      fractionGroups: this.placesBeforeGroups(fraction, integer),
      scale,
      minInteger,
      minFraction,
      maxFraction,
      minExponent: exponent?.length ?? 0,
    };
  }

  /** A number's digits, with as many places, in this picture's digits. The separator is still the point. */
  fixed(value: number, places: number): string {
    const size = Math.abs(value);
    const text = size < 1e21 ? size.toFixed(Math.min(places, mostPlaces)) : wholeDigits(size);
    if (this.symbols['zero-digit'] === '0') return text;
    return Array.from(text, (each) => (each >= '0' && each <= '9' ? this.digits.charAt(Number(each)) : each)).join('');
  }

  /** So many zeros. */
  zeros(count: number): string {
    if (count <= 0) return '';
    const zero = this.symbols['zero-digit'];
    this.meter.text(count * zero.length);
    return zero.repeat(count);
  }

  /** Puts a grouping separator into a text. The reference counts a negative position from the end, as `slice` does. */
  private grouped(text: string, at: number): string {
    this.meter.text(text.length);
    return text.slice(0, at) + this.symbols['grouping-separator'] + text.slice(at);
  }

  /** The mantissa: digits, separators and pads (4.7.5, rules 7 to 12). */
  mantissa(value: number, layout: Layout): string {
    const { minInteger, minFraction, maxFraction, groups, interval, fractionGroups } = layout;
    const point = this.symbols['decimal-separator'];
    const zero = this.symbols['zero-digit'];
    const [whole = '', places = ''] = this.fixed(rounded(value, maxFraction), maxFraction).split('.');
    let from = 0;
    while (from < whole.length && whole.charAt(from) === zero) from++;
    let to = places.length;
    while (to > 0 && places.charAt(to - 1) === zero) to--;
    const integer = this.zeros(minInteger - whole.length + from) + whole.slice(from);
    let text = integer + point + places.slice(0, to) + this.zeros(minFraction - to);
    if (interval > 0) {
      for (let at = integer.length - interval; at > 0; at -= interval) text = this.grouped(text, at);
    } else {
      groups.forEach((places, i) => {
        text = this.grouped(text, integer.length + i - places);
      });
    }
    this.meter.burn((text.length * point.length) / 8);
    const start = text.indexOf(point) + 1;
    for (const places of fractionGroups) text = this.grouped(text, start + places);
    const ends = text.indexOf(point) === text.length - 1;
    return ends || !layout.picture.text.includes(point) ? text.slice(0, -1) : text;
  }
}

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
 * A number as `picture` asks; `options` changes the characters a picture is made of. Errors: D3080 to D3093 for a picture that makes no sense; T0410 for an
 * option that is no text.
 * What the text costs is taken from the meter before it is made.
 */
export const formatNumber = (
  value: number,
  picture: string,
  options: NumberOptions | undefined,
  meter: Meter,
): string => {
  meter.text(picture.length);
  const language = new PictureLanguage(options, meter);
  const { symbols } = language;
  // It is walked several times, and each character of it may be compared with the whole of a separator.
  const longest = Math.max(1, ...Object.values(symbols).map((symbol) => symbol.length));
  meter.burn(8 * picture.length * longest);
  const texts = picture.split(symbols['pattern-separator']);
  if (texts.length > 2) raise('D3080', 'a picture has at most two sub-pictures');
  const parts = texts.map((text) => language.cut(text));
  for (const part of parts) language.check(part);
  const [positive, negative] = parts.map((part) => language.layOut(part));
  const isPositive = value >= 0;
  const layout = isPositive ? positive : (negative ?? positive);
  if (layout === undefined) return raise('D3085', 'a picture needs at least one digit or optional digit');
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
  if (layout.minExponent === 0) return wrap(language.mantissa(adjusted, layout));
  const { mantissa, exponent } = scaled(adjusted, layout.scale);
  const digits = language.fixed(exponent, 0);
  const power = language.zeros(layout.minExponent - digits.length) + digits;
  return wrap(
    language.mantissa(mantissa, layout) +
      symbols['exponent-separator'] +
      (exponent < 0 ? symbols['minus-sign'] : '') +
      power,
  );
};
