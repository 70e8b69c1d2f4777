import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromBase64, toBase64 } from '#engine/expression/base64';
import { noNeeds, type Scope } from '#engine/expression/expression';
import { digests } from '#engine/expression/hash';
import { compilePath } from '#engine/expression/path';
import { compileReferencePath } from '#engine/expression/reference-path';
import { compilePathOrIntrinsic, compileTemplate } from '#engine/expression/template';
import type { Json } from '#engine/json';
import { defaultBounds } from '#engine/jsonata/meter';
import { randomBytes } from '#engine/random';
import { epoch } from '#engine/time';
import { parseTimestamp } from '#engine/timestamp';
import { frozen } from '#test/engine/support';

const scope = (): Scope => {
  let draw = 0;
  return {
    input: {},
    now: epoch(0),
    vars: { list: [1, 2, 3], name: 'v' },
    contextPart: (name) => (name === 'State' ? { Name: 'S' } : undefined),
    context: () => ({ State: { Name: 'S' } }),
    random: () => randomBytes('seed', 1, 0, draw++),
  };
};
const evaluate = (text: string, root: Json = {}): Json => compilePathOrIntrinsic(text).evaluate(frozen(root), scope());

describe('paths', () => {
  const root = {
    a: { b: [10, 20, 30], 'c d': 1, constructor: 5 },
    list: [{ n: 1, t: 'x' }, { n: 2, t: 'y' }, { n: 3 }],
  };

  test.each<[string, Json]>([
    ['$', root],
    ['$.a.b[1]', 20],
    ['$.a.b[-1]', 30],
    ["$['a']['c d']", 1],
    ['$["a"]["b"][0]', 10],
    ['$.a.constructor', 5],
    ['$.a.b[0,2]', [10, 30]],
    ['$.a.b[1:]', [20, 30]],
    ['$.a.b[:-1]', [10, 20]],
    ['$.a.b[::2]', [10, 30]],
    ['$.list[*].n', [1, 2, 3]],
    ['$..n', [1, 2, 3]],
    ['$.list[?(@.n > 1)].n', [2, 3]],
    ["$.list[?(@.t == 'x' || @.n == 3)].n", [1, 3]],
    ['$.list[?(!@.t)].n', [3]],
    ['$.list[?(@.n in [1, 3] && @.t)].n', [1]],
    ['$.missing[*]', []],
    ["$.a['c d','b','none']", { 'c d': 1, b: [10, 20, 30] }],
    ["$.list[*]['n','t']", [{ n: 1, t: 'x' }, { n: 2, t: 'y' }, { n: 3 }]],
    [
      "$..['n','t']",
      [
        { n: 1, t: 'x' },
        { n: 2, t: 'y' },
      ],
    ],
    ["$['a','list'].b", [[10, 20, 30]]],
    ['$..[?(@.n > 1)].t', ['y']],
    ['$list[1]', 2],
    ['$name', 'v'],
    ['$$.State.Name', 'S'],
    ['$$', { State: { Name: 'S' } }],
  ])('%s', (path, value) => {
    expect(evaluate(path, root)).toEqual(value);
  });

  test.each([
    '$.nothing',
    '$.a.b[3]',
    '$.a.toString',
    '$.__proto__',
    '$unset',
    '$$.Nothing',
    '$.a.b.c',
    '$.list.length()',
    "$.list['n','t']",
  ])('%s finds nothing', (path) => {
    expect(compilePath(path).find(root, scope())).toBeUndefined();
    expect(() => evaluate(path, root)).toThrow();
  });

  test.each([
    '',
    'a',
    '$.',
    '$..',
    '$.a[',
    '$.a[x]',
    '$.a[1',
    "$['a",
    '$.a b',
    '$.list.length(1)',
    '$.a[?(@.n ~ 1)]',
    '$.a[1:2:0]',
  ])('%j does not parse', (path) => {
    expect(() => compilePath(path)).toThrow();
  });

  test('a path from any text parses or is refused, and never takes long', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...`$.[]()?@'"*:,a1 <=!&|-\\`), maxLength: 60 }), (text) => {
        try {
          compilePath(`$${text}`).find(root, scope());
        } catch (error) {
          expect((error as Error).name).toBe('ExpressionSyntaxError');
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('no path makes something of null', () => {
    expect(() => evaluate('$.a', null)).toThrow(/null or empty input/);
    expect(compilePath('$.a').find(null, scope())).toBeUndefined();
  });

  test('a value nested deeper than the stack can still be searched', () => {
    let deep: Json = { n: 1 };
    for (let i = 0; i < 20_000; i++) deep = [deep];
    const bounds = { ...defaultBounds, depth: 30_000 };
    expect(compilePath('$..n').evaluate(deep, { ...scope(), bounds })).toEqual([1]);
    expect(() => compilePath('$..n').evaluate(deep, scope())).toThrow('nest deeper than 2000');
  });
});

