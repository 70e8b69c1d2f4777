/** Templates of the built-in functions, one each. */
import type { Generator, Template, Type } from '#test/fuzz/generator';
import { closed, open, type Piece } from '#test/fuzz/piece';
import { item, template } from '#test/fuzz/syntax';

const whole = (g: Generator, low: number, high: number): Piece => closed`${String(g.random.between(low, high))}`;

const pattern = (g: Generator): string =>
  g.random.pick([
    '/a/',
    '/[a-z]+/',
    '/(\\w)(\\d+)/',
    '/\\s+/',
    '/,/',
    '/^a|b$/',
    '/(a)|(b)/i',
    '/[^a-z]/i',
    '/b+?/',
    '/(?:re|gr)(e+)/',
    '/\\bW\\w*/',
    '/=|;/',
    '/l{2}/',
    '/./',
    '/x*/',
    '/$/m',
    '/^/m',
  ]);

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

const call = (name: string, type: Type | undefined, ...makes: readonly Template['make'][]): Template =>
  template(`$${name}`, type, ...makes);

/** A function of an item, its place and the list. */
const ofItem = (g: Generator, type: Type): Piece =>
  g.random.pick<() => Piece>([
    () => closed`function($v) { ${g.within(g.shape, { name: 'v', type: 'any' }).make(type)} }`,
    () =>
      closed`function($v, $i) { ${g.within(g.shape, { name: 'v', type: 'any' }, { name: 'i', type: 'number' }).make(type)} }`,
    () => closed`function($v, $i, $a) { $i < $count($a) - 1 }`,
    () => closed`function() { ${g.make(type)} }`,
    () =>
      closed`${g.random.pick(['$string', '$exists', '$type', '$boolean', '$not', '$sum', '$count', '$append', '$number'])}`,
    () => closed`function($v) { $v.name }`,
  ])();

const simple = (names: readonly string[], type: Type, argument: Type): readonly Template[] =>
  names.map((name) =>
    call(
      name,
      type,
      (g) => closed`$${name}(${g.make(argument)})`,
      (g) => closed`$${name}(${g.make(argument)})`,
      (g) => closed`$${name}(${g.make(g.random.chance(0.3) ? 'any' : argument)})`,
      (g) => closed`${g.operand(argument)}.$${name}(${g.random.pick(['', '$'])})`,
    ),
  );

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
    // Of a text in another picture the reference makes NaN, which is no JSON; ours is nothing.
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

