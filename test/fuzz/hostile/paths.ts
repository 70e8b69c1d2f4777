/** JSONPath and intrinsic functions: what looks at a value again and again, and what makes much of little. */
import type { Json } from '#engine/json';
import { family, type Hostile } from '#test/fuzz/hostile/family';

/** The families whose expressions are no JSONata. */
export const pathFamilies: ReadonlySet<string> = new Set(['path', 'intrinsic function']);

const deep = (depth: number, around: (inner: Json) => Json): Json => {
  let value: Json = 1;
  for (let i = 0; i < depth; i++) value = around(value);
  return value;
};

/** A value that holds itself twice at each level: as text it would be 2^60 characters. */
const doubled: Json = deep(60, (inner) => ({ a: inner, b: inner }));

const input: Json = {
  wide: Array.from({ length: 10_000 }, (_, i) => ({ n: i, s: `item ${i}` })),
  numbers: Array.from({ length: 50_000 }, (_, i) => i),
  ones: Array.from({ length: 4_000 }, () => 1),
  lists: Array.from({ length: 300 }, () => Array.from({ length: 300 }, (_, i) => i)),
  members: Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i])),
  nested: deep(150, (inner) => ({ a: inner })),
  abyss: deep(20_000, (inner) => [inner]),
  doubled,
  doubles: [doubled, doubled],
  text: 'a,b'.repeat(300_000),
  short: 'x'.repeat(9_000),
  braces: '{}'.repeat(4_000),
  json: `[${'{},'.repeat(100_000)}1]`,
  texts: Array.from({ length: 500 }, (_, i) => `${'x'.repeat(2_000)}${i % 2}`),
};

const again = (call: (inner: string) => string, times: number, inner: string): string =>
  times === 0 ? inner : call(again(call, times - 1, inner));

const named = (count: number): string => Array.from({ length: count }, (_, i) => `'k${i}'`).join(',');

/** All of them. */
export const paths: readonly Hostile[] = [
  ...family(
    'path',
    [
      '$..*..*..*..*',
      '$.nested..*..*..*..*..*',
      '$..[?(@..[?(@..[?(@..n)])])]',
      '$.nested..[?(@..[?(@..[?(@..[?(@..b)])])])]',
      '$..[?($.ones in $..[?(@..a == $.ones)])]',
      '$.ones[?(1 in $.ones[?(@ == 2)])]',
      '$.numbers[?(@ in $.numbers)]',
      '$.wide[?(@.n in $.numbers)]',
      '$.wide[?(@.s == $.text || @.s != $.text)]',
      '$.texts[?(@ in $.texts)]',
      '$.texts[?(@ < $.texts[0])]',
      '$.lists[*][*][?(@ in $.numbers)]',
      '$.lists[?(@ == $.lists[0])]',
      '$.lists[?(@ in $.lists[?(@[0] == 1)])]',
      '$.lists..[*]..[*]',
      '$.lists[*][*]',
      '$.lists[0:300][0:300]',
      '$.lists[*][0,1,2,3,4,5,6,7,8,9][*]',
      '$.members.*',
      '$..*',
      '$..n',
      '$..["n","s","n","s"]',
      '$.abyss..n',
      '$.abyss..*',
      '$.abyss..[0]',
      '$.doubled..a',
      '$.doubled..*',
      '$.doubled..[?(@.a == @.b)]',
      '$.doubles[?(@ == $.doubled)]',
      '$.doubles[?($.doubles[0] == $.doubles[1])]',
      '$.wide[?(!(@.n > 1) && (@.n < 2 || @.s == "x") && @.s)]',
      '$.wide[0:10000].s',
      `$.members[${named(10_000)}]`,
      `$.members..[${named(5_000)}]`,
      `$.wide[?(@['n','s',${named(100)}] == 5)]`,
      `$.wide[?($.members[${named(1_000)}] == @)]`,
      `$..['n',${named(300)}]`,
    ],
    input,
  ),
  ...family(
    'intrinsic function',
    [
      "States.StringSplit($.text, ',')",
      "States.StringSplit($.text, 'a')",
      'States.StringToJson($.json)',
      'States.StringToJson($.text)',
      'States.JsonToString($)',
      'States.JsonToString($.wide)',
      'States.JsonToString($.doubled)',
      'States.JsonToString($.abyss)',
      "States.Format('{}', $)",
      "States.Format('{}', $.doubled)",
      "States.Format('{}', $.abyss)",
      `States.Format('${'{}'.repeat(600)}'${', $.text'.repeat(600)})`,
      `States.Format('${'{}'.repeat(600)}'${', $.texts'.repeat(600)})`,
      `States.Format('${'x'.repeat(9_900)}')`,
      'States.Format($.text)',
      "States.Hash($, 'SHA-512')",
      "States.Hash($.doubled, 'SHA-512')",
      "States.Hash($.abyss, 'MD5')",
      "States.Hash($.short, 'SHA-512')",
      'States.ArrayUnique($.numbers)',
      'States.ArrayUnique($.wide)',
      'States.ArrayUnique($.texts)',
      'States.ArrayUnique($.doubles)',
      'States.ArrayUnique($.abyss)',
      'States.ArrayContains($.numbers, 1.5)',
      'States.ArrayContains($.texts, $.texts[499])',
      'States.ArrayContains($.doubles, $.doubled)',
      'States.ArrayContains($.doubles, $.doubles[0])',
      'States.ArrayContains($.lists, $.lists[0])',
      'States.ArrayPartition($.numbers, 1)',
      'States.ArrayPartition($.numbers, 1e308)',
      'States.ArrayRange(1, 1e308, 1)',
      'States.ArrayRange(1, 1000, 1)',
      'States.ArrayRange(9007199254740990, 9007199254740999, 1)',
      'States.JsonMerge($.members, $.members, false)',
      'States.JsonMerge($.doubled, $.doubled, false)',
      'States.Base64Encode($.short)',
      'States.Base64Decode($.short)',
      'States.MathRandom(1, 1e308)',
      'States.MathAdd(1e308, 1e308)',
      'States.UUID()',
      again((inner) => `States.Array(${inner}, ${inner})`, 8, '$.numbers'),
      again((inner) => `States.JsonToString(${inner})`, 9, '$.wide'),
      again((inner) => `States.ArrayPartition(${inner}, 1)`, 9, '$.numbers'),
      again((inner) => `States.Base64Encode(${inner})`, 9, '$.short'),
      `States.Array(${Array.from({ length: 330 }, () => "States.Hash('a', 'SHA-512')").join(', ')})`,
      `States.Array(${Array.from({ length: 600 }, () => 'States.UUID()').join(', ')})`,
      `States.Array(${Array.from({ length: 900 }, () => '$..n').join(', ')})`,
      `States.Array(${Array.from({ length: 700 }, () => '$.numbers[*]').join(', ')})`,
      "States.StringToJson('[[[[[[[[')",
      'States.StringToJson(States.JsonToString($.wide))',
      'States.ArrayGetItem($.wide[?(@.n in $.numbers)], 0)',
    ],
    input,
  ),
];