describe('reference paths', () => {
  test.each<[string, Json, Json]>([
    ['$', { a: 1 }, 9],
    ['$.b', { a: 1 }, { a: 1, b: 9 }],
    ['$.a.b.c', { a: { x: 1 } }, { a: { x: 1, b: { c: 9 } } }],
    ['$.a[1]', { a: [1, 2] }, { a: [1, 9] }],
  ])('%s into %j', (path, input, output) => {
    expect(compileReferencePath(path)(frozen(input), 9)).toEqual(output);
  });

  test('no way through a number, and none beyond an array', () => {
    expect(() => compileReferencePath('$.a.b')({ a: 1 }, 9)).toThrow(/Unable to apply/);
    expect(() => compileReferencePath('$.a[2]')({ a: [1] }, 9)).toThrow(/Unable to apply/);
  });

  test.each(['$.a[*]', '$.a[0,1]', "$['a','b']", '$..a', '$.a[?(@.b)]'])('%s names more than one place', (path) => {
    expect(() => compileReferencePath(path)).toThrow(/one place/);
  });

  test('the name __proto__ is a name like any other', () => {
    const output = compileReferencePath("$['__proto__']")({}, { x: 1 }) as object;
    expect(Object.keys(output)).toEqual(['__proto__']);
    expect((output as { x?: number }).x).toBeUndefined();
  });
});

describe('templates', () => {
  test('a constant is shared, anything else is made', () => {
    const constant = frozen({ a: [1, { b: 'x' }], plain$: '$.a' });
    expect(compileTemplate(constant).evaluate({}, scope())).toBe(constant);
    expect(compileTemplate(constant).needs).toBe(noNeeds);
    const made = compileTemplate({ a: [{ 'x.$': '$.n' }], 'b.$': '$$.State.Name' });
    expect(made.evaluate({ n: 1 }, scope())).toEqual({ a: [{ x: 1 }], b: 'S' });
  });
});

