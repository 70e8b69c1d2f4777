/** Templates of the built-in functions of numbers, dates and booleans. */

import { pattern } from '#test/fuzz/builtins-texts';
import { call, simple, whole } from '#test/fuzz/call';
import type { Generator, Template } from '#test/fuzz/generator';
import { closed, open, type Piece } from '#test/fuzz/piece';

/** A number that the pictures of numbers and dates have an answer for: of NaN, infinities and what is written with an exponent the reference makes `NaNth`, `1e,+21`. */
const shownNumber = (g: Generator): Piece =>
  g.random.pick<() => Piece>([
    () => whole(g, -10, 10),
    () => whole(g, -2000, 4_000_000),
    () => closed`$count(${g.make('any')})`,
    () => closed`(${whole(g, -900_000, 900_000)} / ${whole(g, 1, 1000)})`,
  ])();

const numberPicture = (g: Generator): string =>
  JSON.stringify(
    g.random.pick([
      '0',
      '#,##0.00',
      '000',
      '#0.0#',
      '0.0e0',
      '##0%',
      '#,##0;(#,##0)',
      '00.000e00',
      '0‰',
      '#.#',
      'a0b',
      '###,#0',
      '0,0.0',
      '',
    ]),
  );

const integerPicture = (g: Generator): string =>
  JSON.stringify(
    g.random.pick([
      '0',
      '000',
      '#,##0',
      'w',
      'W',
      'Ww',
      'w;o',
      'A',
      'a',
      'I',
      'i',
      '0;o',
      '##,##',
      '#:00',
      '١',
      'Z',
      '',
    ]),
  );

const datePicture = (g: Generator): string =>
  JSON.stringify(
    g.random.pick([
      '[Y0001]-[M01]-[D01]',
      '[H01]:[m01]:[s01].[f001]',
      '[h]:[m] [P]',
      '[FNn], [D1o] [MNn] [Y]',
      '[Y,*-2]/[M]/[D]',
      '[YI]',
      '[X0001]-W[W01]-[F1]',
      '[d001] [w]',
      '[Dwo] of [MNn], [Yw]',
      '[H01][Z]',
      '[h#1] [z]',
      '[[x]] [E]',
      '[MN,3-3] [FNn,*-2]',
      '[Y9999]',
    ]),
  );

const zone = (g: Generator): string => JSON.stringify(g.random.pick(['+0100', '-0530', '0000', '+0000', '-0100']));

const datePair = (g: Generator): string =>
  g.random.pick([
    '"2018-03-04", "[Y]-[M]-[D]"',
    '"4/3/2018 10:11", "[D]/[M]/[Y] [H]:[m]"',
    '"12 Feb 2001", "[D] [MNn,3-3] [Y]"',
    '"Tuesday 12 March 2019", "[FNn] [D1] [MNn] [Y0001]"',
    '"2018-W07-3", "[X]-W[W]-[F1]"',
    '"2018-200", "[Y]-[d]"',
    '"10:11 pm", "[h]:[m] [P]"',
    '"twenty-first of May, two thousand", "[Dwo] of [MNn], [Yw]"',
    '"MMXX", "[YI]"',
    '"20180304T101112", "[Y0001][M01][D01]T[H01][m01][s01]"',
    '"x", "[Y]"',
    '"3rd", "[D1o]"',
    '"10:00+01:00", "[H]:[m][Z]"',
  ]);

