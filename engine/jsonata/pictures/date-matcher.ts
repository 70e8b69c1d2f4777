/**
 * Reads a text by the parts of a date picture, one after another. No regular expression is made of a picture, and what would be backtracking there is a
 * search that remembers: (1) each pair of a part and a place in the text is tried once at most, so that the search is bounded by the product of the two
 * lengths and by the fuel; (2) of several readings the one is found that a backtracking matcher finds first, longest parts first.
 */

import { raise } from '#engine/jsonata/error';
import type { Meter } from '#engine/jsonata/meter';
import { dayNames, monthNames } from '#engine/jsonata/pictures/date-fields';
import type { Literal, Marker, Part } from '#engine/jsonata/pictures/date-parts';
import { type IntegerPicture, readInteger, unknownNumbering } from '#engine/jsonata/pictures/integer-picture';
import { wordValues } from '#engine/jsonata/pictures/numerals';

/** A text that is read, and the same in one case: pictures do not tell upper case from lower. */
interface Source {
  readonly text: string;
  readonly folded: string;
}

/** Reads one part. */
interface Matcher {
  /** The component whose value it reads; none for a literal. */
  readonly component: string | undefined;
  /** Where the part may end that starts at `start`; the one to try first comes first. */
  ends(source: Source, start: number): readonly number[];
  /** The value of what was read; undefined for a name that nobody knows, NaN for no number. */
  value(text: string): number | undefined;
}

/** Upper case, one UTF-16 unit for one; ASCII stands for itself only, as regular expressions that ignore case have it. */
const fold = (text: string, meter: Meter): string => {
  meter.burn(text.length);
  let folded = '';
  for (let i = 0; i < text.length; i++) {
    const unit = text.charAt(i);
    const upper = unit.toUpperCase();
    folded += upper.length === 1 && (unit < '\u0080' || upper >= '\u0080') ? upper : unit;
  }
  return folded;
};

const isDigit = (unit: string): boolean => unit >= '0' && unit <= '9';
const isLetter = (unit: string): boolean => unit >= 'A' && unit <= 'Z';
const isRoman = (unit: string): boolean => unit !== '' && 'MDCLXVI'.includes(unit);

/** Past the characters from `start` on that pass. */
const endOfRun = (folded: string, start: number, test: (unit: string) => boolean): number => {
  let end = start;
  while (end < folded.length && test(folded.charAt(end))) end++;
  return end;
};

/** All places after `start` up to `end`, the last first (2). */
const downTo = (end: number, start: number, meter: Meter): number[] => {
  meter.burn(1 + end - start);
  return Array.from({ length: end - start }, (_, i) => end - i);
};

/** One character or more that pass. */
const run =
  (test: (unit: string) => boolean, meter: Meter): Matcher['ends'] =>
  ({ folded }, start) =>
    downTo(endOfRun(folded, start, test), start, meter);

const words = [...wordValues.keys(), 'and', '-', ',', ' '].map((word) => word.toUpperCase());

/** One word or more of a number, with or without something between them; as long as it can be first, and words in their order (2). */
const wordRun =
  (meter: Meter): Matcher['ends'] =>
  ({ folded }, start) => {
    const ends: number[] = [];
    const seen = new Set([start]);
    const open = [{ at: start, next: 0 }];
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      meter.burn(4);
      const { at, next } = top;
      const found = words.findIndex((word, i) => i >= next && folded.startsWith(word, at));
      if (found < 0) {
        open.pop();
        if (at > start) ends.push(at);
        continue;
      }
      top.next = found + 1;
      const end = at + (words[found] ?? '').length;
      if (!seen.has(end)) open.push({ at: end, next: 0 });
      seen.add(end);
    }
    return ends;
  };

const decimalRun =
  (ordinal: boolean, digits: number | undefined, meter: Meter): Matcher['ends'] =>
  ({ folded }, start) => {
    const last = endOfRun(folded, start, isDigit);
    meter.burn(last - start);
    const ends = digits ? [start + digits].filter((end) => end <= last) : downTo(last, start, meter);
    if (!ordinal) return ends;
    return ends.filter((end) => ['TH', 'ST', 'ND', 'RD'].includes(folded.slice(end, end + 2))).map((end) => end + 2);
  };

const integerEnds = (picture: IntegerPicture, digits: number | undefined, meter: Meter): Matcher['ends'] => {
  switch (picture.kind) {
    case 'letters':
      return run(isLetter, meter);
    case 'roman':
      return run(isRoman, meter);
    case 'words':
      return wordRun(meter);
    case 'decimal':
      // Dates are read in ASCII digits only; one of another family is never found, as in the reference.
      return picture.zero === 0x30 ? decimalRun(picture.ordinal, digits, meter) : () => [];
    case 'unknown':
      return unknownNumbering(picture.token);
  }
};

