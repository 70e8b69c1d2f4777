/**
 * What a picture of numbers asks for (XPath F&O 3.1, 4.7.3 and 4.7.4). Read as the reference implementation reads it, also where that is otherwise than
 * XPath does; those places say so.
 */

import { raise } from '#engine/jsonata/error';
import type { Meter } from '#engine/jsonata/meter';
import { groupInterval } from '#engine/jsonata/pictures/digits';

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
export interface SubPicture {
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
export interface Layout {
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

const countOf = (text: string, test: (character: string) => boolean): number => {
  let count = 0;
  for (let i = 0; i < text.length; i++) if (test(text.charAt(i))) count++;
  return count;
};

const repeats = (text: string, part: string): boolean => text.indexOf(part) !== text.lastIndexOf(part);

/** The characters of pictures and results, and what pictures mean that are made of them. */
export class NumberLanguage {
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
  private cut(text: string): SubPicture {
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
  private check({ text, active, mantissa, exponent, integer, fraction }: SubPicture): void {
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
  private layOut(picture: SubPicture): Layout {
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

  /** Reads a picture: what it asks of numbers and, where it says so apart, of those below zero. Errors: D3080 to D3093. */
  read(picture: string): { positive: Layout; negative: Layout | undefined } {
    this.meter.text(picture.length);
    // It is walked several times, and each character of it may be compared with the whole of a separator.
    const longest = Math.max(1, ...Object.values(this.symbols).map((symbol) => symbol.length));
    this.meter.burn(8 * picture.length * longest);
    const texts = picture.split(this.symbols['pattern-separator']);
    if (texts.length > 2) raise('D3080', 'a picture has at most two sub-pictures');
    const positive = this.cut(texts[0] ?? '');
    const negative = texts[1] === undefined ? undefined : this.cut(texts[1]);
    this.check(positive);
    if (negative) this.check(negative);
    return { positive: this.layOut(positive), negative: negative && this.layOut(negative) };
  }
}
