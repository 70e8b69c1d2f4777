import { expect, test } from 'vitest';
import { corpus } from '#test/fuzz/hostile/corpus';
import { runHostile } from '#test/fuzz/hostile/run';

/** Bounds, and the codes of the language's own errors. */
const orderly = /^(value|fuel|depth|size|[STDU]\d{4}|States\.Runtime)$/;

const survived = await runHostile();

test('there are hundreds of hostile expressions, and each ended', () => {
  expect(corpus.length).toBeGreaterThan(200);
  expect(survived.length).toBe(corpus.length);
});

test('each gives a value, reaches a bound, or fails with an error of the language; none takes the process with it', () => {
  const others = survived.filter(({ outcome }) => !orderly.test(outcome));
  expect(
    others.map(({ family, expression, outcome }) => ({ family, expression: expression.slice(0, 200), outcome })),
  ).toEqual([]);
});

test.each(['pattern that backtracks', 'doubling', 'recursion'])('%s ends by a bound or a value', (family) => {
  const outcomes = survived.filter((each) => each.family === family).map(({ outcome }) => outcome);
  expect(outcomes.length).toBeGreaterThan(20);
  expect(outcomes.filter((outcome) => !/^(fuel|depth|size|value|[TD]\d{4})$/.test(outcome))).toEqual([]);
});

test('endless recursion reaches the fuel in the last place of a function, and the depth elsewhere', () => {
  const outcome = (expression: string): string | undefined =>
    survived.find((each) => each.expression === expression)?.outcome;
  expect(outcome('($f := function($n) { $f($n) }; $f(1))')).toBe('fuel');
  expect(outcome('($f := function($n) { $g($n) }; $g := function($n) { $f($n) }; $f(1))')).toBe('fuel');
  expect(outcome('($f := function($n) { 1 + $f($n) }; $f(1))')).toBe('depth');
  expect(outcome('($f := function($n) { $map([1], $f) }; $f(1))')).toBe('depth');
  expect(outcome('($f := function($n) { $f($n & $n) }; $f("ab"))')).toBe('size');
});

test('paths and intrinsic functions reach the same bounds', () => {
  const outcome = (expression: string): string | undefined =>
    survived.find((each) => each.expression === expression)?.outcome;
  expect(outcome('$.nested..*..*..*..*..*')).toBe('fuel');
  expect(outcome('$.abyss..n')).toBe('depth');
  expect(outcome('States.JsonToString($.doubled)')).toBe('fuel');
  expect(outcome('States.JsonToString($.abyss)')).toBe('depth');
  expect(outcome(`States.Format('${'{}'.repeat(600)}'${', $.text'.repeat(600)})`)).toBe('size');
});
