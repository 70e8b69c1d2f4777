/** Integers as words, Roman numerals and the letters of columns, both ways. English only, as the reference implementation has it. */
import type { Meter } from '#engine/jsonata/meter';

const cardinals =
  'Zero One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve Thirteen Fourteen Fifteen Sixteen Seventeen Eighteen Nineteen'.split(
    ' ',
  );
const ordinals =
  'Zeroth First Second Third Fourth Fifth Sixth Seventh Eighth Ninth Tenth Eleventh Twelfth Thirteenth Fourteenth Fifteenth Sixteenth Seventeenth Eighteenth Nineteenth'.split(
    ' ',
  );
const tens = 'Twenty Thirty Forty Fifty Sixty Seventy Eighty Ninety'.split(' ');
const scales: readonly (readonly [unit: number, name: string])[] = [
  [1e12, 'Trillion'],
  [1e9, 'Billion'],
  [1e6, 'Million'],
  [1e3, 'Thousand'],
  [100, 'Hundred'],
];

const tenth = (name: string): string => `${name.slice(0, -1)}ieth`;

/** A whole number in words, each with a capital: `Two Hundred and Twelfth`. What is above a trillion is counted in trillions. */
export const wordsOf = (value: number, ordinal: boolean): string => {
  if (value < 20) return (ordinal ? ordinals : cardinals)[value] ?? '';
  if (value < 100) {
    const name = tens[Math.floor(value / 10) - 2] ?? '';
    const rest = value % 10;
    if (rest > 0) return `${name}-${wordsOf(rest, ordinal)}`;
    return ordinal ? tenth(name) : name;
  }
  const [unit, name] = scales.find(([each]) => value >= each) ?? [100, 'Hundred'];
  const count = Math.floor(value / unit);
  const head = `${wordsOf(count, false)} ${name}`;
  // Above 2^53 the product may come out larger than the value; then nothing is left.
  const rest = value - count * unit;
  if (rest > 0) return `${head}${rest < 100 ? ' and ' : ', '}${wordsOf(rest, ordinal)}`;
  return ordinal ? `${head}th` : head;
};

/** What each word is worth, in lower case; the order is that in which words are tried where one begins with another. */
export const wordValues: ReadonlyMap<string, number> = new Map(
  [
    ...cardinals.map((word, value) => [word, value] as const),
    ...ordinals.map((word, value) => [word, value] as const),
    ...tens.flatMap((word, i) => [[word, (i + 2) * 10] as const, [tenth(word), (i + 2) * 10] as const]),
    ...scales.toReversed().flatMap(([unit, word]) => [[word, unit] as const, [`${word}th`, unit] as const]),
  ].map(([word, value]) => [word.toLowerCase(), value] as const),
);

/** The value of a number in words; NaN where one of them is none. */
export const valueOfWords = (text: string, meter: Meter): number => {
  meter.text(text.length);
  let total = 0;
  let group = 0;
  for (const word of text.toLowerCase().split(/\sand\s|,\s|-|\\|\s/)) {
    meter.burn(1);
    const value = wordValues.get(word);
    if (value === undefined) return Number.NaN;
    if (value >= 100) {
      group *= value;
    } else {
      // A group that already has its thousand, million … is done: what comes now is the next one.
      if (group >= 1000) {
        total += group;
        group = 0;
      }
      group += value;
    }
  }
  return total + group;
};

const romans: readonly (readonly [value: number, numeral: string])[] = [
  [900, 'CM'],
  [500, 'D'],
  [400, 'CD'],
  [100, 'C'],
  [90, 'XC'],
  [50, 'L'],
  [40, 'XL'],
  [10, 'X'],
  [9, 'IX'],
  [5, 'V'],
  [4, 'IV'],
  [1, 'I'],
];

/** A whole number in Roman numerals; nothing for 0. The thousands are as many `M`, so the meter bounds the value. */
export const romanOf = (value: number, meter: Meter): string => {
  const thousands = Math.floor(value / 1000);
  meter.text(thousands);
  let text = 'M'.repeat(thousands);
  let rest = value % 1000;
  for (const [worth, numeral] of romans) {
    const times = Math.floor(rest / worth);
    text += numeral.repeat(times);
    rest -= times * worth;
  }
  return text;
};

const romanValues = new Map(Object.entries({ M: 1000, D: 500, C: 100, L: 50, X: 10, V: 5, I: 1 }));

/** The value of Roman numerals in capitals, in any order; NaN where a character is none. */
export const valueOfRoman = (text: string, meter: Meter): number => {
  meter.burn(text.length);
  let total = 0;
  let largest = 1;
  for (let i = text.length - 1; i >= 0; i--) {
    const value = romanValues.get(text.charAt(i));
    if (value === undefined) return Number.NaN;
    total += value < largest ? -value : value;
    largest = Math.max(largest, value);
  }
  return total;
};

/** A whole number as a spreadsheet names its columns: `A` to `Z`, `AA` … with `first` for the first letter; nothing for 0. */
export const lettersOf = (value: number, first: string): string => {
  let text = '';
  for (let rest = value; rest > 0; rest = Math.floor((rest - 1) / 26))
    text = String.fromCharCode(((rest - 1) % 26) + first.charCodeAt(0)) + text;
  return text;
};

/** The value of a column's letters. Other characters count by their distance from `first`. */
export const valueOfLetters = (text: string, first: string, meter: Meter): number => {
  meter.burn(text.length);
  const one = first.charCodeAt(0) - 1;
  let total = 0;
  for (let i = 0; i < text.length; i++) total += (text.charCodeAt(text.length - 1 - i) - one) * 26 ** i;
  return total;
};
