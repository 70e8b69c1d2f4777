/**
 * Integers by picture: `$formatInteger`, `$parseInteger` and the numbers within dates (XPath F&O 3.1, 4.6.1). Results are those of the reference
 * implementation, also where a picture's irregular separators have no digits to stand between.
 */

import { raise } from '#engine/jsonata/error';
import type { Meter } from '#engine/jsonata/meter';
import { groupInterval, wholeDigits } from '#engine/jsonata/pictures/digits';
import {
  lettersOf,
  romanOf,
  valueOfLetters,
  valueOfRoman,
  valueOfWords,
  wordsOf,
} from '#engine/jsonata/pictures/numerals';

/** A separator, so many digits from the right. */
interface Separator {
  readonly position: number;
  readonly character: string;
}

/** A picture of digits. */
export interface DecimalPicture {
  readonly kind: 'decimal';
  /** The code point of the zero of its digits. */
  readonly zero: number;
  /** The least number of digits that are shown. */
  readonly mandatory: number;
  /** Digits that the picture shows but does not ask for. */
  readonly optional: number;
  /** From the right. */
  readonly separators: readonly Separator[];
  /** Where the separators repeat: after so many digits each; else 0. */
  readonly interval: number;
  readonly ordinal: boolean;
}

/** What a picture of an integer asks for. */
export type IntegerPicture =
  | DecimalPicture
  | { readonly kind: 'letters' | 'roman'; readonly upper: boolean }
  | { readonly kind: 'words'; readonly letterCase: 'upper' | 'lower' | 'title'; readonly ordinal: boolean }
  /** A numbering that nobody knows: found out when it is used, as the reference does. */
  | { readonly kind: 'unknown'; readonly token: string };

// The zeros of the decimal digits in the Basic Multilingual Plane (Unicode, general category Nd).
const zeros = [
  0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
  0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0,
  0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
];
const zeroOfDigit = new Map(
  zeros.flatMap((zero) => Array.from({ length: 10 }, (_, i) => [String.fromCharCode(zero + i), zero] as const)),
);
const asciiZero = 0x30;

const decimalPicture = (text: string, ordinal: boolean): IntegerPicture => {
  let zero: number | undefined;
  let mandatory = 0;
  let optional = 0;
  const separators: Separator[] = [];
  for (const character of Array.from(text).reverse()) {
    const family = zeroOfDigit.get(character);
    if (family !== undefined) {
      if (zero !== undefined && zero !== family)
        return raise('D3131', 'all digits of a picture must be of the same family');
      zero = family;
      mandatory++;
    } else if (character === '#') {
      optional++;
    } else {
      separators.push({ position: mandatory + optional, character });
    }
  }
  if (zero === undefined) return { kind: 'unknown', token: text };
  const alike = separators.every((each) => each.character === separators[0]?.character);
  const interval = alike ? groupInterval(separators.map((each) => each.position)) : 0;
  return { kind: 'decimal', zero, mandatory, optional, separators, interval, ordinal };
};

/** Reads a picture. Errors: D3131. */
export const readIntegerPicture = (picture: string, meter: Meter): IntegerPicture => {
  meter.text(picture.length);
  meter.burn(picture.length);
  const semicolon = picture.lastIndexOf(';');
  const primary = semicolon < 0 ? picture : picture.slice(0, semicolon);
  const ordinal = semicolon >= 0 && picture.charAt(semicolon + 1) === 'o';
  switch (primary) {
    case 'A':
    case 'a':
      return { kind: 'letters', upper: primary === 'A' };
    case 'I':
    case 'i':
      return { kind: 'roman', upper: primary === 'I' };
    case 'W':
      return { kind: 'words', letterCase: 'upper', ordinal };
    case 'w':
      return { kind: 'words', letterCase: 'lower', ordinal };
    case 'Ww':
      return { kind: 'words', letterCase: 'title', ordinal };
    default:
      return decimalPicture(primary, ordinal);
  }
};

/** The error of a numbering that nobody knows. */
export const unknownNumbering = (token: string): never =>
  raise('D3130', `a sequence that starts with ${token} is no numbering that is supported`, token);

const inGroups = (digits: string, picture: DecimalPicture, meter: Meter): string => {
  const { separators, interval } = picture;
  const mark = separators[0]?.character ?? '';
  if (interval > 0) {
    const groups = [];
    for (let end = digits.length; end > 0; end -= interval) groups.push(digits.slice(Math.max(0, end - interval), end));
    meter.text(digits.length + groups.length * mark.length);
    return groups.reverse().join(mark);
  }
  let text = digits;
  // The outermost first, each counted from the right end; where the digits are too few, as the reference cuts.
  for (const { position, character } of separators.toReversed()) {
    meter.text(text.length);
    const at = text.length - position;
    text = text.slice(0, Math.max(at, 0)) + character + text.slice(at);
  }
  return text;
};

