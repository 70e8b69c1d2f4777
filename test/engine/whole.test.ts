/** Values that hold one other in many places: what no text could hold is an error of the state, and does not hold the process. */
import { describe, expect, test } from 'vitest';
import type { Json } from '#engine/json';
import { endOf } from '#test/engine/support';

type Fields = { readonly [field: string]: Json };

/** Forty states, each of which doubles what it is given; `#` in their fields is the number of the state. */
const doubling = (fields: Fields): Fields =>
  Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [
      `S${i}`,
      {
        Type: 'Pass',
        ...JSON.parse(JSON.stringify(fields).replaceAll('#', String(i))),
        ...(i === 39 ? { End: true } : { Next: `S${i + 1}` }),
      },
    ]),
  );

const tooMuch = {
  status: 'Failed',
  error: 'States.Runtime',
  cause: expect.stringMatching(/^The data of the state (take|nest)/),
};

const many = (member: (i: number) => [string, Json]): Fields =>
  Object.fromEntries(Array.from({ length: 150 }, (_, i) => member(i)));

describe('what a state makes is looked at as a whole', () => {
  test.each<[string, Fields]>([
    ['Parameters', { Parameters: { 'a.$': '$', 'b.$': '$' } }],
    ['an intrinsic function', { Parameters: { 'a.$': 'States.Array($, $)' } }],
    ['ResultPath', { ResultPath: '$.r#' }],
    ['ResultPath behind Parameters', { Parameters: { 'a.$': '$' }, ResultPath: '$.r#' }],
    ['Assign', { Assign: { 'v.$': 'States.Array($v, $v)' } }],
  ])('%s', (_name, fields) => {
    const first = { Type: 'Pass', Assign: { v: 'text' }, Next: 'S0' };
    const chart = { First: first, ...doubling(fields) };
    expect(endOf(chart, { n: 'text' }, { bounds: { fuel: 100_000 } })).toMatchObject(tooMuch);
  });

  test('a path that finds what stands inside of what it has found', () => {
    const deep = Array.from({ length: 900 }).reduce<Json>((inner) => [inner], ['x'.repeat(1_000_000)]);
    expect(endOf({ S: { Type: 'Pass', InputPath: '$..*', End: true } }, deep)).toMatchObject(tooMuch);
  });

  test('many expressions of JSONata in one value', () => {
    const Output = Object.fromEntries(Array.from({ length: 45 }, (_, i) => [`m${i}`, '{% $states.input %}']));
    const input = { list: Array.from({ length: 100_000 }, (_, i) => `item ${i} of a long list of such items`) };
    const states = { S: { Type: 'Pass', Output, Next: 'T' }, T: { Type: 'Pass', Output: '{% 1 %}', End: true } };
    expect(endOf(states, input, { QueryLanguage: 'JSONata' })).toMatchObject(tooMuch);
  });

  test.each<[string, Fields, Fields]>([
    ['Parameters', {}, { Parameters: many((i) => [`a${i}.$`, '$']) }],
    ['Assign', {}, { Assign: many((i) => [`a${i}.$`, '$']) }],
    ['Output', { QueryLanguage: 'JSONata' }, { Output: many((i) => [`a${i}`, '{% $states.input %}']) }],
  ])('one long text in many members of %s', (_name, chart, fields) => {
    expect(endOf({ S: { Type: 'Pass', ...fields, End: true } }, 'x'.repeat(4_000_000), chart)).toMatchObject(tooMuch);
  });

  test('a chart may allow less', () => {
    const states = { S: { Type: 'Pass', Parameters: { 'a.$': '$' }, End: true } };
    const input = [Array.from({ length: 5_000 }, (_, i) => i)];
    expect(endOf(states, input)).toMatchObject({ status: 'Succeeded' });
    expect(endOf(states, input, { bounds: { fuel: 1_000 } })).toMatchObject({
      ...tooMuch,
      cause: expect.stringContaining('10000'),
    });
  });

  test('large data are handed on', () => {
    const input = { rows: Array.from({ length: 200_000 }, (_, i) => ({ id: i, name: `row number ${i}` })) };
    const states = Object.fromEntries(
      Array.from({ length: 10 }, (_, i) => [
        `S${i}`,
        {
          Type: 'Pass',
          Parameters: { 'rows.$': '$.rows' },
          ResultPath: '$',
          ...(i === 9 ? { End: true } : { Next: `S${i + 1}` }),
        },
      ]),
    );
    expect(endOf(states, input)).toEqual({ status: 'Succeeded', output: input });
  });
});