const numbers: readonly Template[] = [
  ...simple(['sum', 'max', 'min', 'average'], 'number', 'numbers'),
  ...simple(['floor', 'ceil', 'abs'], 'number', 'number'),
  call(
    'sqrt',
    'number',
    (g) => closed`$sqrt($abs(${g.make('number')}))`,
    (g) => closed`$sqrt(${g.make('number')})`,
  ),
  call('count', 'number', (g) => closed`$count(${g.make('any')})`),
  call(
    'round',
    'number',
    (g) => closed`$round(${g.make('number')})`,
    (g) => closed`$round(${g.make('number')}, ${whole(g, -3, 4)})`,
  ),
  call(
    'power',
    'number',
    (g) => closed`$power(${g.make('number')}, ${whole(g, -2, 4)})`,
    (_g) => closed`$power($abs(n), 0.5)`,
  ),
  call(
    'number',
    'number',
    (g) => closed`$number($string(${g.make('number')}))`,
    (g) => closed`$number(${g.make('boolean')})`,
    (g) => closed`$number(${g.make('text')})`,
    (g) =>
      closed`$number(${JSON.stringify(g.random.pick(['12', '-1.5e3', '0x1f', '0b101', '0o17', '1e400', '.5', '007', ' 1', '']))})`,
  ),
  call(
    'random',
    'boolean',
    () => closed`($random() < 1)`,
    () => open`$random() >= 0`,
  ),
  call(
    'millis',
    'boolean',
    () => open`$millis() > 1500000000000`,
    () => open`$millis() = $millis()`,
  ),
  call(
    'now',
    'number',
    () => closed`$length($now())`,
    () => closed`$number($now("[Y]") > "2000")`,
  ),
  call(
    'formatNumber',
    'text',
    (g) => closed`$formatNumber(${shownNumber(g)}, ${numberPicture(g)})`,
    (g) => closed`$formatNumber(${shownNumber(g)}, "#,##0.0", {"decimal-separator": ",", "grouping-separator": "."})`,
  ),
  call(
    'formatBase',
    'text',
    (g) => closed`$formatBase(${g.make('number')}, ${whole(g, 2, 36)})`,
    (g) => closed`$formatBase(${g.make('number')})`,
    (g) => closed`$formatBase(${whole(g, 0, 300)}, ${g.make('number')})`,
  ),
  call(
    'formatInteger',
    'text',
    (g) => closed`$formatInteger(${shownNumber(g)}, ${integerPicture(g)})`,
    (g) => closed`$formatInteger(${whole(g, -5, 4000)}, ${integerPicture(g)})`,
  ),
  call(
    'parseInteger',
    'number',
    (g) => {
      const picture = integerPicture(g);
      return closed`$parseInteger($formatInteger(${whole(g, 0, 3000)}, ${picture}), ${picture})`;
    },
    (_g) => closed`$parseInteger("twelve thousand and one", "w")`,
    (g) =>
      closed`$parseInteger(${g.random.pick(['"1,234", "#,##0"', '"MCMXC", "I"', '"abc", "a"', '"twenty-first", "w;o"', '"3rd", "0;o"', '"0012", "0000"'])})`,
    (g) =>
      closed`($x := ${whole(g, 0, 99999)}; $p := ${g.random.pick(['"w"', '"I"', '"A"', '"#,##0"', '"0;o"', '"Ww;o"'])}; $parseInteger($formatInteger($x, $p), $p))`,
  ),
  call(
    'toMillis',
    'number',
    (g) => closed`$toMillis(${datePair(g)})`,
    () => closed`$toMillis("2017-11-07T15:12:37.121Z")`,
    (g) =>
      closed`$toMillis(${JSON.stringify(g.random.pick(['2018', '2018-02', '2018-02-01', '2018-02-01T09:42:13.123+0000', '2018-02-01T09:42', 'nope', '2018-02-01T09:42:13+02:30']))})`,
    (g) => closed`($p := ${datePicture(g)}; $toMillis($fromMillis(${whole(g, 0, 1600000)} * 1000000, $p), $p))`,
  ),
  call(
    'fromMillis',
    'text',
    (g) => closed`$fromMillis(${whole(g, -1000000, 2000000)} * 1000000)`,
    (g) => closed`$fromMillis(1510067557121, ${datePicture(g)})`,
    (g) => closed`$fromMillis(${whole(g, 0, 2000000)} * 1000003, ${datePicture(g)}, ${zone(g)})`,
    (g) => closed`$fromMillis(${shownNumber(g)}, ${datePicture(g)})`,
  ),
];

const booleans: readonly Template[] = [
  ...simple(['boolean', 'not'], 'boolean', 'any'),
  call('exists', 'boolean', (g) => closed`$exists(${g.make('any')})`),
  call(
    'contains',
    'boolean',
    (g) => closed`$contains(${g.make('text')}, ${g.make('text')})`,
    (g) => closed`$contains(${g.make('text')}, ${pattern(g)})`,
  ),
  call(
    'assert',
    undefined,
    (g, wanted) => closed`($assert(${g.make('boolean')} or true, "no"); ${g.make(wanted)})`,
    (g, wanted) => closed`($assert($exists(${g.make('any')})); ${g.make(wanted)})`,
  ),
  call(
    'error',
    undefined,
    (g, wanted) => open`${g.operand('boolean')} or true ? ${g.operand(wanted)} : $error(${g.make('text')})`,
    (g, wanted) => open`missing ? $error() : ${g.operand(wanted)}`,
    (g) => closed`$error(${g.make('text')})`,
  ),
];

/** Their templates. */
export const numberTemplates: readonly Template[] = [...numbers, ...booleans];