const strings: readonly Template[] = [
  ...simple(['lowercase', 'uppercase', 'trim', 'base64encode', 'encodeUrlComponent', 'encodeUrl'], 'text', 'text'),
  ...simple(['length'], 'number', 'text'),
  call(
    'string',
    'text',
    (g) => closed`$string(${g.make('any')})`,
    (g) => closed`$string(${g.make('any')}, ${g.make('boolean')})`,
    (g) => closed`${g.operand('any')}.$string()`,
  ),
  call(
    'base64decode',
    'text',
    (g) => closed`$base64decode($base64encode(${g.make('text')}))`,
    (g) =>
      closed`$base64decode(${g.random.pick(['"aGVsbG8="', '"aGVsbG8"', '"aGV sbG8="', '"_-8="', '""', '"a"', '"YWJj"'])})`,
  ),
  call(
    'decodeUrlComponent',
    'text',
    (g) => closed`$decodeUrlComponent($encodeUrlComponent(${g.make('text')}))`,
    (g) => closed`$decodeUrlComponent(${g.make('text')})`,
  ),
  call(
    'decodeUrl',
    'text',
    (g) => closed`$decodeUrl($encodeUrl(${g.make('text')}))`,
    (g) => closed`$decodeUrl(${g.make('text')})`,
  ),
  call(
    'substring',
    'text',
    (g) => closed`$substring(${g.make('text')}, ${whole(g, -4, 5)})`,
    (g) => closed`$substring(${g.make('text')}, ${whole(g, -9, 5)}, ${whole(g, -1, 6)})`,
    (g) => closed`$substring(${g.make('text')}, ${g.make('number')}, ${g.make('number')})`,
  ),
  call(
    'substringBefore',
    'text',
    (g) => closed`$substringBefore(${g.make('text')}, ${g.make('text')})`,
    (g) => closed`$substringBefore(${g.make('text')}, "a")`,
  ),
  call(
    'substringAfter',
    'text',
    (g) => closed`$substringAfter(${g.make('text')}, ${g.make('text')})`,
    (g) => closed`$substringAfter(${g.make('text')}, " ")`,
  ),
  call(
    'pad',
    'text',
    (g) => closed`$pad(${g.make('text')}, ${whole(g, -9, 9)})`,
    (g) => closed`$pad(${g.make('text')}, ${whole(g, -12, 12)}, ${g.make('text')})`,
  ),
  call(
    'join',
    'text',
    (g) => closed`$join(${g.make('texts')})`,
    (g) => closed`$join(${g.make('texts')}, ${g.make('text')})`,
  ),
  call(
    'split',
    'texts',
    (g) => closed`$split(${g.make('text')}, ${g.make('text')})`,
    (g) => closed`$split(${g.make('text')}, ${pattern(g)})`,
    (g) => closed`$split(${g.make('text')}, ${g.random.pick(['" "', '","', '""', '/a/'])}, ${whole(g, -1, 4)})`,
  ),
  call(
    'match',
    'any',
    (g) => closed`$match(${g.make('text')}, ${pattern(g)})`,
    (g) => closed`$match(${g.make('text')}, ${pattern(g)}, ${whole(g, -1, 3)})`,
    (g) => closed`$match(${g.make('text')}, ${pattern(g)}).match`,
    (g) => closed`$match(${g.make('text')}, ${pattern(g)}).groups`,
  ),
  call(
    'replace',
    'text',
    // For a missing replacement the reference writes "undefined".
    (g) => closed`$replace(${g.make('text')}, ${g.make('text')}, ${g.operand('text')} & "")`,
    (g) =>
      closed`$replace(${g.make('text')}, ${pattern(g)}, ${JSON.stringify(g.random.pick(['-', '<$1>', '$0$0', '$$', '$2$1', '$12', '$', '']))})`,
    (g) =>
      closed`$replace(${g.make('text')}, ${pattern(g)}, function($m) { $uppercase($m.match) & $count($m.groups) })`,
    (g) => closed`$replace(${g.make('text')}, ${g.random.pick(['"a"', '/a/', '","'])}, "*", ${whole(g, -1, 3)})`,
  ),
  call('type', 'text', (g) => closed`$type(${g.make('any')})`),
  call(
    'eval',
    'any',
    (g) => {
      const inner = g.random.pick([
        '1 + 1',
        '$',
        'n',
        '[1,2,3]',
        '$sum(nums)',
        'name',
        '{"a": n}',
        '1 +',
        '$x',
        '$uppercase(1)',
        '"a" & "b"',
        '$$.n',
        'items.name',
      ]);
      return g.random.chance(0.7)
        ? closed`$eval(${JSON.stringify(inner)})`
        : closed`$eval(${JSON.stringify(inner)}, ${g.make('any')})`;
    },
    (g) => closed`$eval($string(${g.make('any')}))`,
  ),
];

