/** Sets of characters of a regular expression. A character is one UTF-16 unit, as in JavaScript without the flag `u`. */

/** Pairs of first and last unit, both in the set; in any order and overlapping until a `CharacterSet` is made of them. */
export type Ranges = readonly (readonly [number, number])[];

const last = 0xffff;

/** Sorted, and with neighbours joined. */
const merge = (ranges: Ranges): Ranges => {
  const merged: [number, number][] = [];
  for (const [low, high] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const top = merged.at(-1);
    if (top !== undefined && low <= top[1] + 1) top[1] = Math.max(top[1], high);
    else merged.push([low, high]);
  }
  return merged;
};

const complement = (ranges: Ranges): Ranges => {
  const outside: [number, number][] = [];
  let from = 0;
  for (const [low, high] of merge(ranges)) {
    if (low > from) outside.push([from, low - 1]);
    from = high + 1;
  }
  if (from <= last) outside.push([from, last]);
  return outside;
};

/** What ends a line: `.` leaves these out, and `^` and `$` look for them with the flag `m`. */
export const lineEnds: Ranges = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];

const digits: Ranges = [[0x30, 0x39]];
const words: Ranges = [...digits, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]];
/** WhiteSpace and LineTerminator of ECMA-262. */
const spaces: Ranges = [
  ...lineEnds,
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];

/** The sets that an escape names: `\d`, `\D` and so on, by their letter. */
export const namedSets: ReadonlyMap<string, Ranges> = new Map([
  ['d', digits],
  ['D', complement(digits)],
  ['s', spaces],
  ['S', complement(spaces)],
  ['w', words],
  ['W', complement(words)],
]);

/** Whether `\b` takes the unit for a part of a word; -1, the end of the text, is none. */
export const isWord = (code: number): boolean =>
  (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39) || code === 0x5f;

/** Whether a line ends at the unit. */
export const isLineEnd = (code: number): boolean =>
  code === 0x0a || code === 0x0d || code === 0x2028 || code === 0x2029;

/** ECMA-262, Canonicalize, without the flag `u`: the upper case, where that is one unit and does not turn into ASCII. */
const fold = (code: number): number => {
  const upper = String.fromCharCode(code).toUpperCase();
  const folded = upper.charCodeAt(0);
  return upper.length !== 1 || (code >= 0x80 && folded < 0x80) ? code : folded;
};

/** How the flag `i` compares units. */
export interface Folding {
  /** The unit that stands for each unit: two are equal where these are. */
  readonly canonical: Uint16Array;
  /** The units that another one stands for, ascending. */
  readonly changed: readonly number[];
}

const makeFolding = (): Folding => {
  const canonical = Uint16Array.from({ length: last + 1 }, (_, code) => fold(code));
  const changed: number[] = [];
  for (const [code, folded] of canonical.entries()) if (folded !== code) changed.push(code);
  return { canonical, changed };
};

let folding: Folding | undefined;

/** The table of the flag `i`, made at its first use (about 10 ms). */
export const caseFolding = (): Folding => {
  folding ??= makeFolding();
  return folding;
};

/** The ranges, and what stands for their members under the flag `i`. */
const withCanonical = (ranges: Ranges, { canonical, changed }: Folding): Ranges => {
  const folded: [number, number][] = [];
  for (const [low, high] of merge(ranges)) {
    let from = 0;
    for (let to = changed.length; from < to; ) {
      const middle = (from + to) >> 1;
      if ((changed[middle] ?? last) < low) from = middle + 1;
      else to = middle;
    }
    for (let code = changed[from]; code !== undefined && code <= high; code = changed[++from]) {
      const unit = canonical[code] ?? code;
      if (unit < low || unit > high) folded.push([unit, unit]);
    }
  }
  return [...ranges, ...folded];
};

/** A set made for tests of one unit after the other. Under the flag `i` it is asked for canonical units only. */
export class CharacterSet {
  /** Whether each of the first 256 units is in the set. */
  readonly #low = new Uint8Array(256);
  /** First and last units above these, alternating and ascending: an odd number of bounds up to a unit means it is in the ranges. */
  readonly #bounds: Uint16Array;
  readonly #negated: boolean;

  constructor(ranges: Ranges, negated: boolean, folding: Folding | undefined) {
    const merged = merge(folding === undefined ? ranges : withCanonical(ranges, folding));
    this.#negated = negated;
    if (negated) this.#low.fill(1);
    for (const [low, high] of merged) this.#low.fill(negated ? 0 : 1, low, Math.min(high, 0xff) + 1);
    this.#bounds = Uint16Array.from(merged.filter(([, high]) => high > 0xff).flat());
  }

  /** Whether the unit is in the set; -1, the end of the text, never is. */
  has(code: number): boolean {
    if (code < 256) return code >= 0 && this.#low[code] === 1;
    const bounds = this.#bounds;
    let from = 0;
    for (let to = bounds.length >> 1; from < to; ) {
      const middle = (from + to) >> 1;
      if ((bounds[2 * middle + 1] as number) < code) from = middle + 1;
      else to = middle;
    }
    const inside = 2 * from < bounds.length && (bounds[2 * from] as number) <= code;
    return inside !== this.#negated;
  }
}