describe('intrinsic functions', () => {
  test.each<[string, Json, Json]>([
    ["States.Format('a {} b {} \\{\\}', $.x, 1)", { x: null }, 'a null b 1 {}'],
    ["States.Format('{}', $)", { Arg1: 1, Arg2: [] }, '{Arg1=1, Arg2=[]}'],
    ['States.MathAdd(1.49, 1.5)', {}, 3],
    ['States.MathAdd($.a, -1)', { a: 3 }, 2],
    ["States.StringSplit('1,,2', ',')", {}, ['1', '2']],
    ["States.StringToJson('')", {}, null],
    ['States.StringToJson(\'{"a": 1}\')', {}, { a: 1 }],
    ['States.JsonToString($)', { a: [1, 'x'] }, '{"a":[1,"x"]}'],
    ['States.Array(1, States.Array(), null)', {}, [1, [], null]],
    ['States.ArrayRange(1, 9, 2)', {}, [1, 3, 5, 7, 9]],
    ['States.ArrayRange(3, 1, -1)', {}, [3, 2, 1]],
    ['States.ArrayUnique($)', [1, 1, { a: 1, b: 2 }, { b: 2, a: 1 }, '1', [1], [1]], [1, { a: 1, b: 2 }, '1', [1]]],
    ['States.ArrayGetItem($, 1)', ['a', 'b'], 'b'],
    ["States.Base64Encode('Hello wörld')", {}, Buffer.from('Hello wörld').toString('base64')],
    ["States.Base64Decode('SGVsbG8=')", {}, 'Hello'],
    ['States.ArrayRange(1.6, 1.4, 1)', {}, [1]],
    ['States.ArrayRange(5.4, -0.6, -2.4)', {}, [5, 3, 1]],
    ['States.ArrayPartition($, 2.6)', [1, 2, 3, 4, 5], [[1, 2], [3, 4], [5]]],
    ['States.ArrayGetItem($, 1.9)', ['a', 'b'], 'b'],
    ['States.ArrayGetItem($, 999)', [], null],
    ['States.MathRandom(1, 100, 42)', {}, 63],
    ['States.MathRandom(1, 1000, 1)', {}, 106],
    ['States.MathRandom(1, 1000, 2)', {}, 806],
    ['States.MathAdd(2147483646, 1)', {}, 2147483647],
    ['States.MathAdd(-2147483647, -1)', {}, -2147483648],
    ['States.ArrayContains($.a, $.b)', { a: [{ x: 1, y: 2 }], b: { y: 2, x: 1 } }, false],
    ['States.ArrayContains($.a, $.b)', { a: [[0, 1, false], null], b: [0, 1, false] }, true],
    ['States.ArrayContains($, true)', ['true'], true],
    ['States.ArrayContains($, 9007199254740991)', ['9007199254740991'], true],
    ['States.ArrayContains($, false)', [0, 1, -1, -1.5], false],
    ["States.Base64Decode(' YWJjZA== ')", {}, 'abcd'],
    ["States.Base64Decode('YWJj')", {}, 'abc'],
    ["States.JsonMerge($.a, $.a, 'false')", { a: { x: 1 } }, { x: 1 }],
    ['States.JsonMerge($.a, $.b, false)', { a: { x: 1, y: 1 }, b: { y: 2 } }, { x: 1, y: 2 }],
  ])('%s', (text, root, value) => {
    expect(evaluate(text, root)).toEqual(value);
  });

  test('random values are of the right form and follow from the seed', () => {
    const uuid = evaluate('States.UUID()');
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(evaluate('States.UUID()')).toBe(uuid);
    for (const last of [2, 10, 1_000_000]) {
      const drawn = evaluate(`States.MathRandom(1, ${last})`) as number;
      expect(drawn).toBeGreaterThanOrEqual(1);
      expect(drawn).toBeLessThan(last);
    }
  });

  test.each([
    ["States.Format('{}')", 'Invalid arguments in States.Format: more {} than arguments'],
    ["States.Format('a {', 1)", "Invalid template in States.Format: matching '}' not found for '{'."],
    ["States.Format('}')", "Invalid template in States.Format: matching '{' not found for '}'."],
    ["States.StringToJson('{\\'a\\': 1}')", 'Cannot convert String to Json in States.StringToJson, caused by: '],
    ['States.ArrayGetItem(States.Array(1), 1)', 'Invalid arguments in States.ArrayGetItem: '],
    ['States.ArrayGetItem(States.Array(1), -1)', 'Invalid arguments in States.ArrayGetItem: '],
    ['States.ArrayPartition($, 0.6)', 'Invalid arguments in States.ArrayPartition: '],
    ['States.ArrayRange(1, 5000, 1)', 'Invalid arguments in States.ArrayRange: '],
    ['States.ArrayRange(1, 10, 0.49)', 'Invalid arguments in States.ArrayRange: '],
    ['States.MathRandom(1.4, 1.6)', 'Invalid arguments in States.MathRandom: '],
    ['States.MathAdd(2147483647, 1)', 'Invalid arguments in States.MathAdd: '],
    ['States.MathAdd(3000000000, 1)', 'Invalid arguments in States.MathAdd: '],
    ['States.ArrayLength(States.JsonToString($))', 'Invalid arguments in States.ArrayLength: an array is expected'],
    ["States.Hash('x', 'MD4')", 'Invalid arguments in States.Hash: '],
  ])('%s fails as on AWS, and can be caught by the name of the specification', (text, sentence) => {
    const message = `There was an error while evaluating the intrinsic function: ${text}. ${sentence}`;
    expect(() => evaluate(text, [])).toThrow(
      expect.objectContaining({
        error: 'States.Runtime',
        alias: 'States.IntrinsicFailure',
        message: expect.stringContaining(message),
      }),
    );
  });

  test('a path among the arguments that finds nothing', () => {
    expect(() => evaluate("States.Hash($.none, 'MD5')", {})).toThrow(
      expect.objectContaining({
        error: 'States.Runtime',
        message:
          "The function 'States.Hash($.none, 'MD5')' had the following error: The JsonPath argument for the field '$.none' could not be found in the input '{}'",
      }),
    );
  });
});