const collections: readonly Template[] = [
  call(
    'keys',
    'texts',
    (g) => closed`$keys(${g.make('object')})`,
    (g) => closed`$keys(${g.make('any')})`,
    (g) => closed`${g.operand('objects')}.$keys()`,
  ),
  call(
    'lookup',
    'any',
    (g) => closed`$lookup(${g.make('object')}, ${g.make('text')})`,
    (g) => closed`$lookup(${g.make('any')}, "k")`,
    () => closed`$lookup(items, "name")`,
    (g) => closed`$lookup(${g.make('any')}, "__proto__")`,
  ),
  call(
    'map',
    'any',
    (g) => closed`$map(${g.make('numbers')}, ${ofItem(g, 'any')})`,
    (g) => closed`$map(${g.make('any')}, ${ofItem(g, 'any')})`,
    (g) => closed`$map(items, ${ofItem(item(g), 'any')})`,
  ),
  call(
    'filter',
    'any',
    (g) => closed`$filter(${g.make('numbers')}, ${ofItem(g, 'boolean')})`,
    (g) => closed`$filter(${g.make('any')}, ${ofItem(g, 'any')})`,
  ),
  call(
    'single',
    'any',
    (g) => closed`$single(${g.make('any')}, ${ofItem(g, 'boolean')})`,
    (g) => closed`$single([1..3], function($v) { $v = ${whole(g, 1, 4)} })`,
    (g) => closed`$single(${g.make('number')})`,
    () => closed`$single(items, function($v) { $v.id = 1 })`,
  ),
  call(
    'reduce',
    'any',
    (g) => closed`$reduce(${g.make('numbers')}, function($a, $b) { $a + $b })`,
    (g) => closed`$reduce(${g.make('any')}, function($a, $b, $i) { $string($a) & $i }, ${g.make('any')})`,
    (g) =>
      closed`$reduce(${g.make('texts')}, function($a, $b) { ${g.within(g.shape, { name: 'a', type: 'text' }, { name: 'b', type: 'text' }).make('text')} })`,
    (g) => closed`$reduce(${g.make('any')}, $append, [])`,
    (g) => closed`$reduce(${g.make('any')}, function($a, $v, $i, $all) { $count($all) + $i })`,
  ),
  call(
    'zip',
    'any',
    (g) => closed`$zip(${g.make('numbers')}, ${g.make('texts')})`,
    (g) => closed`$zip(${g.make('any')})`,
    (g) => closed`$zip(${g.make('any')}, ${g.make('any')}, [1..3])`,
  ),
  call(
    'sort',
    'any',
    (g) => closed`$sort(${g.make('numbers')})`,
    (g) => closed`$sort(${g.make('texts')})`,
    (g) => closed`$sort(${g.make('numbers')}, function($l, $r) { $l < $r })`,
    () => closed`$sort(items, function($l, $r) { $l.price > $r.price }).id`,
    (g) => closed`$sort(${g.make('any')}, function($l, $r) { $string($l) > $string($r) })`,
    (g) => closed`$sort(${g.make('any')})`,
  ),
  call(
    'reverse',
    'any',
    (g) => closed`$reverse(${g.make('any')})`,
    (g) => closed`$reverse(${g.make('numbers')})`,
  ),
  call(
    'shuffle',
    'any',
    (g) => closed`$sort($shuffle(${g.make('numbers')}))`,
    (g) => closed`$count($shuffle(${g.make('numbers')}))`,
  ),
  call(
    'distinct',
    'any',
    (g) => closed`$distinct(${g.make('any')})`,
    (g) => closed`$distinct(${g.make('texts')})`,
    (_g) => closed`$distinct(items.tags)`,
    (g) => closed`$distinct([${g.make('any')}, ${g.make('any')}, ${g.make('any')}])`,
  ),
  call(
    'append',
    'any',
    (g) => closed`$append(${g.make('any')}, ${g.make('any')})`,
    (g) => closed`$append(${g.make('numbers')}, ${g.make('number')})`,
  ),
  call(
    'spread',
    'any',
    (g) => closed`$spread(${g.make('object')})`,
    (g) => closed`$spread(${g.make('any')})`,
    (g) => closed`${g.operand('any')}.$spread()`,
  ),
  call(
    'merge',
    'object',
    (g) => closed`$merge(${g.make('objects')})`,
    (g) => closed`$merge([${g.make('object')}, ${g.make('object')}])`,
    (g) => closed`$merge(${g.make('any')})`,
  ),
  call(
    'each',
    'any',
    (g) => closed`$each(${g.make('object')}, function($v, $k) { $k & ":" & $string($v) })`,
    (g) => closed`$each(${g.make('object')}, ${ofItem(g, 'any')})`,
    (g) => closed`$each(${g.make('any')}, ${ofItem(g, 'any')})`,
  ),
  call(
    'sift',
    'object',
    (g) => closed`$sift(${g.make('object')}, function($v, $k) { $k = "k" })`,
    (g) => closed`$sift(${g.make('object')}, ${ofItem(g, 'boolean')})`,
    (g) => closed`${g.operand('object')}.$sift(function($v) { $v > 1 or true })`,
    (g) => closed`$sift(${g.make('any')}, function($v, $k, $o) { $exists($o) })`,
  ),
  call(
    'clone',
    'any',
    (g) => closed`$clone(${g.make('object')})`,
    (g) => closed`$clone(${g.make('any')})`,
  ),
];

/** Templates of the built-in functions. */
export const builtins: readonly Template[] = [...numbers, ...booleans, ...strings, ...collections];
