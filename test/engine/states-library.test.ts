/** What Step Functions adds to JSONata, and what it says where an expression fails; answers measured on AWS (floci, issues 2662, 2668, 2737). */
import { describe, expect, test } from 'vitest';
import type { Scope } from '#engine/expression/expression';
import { compileJsonataTemplate } from '#engine/expression/jsonata-template';
import { compilePathOrIntrinsic } from '#engine/expression/template';
import type { Json } from '#engine/json';
import { randomBytes, SeededRandom } from '#engine/random';
import type { StatesError } from '#engine/states-error';
import { epoch } from '#engine/time';

const scope: Scope = {
  input: { list: [1, 2, 3, 4, 5] },
  now: epoch(0),
  vars: {},
  contextPart: () => undefined,
  context: () => ({}),
  random: () => randomBytes('seed', 1, 0, 0),
};
const evaluate = (text: string): Json => compileJsonataTemplate(`{% ${text} %}`, 'Output').evaluate({}, scope);
const causeOf = (text: string): string => {
  try {
    return `no error but ${JSON.stringify(evaluate(text))}`;
  } catch (error) {
    return (error as StatesError).message.replace(/^.*?threw an error during evaluation/, '');
  }
};

test.each<[string, Json]>([
  [
    '$partition([1,2,3,4], 2)',
    [
      [1, 2],
      [3, 4],
    ],
  ],
  ['$partition($states.input.list, 2.9)', [[1, 2], [3, 4], [5]]],
  ['$partition([1,2,3])', [[1, 2, 3]]],
  ['$exists($partition([], 2))', false],
  ['$exists($partition([1], 0))', false],
  ['$exists($partition([1], -0.5))', false],
  ['$exists($partition($states.input.none, 2))', false],
  ['$range(0, 10, 2)', [0, 2, 4, 6, 8, 10]],
  ['$range(10, 0, -5)', [10, 5, 0]],
  ['$range(-1.7, 2, 1)', [-1, 0, 1, 2]],
  ['$range(5, 1, -1.5)', [5, 4, 3, 2, 1]],
  ['$range(3, 3, 1)', 3],
  ['$exists($range(5, 1, 1))', false],
  ['$exists($range(1, 5, 0))', false],
  ['$exists($range(1, 5))', false],
  ['$count($range(-9223372036854775808, 9223372036854775807, 9223372036854775807))', 3],
  ['$hash("Hello", "MD5")', '8b1a9953c4611296a827abf8c47804d7'],
  ['$hash("ñ", "MD5")', '94e9342ecbb1458b6043ecd3bfcbc192'],
  ['$exists($range(0/0, 5, 1)) or $exists($range(1/0, 1/0, 1)) or $exists($partition([1], 0/0))', false],
  ['$exists($hash("Hello"))', false],
  ['$random(42)', 0.7275636800328681],
  ['$random(0)', 0.730967787376657],
  ['$random(7)', 0.7306990420600421],
  ['$random(0.9) = $random(0) and $random(-0.9) = $random(0)', true],
  ['$random(1e300) = $random(9223372036854775807)', true],
  ['$random(0/0) = $random(0)', true],
  ['$parse("{\\"a\\":1}").a', 1],
  ['$exists($parse("null"))', true],
  ['$exists($parse())', false],
  ['$parse("{\\"a:b\\":{\\"\\\\\\":\\":[{\\"c\\":\\":\\"}]}}")', { 'a:b': { '":': [{ c: ':' }] } }],
  ['$map(["[1]", "[2]"], $parse)', [[1], [2]]],
])('%s', (text, value) => {
  expect(evaluate(text)).toEqual(value);
});

test.each<[string, string]>([
  ['$partition([1,2,3], -1)', '. D3137: Second argument must be zero or greater'],
  ...['null', '"one"', '1', '{}'].map((no): [string, string] => [
    `$partition(${no}, 2)`,
    '. T0412: Argument 1 of function "partition" must be an array of undefined',
  ]),
  ['$range(1)', '. T0410: Argument 2 of function "range" does not match function signature'],
  ['$hash("Hello", "md5")', ". D3137: Hash algorithm 'md5' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5"],
  ['$hash(42, "MD5")', '. T0410: Argument 1 of function "hash" does not match function signature'],
  ['$uuid("seed")', '. T0410: '],
  ['$random(1, 2)', '. T0410: '],
  ['$parse(null)', '. T0410: Argument 1 of function "parse" does not match function signature'],
  ...['""', '"  "', '"{\\"a\\":1}{}"', '"[1] [2]"', '"{\\"a\\":1,\\"a\\":2}"', '"1e400"', '"[-1e400]"'].map(
    (json): [string, string] => [`$parse(${json})`, '. D3137: Invalid JSON: '],
  ),
  ['$sum(["a"])', '. T0412: Argument 1 of function "sum" must be an array of "numbers"'],
  ['$each("x", function($v){$v})', '. T0410: Argument 1 of function "each" does not match function signature'],
  ['$split("a", "b", -1)', '. D3020: Third argument of split function must evaluate to a positive number'],
  ['1 + {}', '. T2002: The right side of the "+" operator must evaluate to a number'],
  ['$eval("1+1")', '. T1006: Attempted to invoke a non-function'],
  ['$f := function(){ 1 + $f() }', ': '],
])('%s fails with %s', (text, cause) => {
  expect(causeOf(text.startsWith('$f') ? `(${text}; $f())` : text).slice(0, cause.length)).toBe(cause);
});

test('what JSON has no number for is its name', () => {
  expect(evaluate('[1/0, -1/0, 0/0, {"k": 1e308 * 10}]')).toEqual(['Infinity', '-Infinity', 'NaN', { k: 'Infinity' }]);
  expect(evaluate('1/0')).toBe('Infinity');
  expect(evaluate('$parseInteger("abc", "0")')).toBe('NaN');
});

describe('a seed', () => {
  test('gives the numbers of java.util.Random', () => {
    const random = new SeededRandom(42);
    expect([random.unit(), random.unit(), random.unit()]).toEqual([
      0.7275636800328681, 0.6832234717598454, 0.30871945533265976,
    ]);
    expect(new SeededRandom(0).below(100)).toBe(60);
  });

  test('gives States.MathRandom the same number each time, from the first to below the last', () => {
    const drawn = (seed: number, last: number): Json =>
      compilePathOrIntrinsic(`States.MathRandom(-3, ${last}, ${seed})`).evaluate({}, scope);
    for (const last of [-2, 1, 5, 1_000_000, 2 ** 40]) {
      for (let seed = -50; seed < 50; seed++) {
        const value = drawn(seed, last) as number;
        expect(drawn(seed, last)).toBe(value);
        expect(Number.isInteger(value) && value >= -3 && value < last).toBe(true);
      }
    }
    expect(new Set(Array.from({ length: 40 }, (_, seed) => drawn(seed, 1000))).size).toBeGreaterThan(30);
  });
});