const literalMatcher = (part: Literal, meter: Meter): Matcher => {
  const literal = fold(part.text, meter);
  return {
    component: undefined,
    ends: ({ folded }, start) => {
      meter.text(literal.length);
      return folded.startsWith(literal, start) ? [start + literal.length] : [];
    },
    value: () => undefined,
  };
};

/** The minutes of an offset. The reference takes a sign for the hours only, and so do we: both ways, what it wrote it reads. */
const offsetOf = (text: string, separator: string | undefined): number => {
  const cut = separator === undefined ? (text.length > 3 ? 3 : text.length) : text.indexOf(separator);
  const skip = separator === undefined ? 0 : 1;
  const hours = Number.parseInt(text.slice(0, cut), 10);
  const minutes = cut < text.length ? Number.parseInt(text.slice(cut + skip), 10) : 0;
  return hours * 60 + minutes;
};

const zoneMatcher = ({ component, integer }: Marker, meter: Meter): Matcher => {
  const separator = integer?.kind === 'decimal' && integer.interval > 0 ? integer.separators[0]?.character : undefined;
  const foldedSeparator = fold(separator ?? '', meter);
  const prefix = component === 'z' ? 'GMT' : '';
  return {
    component,
    ends: ({ folded }, start) => {
      const sign = start + prefix.length;
      if (!folded.startsWith(prefix, start) || !/^[-+]$/.test(folded.charAt(sign))) return [];
      const first = endOfRun(folded, sign + 1, isDigit);
      if (separator === undefined) return downTo(first, sign + 1, meter);
      if (first === sign + 1 || !folded.startsWith(foldedSeparator, first)) return [];
      const second = first + separator.length;
      return downTo(endOfRun(folded, second, isDigit), second, meter);
    },
    value: (text) => offsetOf(text.slice(prefix.length), separator),
  };
};

const halves = new Map(Object.entries({ am: 0, AM: 0, pm: 1, PM: 1 }));

/** The names of a component, cut as the picture cuts them; of those that are then the same, the last counts. */
const namesOf = ({ component, maxWidth }: Marker): ReadonlyMap<string, number> => {
  if (component === 'P') return halves;
  const names = component === 'F' ? dayNames : component === 'M' || component === 'x' ? monthNames : undefined;
  if (names === undefined) return raise('D3133', `the component ${component} of a date has no names`, component);
  return new Map(names.map((name, i) => [maxWidth ? name.slice(0, maxWidth) : name, i + 1] as const));
};

const markerMatcher = (part: Marker, meter: Meter): Matcher => {
  const { component, integer, digits } = part;
  if (component === 'Z' || component === 'z') return zoneMatcher(part, meter);
  if (component === 'f')
    return { component, ends: run(isDigit, meter), value: (text) => Number(`0.${text.slice(0, 3)}`) * 1000 };
  if (integer !== undefined)
    return {
      component,
      ends: integerEnds(integer, digits, meter),
      value: (text) => readInteger(text, integer, meter),
    };
  const names = namesOf(part);
  return { component, ends: run(isLetter, meter), value: (text) => names.get(text) };
};

/** Where each part ends; nothing where the text is not in the manner of the parts. */
const search = (source: Source, matchers: readonly Matcher[], meter: Meter): number[] | undefined => {
  const { length } = source.text;
  const failed = new Set<number>();
  const open: { start: number; ends: readonly number[]; next: number }[] = [];
  const enter = (start: number): void => {
    meter.burn(3);
    open.push({ start, ends: matchers[open.length]?.ends(source, start) ?? [], next: 0 });
  };
  enter(0);
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    meter.burn(2);
    const end = top.ends[top.next++];
    if (end === undefined) {
      open.pop();
      // (1)
      failed.add(open.length * (length + 1) + top.start);
    } else if (open.length < matchers.length) {
      if (!failed.has(open.length * (length + 1) + end)) enter(end);
    } else if (end === length) {
      return open.map((each) => each.ends[each.next - 1] ?? length);
    }
  }
  return undefined;
};

/**
 * The values of the components that a text shows; nothing where it does not follow the picture. A component that is there with a value that nobody knows
 * is undefined; of one that is there twice, the last counts. Errors: D3130, D3133.
 */
export const matchDate = (
  text: string,
  parts: readonly Part[],
  meter: Meter,
): ReadonlyMap<string, number | undefined> | undefined => {
  meter.text(text.length);
  const matchers = parts.map((part) =>
    part.kind === 'literal' ? literalMatcher(part, meter) : markerMatcher(part, meter),
  );
  const ends = search({ text, folded: fold(text, meter) }, matchers, meter);
  if (ends === undefined) return undefined;
  const values = new Map<string, number | undefined>();
  matchers.forEach(({ component, value }, i) => {
    if (component !== undefined) values.set(component, value(text.slice(ends[i - 1] ?? 0, ends[i])));
  });
  return values;
};
