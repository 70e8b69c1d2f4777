import { describe, expect, test } from 'vitest';
import { compileChart } from '#engine/chart/compile';
import { validateChart } from '#engine/chart/validate';
import { decide } from '#engine/decide';
import type { Json } from '#engine/json';
import { begin, chartOf, optionsAt, outcomeOf } from '#test/engine/support';

const chain = (length: number): Json =>
  Object.fromEntries(
    Array.from({ length }, (_, i) => [
      `State ${i}`,
      { Type: 'Task', Resource: 'activity:a', ...(i === length - 1 ? { End: true } : { Next: `State ${i + 1}` }) },
    ]),
  );

describe('limits', () => {
  test('10,000 states compile; one more is refused', () => {
    const validated = validateChart({ StartAt: 'State 0', States: chain(10_000) }, { name: 'big' });
    if (!validated.ok) throw new Error(JSON.stringify(validated.errors.slice(0, 3)));
    expect(compileChart(validated.chart, 1).states.size).toBe(10_000);
    const more = validateChart({ StartAt: 'State 0', States: chain(10_001) }, { name: 'big' });
    expect(more).toMatchObject({ ok: false, errors: [{ code: 'TOO_MANY_STATES', pointer: '/States' }] });
  });

  test('1,000,000 transitions at constant position size', () => {
    const chart = chartOf({
      Add: {
        Type: 'Pass',
        Parameters: { 'n.$': 'States.MathAdd($.n, 1)' },
        Assign: { 'last.$': '$.n' },
        Next: 'Enough',
      },
      Enough: {
        Type: 'Choice',
        Choices: [{ Variable: '$.n', NumericGreaterThanEquals: 500_000, Next: 'Done' }],
        Default: 'Add',
      },
      Done: { Type: 'Succeed' },
    });
    let decision = begin(chart, { n: 0 });
    let largest = 0;
    let decisions = 1;
    while (decision.next.do === 'go') {
      largest = Math.max(largest, JSON.stringify(decision.position).length);
      decision = decide(chart, decision.position, { type: 'go' }, optionsAt(decisions++));
    }
    expect(outcomeOf(decision)).toEqual({ status: 'Succeeded', output: { n: 500_000 } });
    expect(decision.position.step).toBe(1_000_001);
    expect(largest).toBeLessThan(200);
  });

  test('a Task loop with Retry and variables keeps its position size', () => {
    const chart = chartOf({
      A: {
        Type: 'Task',
        Resource: 'activity:a',
        Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 3 }],
        Assign: { 'v.$': '$.v' },
        Next: 'B',
      },
      B: { Type: 'Choice', Choices: [{ Variable: '$.stop', IsPresent: true, Next: 'C' }], Default: 'A' },
      C: { Type: 'Succeed' },
    });
    let decision = begin(chart, { v: 1 });
    const sizes = new Set<number>();
    for (let i = 0; i < 2000; i++) {
      decision = decide(chart, decision.position, { type: 'failed', error: 'E' }, optionsAt(0));
      decision = decide(chart, decision.position, { type: 'go' }, optionsAt(1000));
      decision = decide(chart, decision.position, { type: 'completed', output: { v: 2 } }, optionsAt(1000));
      sizes.add(JSON.stringify(decision.position).length - String(decision.position.step).length);
    }
    expect(sizes.size).toBeLessThanOrEqual(2);
  });

  test('10,000 errors are found in little time', () => {
    const states = Object.fromEntries(
      Array.from({ length: 9000 }, (_, i) => [`State number ${i}`, { Type: 'Pass', Next: `Sate number ${i + 1}` }]),
    );
    const began = performance.now();
    const validated = validateChart({ StartAt: 'State number 0', States: states }, { name: 'bad' });
    expect(validated.ok ? 0 : validated.errors.length).toBeGreaterThan(9000);
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  test('an input of 10 MB goes through unchanged and uncopied', () => {
    const chart = chartOf({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Task', Resource: 'activity:a', End: true } });
    const input = { text: 'x'.repeat(10_000_000) };
    expect(begin(chart, input).position.input).toBe(input);
  });

  const input = { a: Array.from({ length: 2_000 }, () => 1) };
  const bounds = { fuel: 20_000 };
  const walking = (times: number, next: { readonly [field: string]: Json }) => ({
    Type: 'Pass',
    Parameters: Object.fromEntries(Array.from({ length: times }, (_, i) => [`${i}.$`, 'States.ArrayContains($.a, 0)'])),
    ResultPath: '$.made',
    ...next,
  });

  test('the expressions of a state are bounded together, not only each by itself', () => {
    const outcome = (times: number) =>
      outcomeOf(begin(chartOf({ A: walking(times, { End: true }) }, { bounds }), input));
    expect(outcome(200)).toMatchObject({ status: 'Failed', error: 'States.Runtime' });
    expect(outcome(100)).toMatchObject({ status: 'Succeeded' });
  });

  test('a decision whose expressions were heavy is committed before the next state', () => {
    const states = { A: walking(10, { Next: 'B' }), B: walking(10, { Next: 'C' }), C: walking(10, { End: true }) };
    const chart = chartOf(states, { bounds });
    const first = begin(chart, input);
    expect([first.position.at, first.next]).toEqual(['C', { do: 'go' }]);
    const last = decide(chart, first.position, { type: 'go' }, optionsAt());
    expect(outcomeOf(last)).toMatchObject({ status: 'Succeeded' });
  });

  test.each([
    ['fuel', { fuel: 1_000 }, 'takes more than 1000 steps'],
    ['depth', { depth: 10 }, 'nest deeper than 10'],
    ['size', { size: 1_000 }, 'at most 1000 are allowed'],
  ])(
    'the %s that a chart has holds for JSONata, paths and intrinsic functions, each with its own error',
    (bound, its, cause) => {
      const long = 'x'.repeat(600);
      let deep: Json = 1;
      for (let i = 0; i < 30; i++) deep = [deep];
      const given = { long, deep, many: Array.from({ length: 1_200 }, () => 1) };
      const outcome = (state: Json) => outcomeOf(begin(chartOf({ A: state }, { bounds: its }), given));
      const jsonata = {
        fuel: '$sum($states.input.many)',
        depth: '($f := function($n) { 1 + $f($n) }; $f(0))',
        size: '$states.input.long & $states.input.long',
      }[bound];
      const path = { fuel: '$.many[*]', depth: '$.deep..x', size: '$.many[*]' }[bound];
      const called = { fuel: '$.many', depth: '$.deep', size: '$.many' }[bound];
      expect(outcome({ Type: 'Pass', QueryLanguage: 'JSONata', Output: `{% ${jsonata} %}`, End: true })).toMatchObject({
        error: 'States.QueryEvaluationError',
        cause: expect.stringContaining(cause),
      });
      expect(outcome({ Type: 'Pass', InputPath: path as string, End: true })).toMatchObject({
        error: 'States.Runtime',
        cause: expect.stringContaining(cause),
      });
      const Parameters = { 'a.$': `States.JsonToString(${called})` };
      expect(outcome({ Type: 'Pass', Parameters, End: true })).toMatchObject({
        error: 'States.Runtime',
        cause: expect.stringContaining(cause),
      });
    },
  );

  test('bounds that are none are refused where they stand', () => {
    const definition = { StartAt: 'A', States: { A: { Type: 'Succeed' } } };
    for (const [bounds, pointer] of [
      [{ fuel: 999 }, '/bounds/fuel'],
      [{ depth: 2_001 }, '/bounds/depth'],
      [{ size: 1.5e3 + 0.5 }, '/bounds/size'],
      [{ fule: 5_000 }, '/bounds/fule'],
      [5, '/bounds'],
    ] as const)
      expect(validateChart({ name: 'c', bounds, definition })).toMatchObject({ ok: false, errors: [{ pointer }] });
    expect(validateChart({ name: 'c', bounds: { fuel: 5_000 }, definition })).toMatchObject({ ok: true });
  });

  test('documents nested too deep and texts too long are refused, not crashed on', () => {
    expect(validateChart('['.repeat(100_000))).toMatchObject({ ok: false, errors: [{ code: 'TOO_DEEP' }] });
    expect(validateChart(`# ${'x'.repeat(1_100_000)}`)).toMatchObject({
      ok: false,
      errors: [{ code: 'TEXT_TOO_LARGE' }],
    });
    let deep: Json = 1;
    for (let i = 0; i < 5000; i++) deep = [deep];
    expect(validateChart({ StartAt: 'A', States: { A: { Type: 'Pass', Result: deep, End: true } } })).toMatchObject({
      ok: false,
      errors: [{ code: 'TOO_DEEP' }],
    });
  });
});