const suffixOf = (text: string): string => {
  if (text.length > 1 && text.at(-2) === '1') return 'th';
  return { '1': 'st', '2': 'nd', '3': 'rd' }[text.at(-1) ?? ''] ?? 'th';
};

const decimalOf = (value: number, picture: DecimalPicture, meter: Meter): string => {
  const plain = wholeDigits(value);
  const pad = picture.mandatory - plain.length;
  if (pad > 0) meter.text(picture.mandatory);
  let text = pad > 0 ? '0'.repeat(pad) + plain : plain;
  if (picture.zero !== asciiZero)
    text = Array.from(text, (each) => String.fromCharCode(each.charCodeAt(0) + picture.zero - asciiZero)).join('');
  text = inGroups(text, picture, meter);
  return picture.ordinal ? text + suffixOf(text) : text;
};

const formatMagnitude = (value: number, picture: IntegerPicture, meter: Meter): string => {
  switch (picture.kind) {
    case 'letters':
      return lettersOf(value, picture.upper ? 'A' : 'a');
    case 'roman': {
      const text = romanOf(value, meter);
      return picture.upper ? text : text.toLowerCase();
    }
    case 'words': {
      const text = wordsOf(value, picture.ordinal);
      if (picture.letterCase === 'title') return text;
      return picture.letterCase === 'upper' ? text.toUpperCase() : text.toLowerCase();
    }
    case 'decimal':
      return decimalOf(value, picture, meter);
    case 'unknown':
      return unknownNumbering(picture.token);
  }
};

/** An integer as a picture that was read asks for it. Errors: D3130; D1001 for what is no finite number. */
export const writeInteger = (value: number, picture: IntegerPicture, meter: Meter): string => {
  if (!Number.isFinite(value)) return raise('D1001', `number out of range: ${value}`);
  const text = formatMagnitude(Math.abs(value), picture, meter);
  return value < 0 ? `-${text}` : text;
};

/** `$formatInteger`: the largest integer that is not above `value`, as the picture asks. Errors: D3130, D3131; D1001. */
export const formatInteger = (value: number, picture: string, meter: Meter): string =>
  writeInteger(Math.floor(value), readIntegerPicture(picture, meter), meter);

const decimalValue = (text: string, picture: DecimalPicture, meter: Meter): number => {
  let bare = picture.ordinal ? text.slice(0, -2) : text;
  // The reference takes out commas where the separators are regular, whatever they are.
  for (const mark of picture.interval > 0 ? [','] : picture.separators.map((each) => each.character)) {
    meter.burn(1 + bare.length);
    bare = bare.replaceAll(mark, '');
  }
  meter.burn(bare.length);
  const offset = picture.zero - asciiZero;
  if (offset === 0) return Number.parseInt(bare, 10);
  let digits = '';
  for (let i = 0; i < bare.length; i++) {
    const code = bare.charCodeAt(i) - offset;
    digits += code > 0 ? String.fromCharCode(code) : 'x';
  }
  return Number.parseInt(digits, 10);
};

/** The integer that a text shows in the manner of a picture that was read; NaN where it shows none. Errors: D3130. */
export const readInteger = (text: string, picture: IntegerPicture, meter: Meter): number => {
  switch (picture.kind) {
    case 'letters':
      return valueOfLetters(text, picture.upper ? 'A' : 'a', meter);
    case 'roman':
      return valueOfRoman(picture.upper ? text : text.toUpperCase(), meter);
    case 'words':
      return valueOfWords(text, meter);
    case 'decimal':
      return decimalValue(text, picture, meter);
    case 'unknown':
      return unknownNumbering(picture.token);
  }
};

/**
 * `$parseInteger`: the integer that a text shows; NaN where it shows none. It reads as far as it can, as the reference does, and does not check
 * the text against the picture. Errors: D3130, D3131; D1001 for one that is too large for a number.
 */
export const parseInteger = (text: string, picture: string, meter: Meter): number => {
  meter.text(text.length);
  const value = readInteger(text, readIntegerPicture(picture, meter), meter);
  return Number.isFinite(value) || Number.isNaN(value) ? value : raise('D1001', 'number out of range');
};
