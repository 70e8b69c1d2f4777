/** Grammars of pictures for numbers, integers and dates, and values to write with them. */
import fc from 'fast-check';

/** Some of `arbitrary`, joined. */
export const textOf = (arbitrary: fc.Arbitrary<string>, maxLength: number, minLength = 0): fc.Arbitrary<string> =>
  fc.array(arbitrary, { minLength, maxLength }).map((all) => all.join(''));

/** One text after another. */
export const joined = (...all: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...all).map((each) => each.join(''));

/** A text of a grammar, or the same with one character too many or too few. */
export const nearly = (arbitrary: fc.Arbitrary<string>, characters: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3, arbitrary },
    {
      weight: 1,
      arbitrary: fc
        .tuple(arbitrary, fc.nat(20), fc.constantFrom('', ...characters), fc.nat(1))
        .map(([text, at, put, cut]) => text.slice(0, at) + put + text.slice(at + cut)),
    },
  );

/** Numbers large and small, and halves that a picture rounds. */
export const number = fc.oneof(
  fc.integer(),
  fc.integer({ min: -100, max: 100 }),
  fc.tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.integer({ min: -12, max: 12 })).map(([m, e]) => m * 10 ** e),
  fc.tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: 0, max: 4 })).map(([m, e]) => (m + 0.5) / 10 ** e),
);

/** One of some texts. */
export const family = (...characters: string[]): fc.Arbitrary<string> => fc.constantFrom(...characters);

const subPicture = joined(
  family('', '', '', '', '$', '(', '- ', 'e'),
  textOf(family('#', '#,', '#'), 4),
  textOf(family('0', '0,', '9', '0'), 4),
  family('0', '0', '#', ''),
  fc.oneof(
    fc.constant(''),
    joined(fc.constant('.'), textOf(family('0', '0', '00,0'), 3), textOf(family('#', '#', '#,#'), 3)),
  ),
  family('', '', '', '', '', 'e0', 'e00', 'e'),
  family('', '', '', '%', '‰', ')', ' e', 'xx'),
);
/** Pictures of `$formatNumber`. */
export const numberPicture = nearly(
  fc.oneof({ weight: 4, arbitrary: subPicture }, joined(subPicture, fc.constant(';'), subPicture)),
  '#0,.;e%‰x',
);

/** Other characters for them. */
export const numberOptions = fc.constantFrom<Record<string, string>[]>(
  {},
  {},
  { 'decimal-separator': ',', 'grouping-separator': '.' },
  { 'zero-digit': '٠', 'minus-sign': '−' },
  { 'exponent-separator': 'E', percent: 'p', 'per-mille': 'm' },
  { digit: '@', 'pattern-separator': '|' },
  { 'zero-digit': '1' },
);

const mark = family(',', ',', ':', '.', '_', '🙂');
const digitPicture = joined(
  textOf(fc.oneof(fc.constant('#'), fc.constant('#'), mark), 6),
  textOf(fc.oneof(family('0', '1', '9'), family('0', '0'), mark), 6, 1),
);
/** Pictures of `$formatInteger`. */
export const integerPicture = joined(
  fc.oneof(
    { weight: 3, arbitrary: nearly(digitPicture, '#0,٠０;o') },
    { weight: 1, arbitrary: digitPicture.map((each) => each.replaceAll(/[0-9]/g, '٣')) },
    { weight: 3, arbitrary: family('A', 'a', 'I', 'i', 'W', 'w', 'Ww') },
    { weight: 1, arbitrary: family('', 'α', '#', 'one') },
  ),
  family('', '', ';o', ';c', ';', ';ox'),
);

/** Numbers that have words, letters and Roman numerals of a sensible length. */
export const small = fc.oneof(
  fc.integer({ min: -3000, max: 30_000 }),
  fc.double({ min: -2000, max: 2000, noNaN: true }),
);

const marker = joined(
  fc.constant('['),
  fc.oneof(
    joined(
      family(...'YMDdFWwXxHhmsfYMDHms'),
      family('', '', '', '1', '01', '0001', '#1', 'i', 'I', 'w', 'Ww', 'a', 'A', 'Nn', 'N', 'n', '9,999', '٠١', '#'),
      family('', '', '', 'o', 'c', 't'),
    ),
    joined(family('Z', 'z'), family('', '01', '0', '001', '0001', '00001', '01:01', '1:1', 'A'), family('', 't')),
    joined(fc.constant('P'), family('', 'n', 'N', 'Nn')),
    family('C', 'E', ' Y 0001 ', 'q', ''),
  ),
  family('', '', '', '', ',2', ',*-3', ',2-2', ',*', ',3-4', ',*-1'),
  fc.constant(']'),
);
/** Pictures of any components of a date. */
export const datePicture = nearly(
  textOf(fc.oneof({ weight: 3, arbitrary: marker }, family('-', '/', ' ', ':', 'T', '[[', ']]', ']', 'week ', 'é')), 7),
  '[]',
);
/** Pictures that name an instant, so that more of them can be read. */
export const wholePicture = joined(
  fc.oneof(
    joined(
      family('[Y0001]', '[Y]', '[Y0001,4-4]', '[YI]', '[Yw]', '[Y9999;o]'),
      family('-', '', ' '),
      family('[M01]', '[M]', '[MNn]', '[MNn,*-3]', '[Mi]', '[MA]', '[Mw]'),
      family('-', '', ' ', ', '),
      family('[D01]', '[D]', '[D1o]', '[Dwo]', '[DWw]', '[Da]'),
    ),
    family(
      '[Y]-[d001]',
      '[Y0001][d001]',
      '[FNn], [D]. [MNn] [Y]',
      '[d]',
      '[X]-W[W]-[F1]',
      '[x] [w]',
      '[D]',
      '[M]/[D]',
      '',
    ),
  ),
  family('', ' ', 'T'),
  fc.oneof(
    family('[H01]:[m01]:[s01]', '[H][m][s]', '[H01][m01]', '[h]:[m] [P]', '[h] [PN]', '[Hw] [mw]', '[H]:[s]', '', ''),
    joined(fc.constant('[H01]:[m]:[s].[f001]'), family('[Z]', ' [z]', '[Z0001]', '[Z0]', '')),
  ),
);
/** Instants of some thousand years. */
export const instant = fc.integer({ min: -50_000_000_000_000, max: 200_000_000_000_000 });
/** Offsets from UTC. */
export const zone = fc.constantFrom(undefined, undefined, '+0000', '-0500', '+0530', '-0330', '+1400', '100', '-0030');
