/** Inputs that are deep or wide. */
import type { Json } from '#engine/json';
import { family, type Hostile, times } from '#test/fuzz/hostile/family';

const nested = (depth: number, open: string, close: string): Json =>
  JSON.parse(`${times(depth, open)}1${times(depth, close)}`) as Json;

const wholeInput = [
  '$string($)',
  '$string($, true)',
  '$clone($)',
  '**',
  '$count(**)',
  '$ = $clone($)',
  '$boolean($)',
  '$ ~> |**|{"x": 1}|',
  '$distinct([$, $, $clone($)])',
  '$sum($)',
  '$keys($)',
  '$spread($)',
  '*',
  '$not($)',
  '$type($.a.a.a)',
  '$merge($)',
  '1 + $',
  '$sort($)',
  '{$: 1}',
  '"" & $',
  '$error($string($))',
  '-$',
  '$',
];

/** Expressions of the whole input. */
export const inputs: readonly Hostile[] = [
  ...family('deep object', wholeInput, nested(5_000, '{"a":', '}')),
  ...family('deep array', wholeInput, nested(5_000, '[', ']')),
  ...family(
    'wide array',
    wholeInput,
    Array.from({ length: 50_000 }, (_, i) => i),
  ),
  ...family('wide object', wholeInput, Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, i]))),
  ...family(
    'array of objects',
    wholeInput,
    Array.from({ length: 5_000 }, (_, i) => ({ a: i, b: [i] })),
  ),
  ...family('wide array in an array', wholeInput, [Array.from({ length: 50_000 }, (_, i) => ({ a: i }))]),
];