describe('against the platform', () => {
  const bytes = fc.uint8Array({ maxLength: 300 });

  test('digests', () => {
    fc.assert(
      fc.property(bytes, fc.constantFrom(...Object.keys(digests)), (message, name) => {
        expect(digests[name]?.(message)).toBe(createHash(name.replace('-', '')).update(message).digest('hex'));
      }),
    );
  });

  test('Base64', () => {
    fc.assert(
      fc.property(bytes, (message) => {
        const text = Buffer.from(message).toString('base64');
        expect(toBase64(message)).toBe(text);
        expect(fromBase64(text)).toEqual(message);
      }),
    );
    const read = (text: string): string => Buffer.from(fromBase64(text)).toString();
    expect(['YWJj', ' YWJ\njZ A==', 'YW!J#jZA', 'YWJj=ZA==', 'YWJjZ', 'a', ''].map(read)).toEqual([
      ...['abc', 'abcd', 'abcd', 'abc', 'abc', '', ''],
    ]);
    expect(fromBase64('-_-_')).toEqual(fromBase64('+/+/'));
  });

  test('timestamps', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true }),
        (date) => {
          expect(parseTimestamp(date.toISOString())).toBe(date.getTime());
        },
      ),
    );
    expect(parseTimestamp('2026-03-14T01:59:00+02:30')).toBe(Date.parse('2026-03-14T01:59:00+02:30'));
    expect(parseTimestamp('2016-03-05T21:29:29.243167252Z')).toBe(Date.parse('2016-03-05T21:29:29.243Z'));
    for (const bad of [
      '2016-12-05 21:29:29Z',
      '2016-12-05T21:29:29',
      '2016-02-30T00:00:00Z',
      '2016-12-05T25:29:29Z',
      '2016-12-05T21:29:29z',
      '05-12-2016T21:29:29Z',
      '2016-12-05T21:29:29.Z',
      '',
    ]) {
      expect(parseTimestamp(bad)).toBeUndefined();
    }
  });
});

describe('a hostile chart', () => {
  test('an array between numbers so large that one more is the same number ends', () => {
    expect(evaluate('States.ArrayRange(9007199254740992, 9007199254740996, 1)')).toHaveLength(5);
    expect(evaluate('States.ArrayRange(-9007199254740992, -9007199254740996, -1)')).toHaveLength(5);
  });

  test('thousands of different objects with the same names are told apart one by one, not pair by pair', () => {
    let reads = 0;
    const items = Array.from({ length: 400 }, (_, n) => ({
      get n() {
        reads++;
        return n % 300;
      },
    }));
    expect(compilePathOrIntrinsic('States.ArrayUnique($.x)').evaluate({ x: items }, scope())).toHaveLength(300);
    expect(reads).toBeLessThan(4000);
  });

  test.each([
    ['goes down again from each value that it has come to', '$..*..*..*..*..*'],
    ['goes down in a filter for each value', '$..[?(@..[?(@..[?(@..[?(@..b)])])])]'],
    ['compares what is large with what is equal', '$..[?($.a in $..[?(@..a == $.a)])]'],
  ])('a path that %s is stopped', (_what, path) => {
    let root: Json = 1;
    for (let depth = 0; depth < 300; depth++) root = { a: root };
    const bounded = () => compilePath(path).evaluate(root, { ...scope(), fuel: { left: 200_000 } });
    expect(bounded).toThrow('takes more than 200000 steps');
  });

  test('a path is stopped where nothing else bounds it too', () => {
    const root = { x: Array.from({ length: 4000 }, () => 1) };
    expect(() => evaluate('$.x[?(1 in $.x[?(@ == 2)])]', root)).toThrow('takes more than 6000000 steps');
  });

  test.each([
    ['in a filter', (names: string) => `$.x[?(@[${names}] == 5)]`],
    ['at every depth', (names: string) => `$.x..[${names}]`],
    ['at every depth, where they are not', (names: string) => `$.x..[${names},'d']`],
  ])('a path burns for each of its names %s', (_what, path) => {
    const x = Array.from({ length: 100 }, () => ({ a: 1, b: 2, c: 3 }));
    const burnt = (names: string) => {
      const fuel = { left: 1_000_000 };
      compilePath(path(names)).evaluate({ x }, { ...scope(), fuel });
      return 1_000_000 - fuel.left;
    };
    expect(burnt(`'a','b','c'${",'a'".repeat(30)}`)).toBeGreaterThan(2 * burnt("'a','b','c'"));
  });

  test('paths burn what the expressions of a test may burn together', () => {
    const fuel = { left: 12 };
    const path = compilePath('$.x[*]');
    expect(path.evaluate({ x: [1, 2] }, { ...scope(), fuel })).toEqual([1, 2]);
    expect(() => path.evaluate({ x: [1, 2] }, { ...scope(), fuel })).toThrow('takes more than 3 steps');
    expect(fuel.left).toBeLessThan(0);
  });

  test('equal objects are one, whatever the order of their members, at any depth', () => {
    const x = [
      { a: [{ b: 1, c: 2 }] },
      { a: [{ c: 2, b: 1 }] },
      [{ b: 1, c: 2 }],
      [{ c: 2, b: 1 }],
      { a: '1' },
      { a: 1 },
    ];
    expect(evaluate('States.ArrayUnique($.x)', { x })).toEqual([x[0], x[2], x[4], x[5]]);
  });
});
