import { describe, expect, test } from 'vitest';
import { compileChart } from '#engine/chart/compile';
import { validateChart } from '#engine/chart/validate';
import { branchPosition, decide, PhaseError, redrivePosition } from '#engine/decide';
import type { FlowEvent, Position } from '#engine/flow';
import { epoch } from '#engine/time';
import { begin, chartOf, optionsAt, outcomeOf, start } from '#test/engine/support';

const task = { Type: 'Task', Resource: 'activity:work' };
const done: FlowEvent = { type: 'completed', output: { ok: true } };

describe('Task', () => {
  test('acts with its effective input, completes, and ends', () => {
    const chart = chartOf({ A: { ...task, Parameters: { 'x.$': '$.n', y: 1 }, ResultPath: '$.result', End: true } });
    const first = begin(chart, { n: 7 });
    expect(first.next).toMatchObject({
      do: 'act',
      action: { input: { x: 7, y: 1 }, callback: false, step: 1, attempt: 0 },
    });
    expect(first.broke).toBe(false);
    const last = decide(chart, first.position, done, optionsAt(5));
    expect(outcomeOf(last)).toEqual({ status: 'Succeeded', output: { n: 7, result: { ok: true } } });
    expect(last.broke).toBe(true);
    expect(last.facts).toEqual([['ok', start + 5, { ok: true }]]);
  });

  test('asked again after a take-over it wants the same and leaves no fact', () => {
    const chart = chartOf({ A: { ...task, Parameters: { 'id.$': 'States.UUID()' }, End: true } });
    const first = begin(chart);
    const again = decide(chart, first.position, { type: 'go' }, optionsAt(60_000));
    expect(again.next).toEqual(first.next);
    expect(again.facts).toEqual([]);
    expect(again.position).toBe(first.position);
  });

  test('timeouts come from numbers and from paths', () => {
    const chart = chartOf({
      A: { ...task, TimeoutSecondsPath: '$.t', HeartbeatSeconds: 5, End: true },
    });
    expect(begin(chart, { t: 60 }).next).toMatchObject({ action: { timeoutMs: 60_000, heartbeatMs: 5000 } });
    expect(outcomeOf(begin(chart, { t: -1 }))).toMatchObject({ status: 'Failed', error: 'States.Runtime' });
  });

  test('with the limits of AWS a result beyond 256 KiB fails with States.DataLimitExceeded, before anything is made of it', () => {
    const states = { A: { ...task, ResultPath: null, End: true } };
    const of = (limits: object) => {
      const validated = validateChart({ name: 'c', ...limits, definition: { StartAt: 'A', States: states } } as never);
      if (!validated.ok) throw new Error(JSON.stringify(validated.errors));
      return compileChart(validated.chart, 1);
    };
    const after = (limits: object, length: number, character = 'x') => {
      const chart = of(limits);
      const output = character.repeat(length);
      return outcomeOf(decide(chart, begin(chart).position, { type: 'completed', output }, optionsAt(1)));
    };
    // Two quotes belong to the text.
    expect(after({ limits: 'aws' }, 262_142)).toMatchObject({ status: 'Succeeded' });
    expect(after({ limits: 'aws' }, 262_143)).toMatchObject({ error: 'States.DataLimitExceeded' });
    expect(after({ limits: 'aws' }, 87_381, '✓')).toMatchObject({ error: 'States.DataLimitExceeded' });
    expect(after({}, 1_000_000)).toMatchObject({ status: 'Succeeded' });
  });
});

describe('Retry', () => {
  const chart = chartOf({
    A: {
      ...task,
      Retry: [
        { ErrorEquals: ['Slow'], IntervalSeconds: 2, MaxAttempts: 2, BackoffRate: 3, MaxDelaySeconds: 5 },
        { ErrorEquals: ['States.ALL'], IntervalSeconds: 10, JitterStrategy: 'FULL' },
      ],
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'B' }],
      End: true,
    },
    B: { Type: 'Pass', End: true },
  });
  const fail = (error: string): FlowEvent => ({ type: 'failed', error, cause: 'why' });

  test('waits, bounded by MaxDelaySeconds, then acts again with the next attempt, then catches', () => {
    let decision = decide(chart, begin(chart, { a: 1 }).position, fail('Slow'), optionsAt(0));
    expect(decision.next).toEqual({ do: 'wait', due: start + 2000 });
    expect(decide(chart, decision.position, { type: 'go' }, optionsAt(1999)).next).toEqual(decision.next);
    decision = decide(chart, decision.position, { type: 'go' }, optionsAt(2000));
    expect(decision.next).toMatchObject({ do: 'act', action: { step: 1, attempt: 1 } });
    decision = decide(chart, decision.position, fail('Slow'), optionsAt(2000));
    expect(decision.next).toEqual({ do: 'wait', due: start + 7000 });
    decision = decide(chart, decision.position, { type: 'go' }, optionsAt(7000));
    decision = decide(chart, decision.position, fail('Slow'), optionsAt(7000));
    expect(outcomeOf(decision)).toEqual({
      status: 'Succeeded',
      output: { a: 1, error: { Error: 'Slow', Cause: 'why' } },
    });
  });

  test('jitter is a part of the delay, and the same for a repeated decision', () => {
    const { position } = begin(chart);
    const one = decide(chart, position, fail('Other'), optionsAt(0));
    expect(decide(chart, position, fail('Other'), optionsAt(0))).toEqual(one);
    const due = (one.next as { due: number }).due - start;
    expect(due).toBeGreaterThanOrEqual(0);
    expect(due).toBeLessThan(10_000);
    expect(decide(chart, position, fail('Other'), optionsAt(0, { seed: 'another' })).next).not.toEqual(one.next);
  });

  test('States.Runtime is caught neither by States.ALL nor by States.TaskFailed', () => {
    const decision = decide(chart, begin(chart).position, fail('States.Runtime'), optionsAt(0));
    expect(outcomeOf(decision)).toEqual({ status: 'Failed', error: 'States.Runtime', cause: 'why' });
  });

  test.each([
    ['States.TaskFailed', 'Any', true],
    ['States.TaskFailed', 'States.Timeout', false],
    ['States.Timeout', 'States.HeartbeatTimeout', true],
    ['States.HeartbeatTimeout', 'States.Timeout', false],
  ])('ErrorEquals %s and the error %s: %s', (name, error, caught) => {
    const one = chartOf({
      A: { ...task, Catch: [{ ErrorEquals: [name], Next: 'B' }], End: true },
      B: { Type: 'Pass', End: true },
    });
    const decision = decide(one, begin(one).position, fail(error), optionsAt(0));
    expect(outcomeOf(decision).status).toBe(caught ? 'Succeeded' : 'Failed');
  });

  test('a missing path can be caught by the name of the specification', () => {
    const one = chartOf({
      A: {
        ...task,
        Parameters: { 'x.$': '$.missing' },
        Catch: [{ ErrorEquals: ['States.ParameterPathFailure'], Next: 'B' }],
        End: true,
      },
      B: { Type: 'Pass', End: true },
    });
    expect(outcomeOf(begin(one))).toMatchObject({ status: 'Succeeded', output: { Error: 'States.Runtime' } });
  });
});

describe('callback', () => {
  const chart = chartOf({
    A: {
      Type: 'Task',
      Resource: 'activity:ask.waitForTaskToken',
      Parameters: { 'token.$': '$$.Task.Token' },
      TimeoutSeconds: 60,
      HeartbeatSeconds: 20,
      End: true,
    },
  });
  const first = begin(chart);
  const waiting = decide(chart, first.position, done, optionsAt(0));

  test('the action gets the token, then the flow waits for it', () => {
    expect(first.next).toMatchObject({ do: 'act', action: { callback: true, input: { token: 'token-1-0' } } });
    expect(waiting.next).toEqual({ do: 'callback', due: start + 20_000 });
    expect(waiting.broke).toBe(true);
    expect(outcomeOf(decide(chart, waiting.position, { type: 'completed', output: 5 }, optionsAt(9)))).toEqual({
      status: 'Succeeded',
      output: 5,
    });
  });

  const beat = (position: Position, at: number, now: number) =>
    decide(chart, position, { type: 'heartbeat', at: epoch(start + at) }, optionsAt(now));

  test('a heartbeat moves the due time, counted from when it was given, not the deadline', () => {
    let beaten = beat(waiting.position, 15_000, 20_000);
    expect(beaten.next).toEqual({ do: 'callback', due: start + 35_000 });
    expect(beaten.facts).toEqual([]);
    // Told again, or told of an earlier one, it waits for the same.
    expect(beat(beaten.position, 15_000, 34_999).next).toEqual(beaten.next);
    expect(beat(beaten.position, 3_000, 34_999).next).toEqual(beaten.next);
    beaten = beat(beaten.position, 50_000, 50_000);
    expect(beaten.next).toEqual({ do: 'callback', due: start + 60_000 });
    const late = decide(chart, beaten.position, { type: 'go' }, optionsAt(60_000));
    expect(outcomeOf(late)).toEqual({ status: 'Failed', error: 'States.Timeout' });
  });

  test('a heartbeat that was given too long ago saves nothing', () => {
    for (const at of [-5_000, 0, 15_000]) {
      const late = beat(waiting.position, at, 35_000);
      expect(outcomeOf(late)).toEqual({ status: 'Failed', error: 'States.HeartbeatTimeout' });
      expect(late.facts).toHaveLength(1);
    }
    expect(outcomeOf(beat(waiting.position, 45_000, 60_000))).toEqual({ status: 'Failed', error: 'States.Timeout' });
  });

  test('without a heartbeat it fails, before it is due nothing happens', () => {
    expect(decide(chart, waiting.position, { type: 'go' }, optionsAt(19_999)).facts).toEqual([]);
    const late = decide(chart, waiting.position, { type: 'go' }, optionsAt(20_000));
    expect(outcomeOf(late)).toEqual({ status: 'Failed', error: 'States.HeartbeatTimeout' });
  });
});

describe('breaks', () => {
  const states = {
    A: { ...task, Next: 'B' },
    B: { Type: 'Pass', Next: 'C' },
    C: { ...task, Next: 'D' },
    D: { ...task, End: true },
  };

  test.each([
    ['every-action', [true, true]],
    [['B'], [true, false]],
    [['C'], [false, true]],
    [[], [false, false]],
  ] as const)('%j', (breaks, broke) => {
    const chart = chartOf(states, { breaks });
    const first = decide(chart, begin(chart).position, done, optionsAt(1));
    expect(first.broke).toBe(broke[0]);
    expect(decide(chart, first.position, done, optionsAt(2)).broke).toBe(broke[1]);
  });

  test('an endless loop of Pass states yields with go, at constant cost', () => {
    const chart = chartOf({
      A: { Type: 'Choice', Choices: [{ Variable: '$.stop', BooleanEquals: true, Next: 'End' }], Default: 'B' },
      B: { Type: 'Pass', Next: 'A' },
      End: { Type: 'Succeed' },
    });
    const decision = begin(chart, { stop: false });
    expect(decision.next).toEqual({ do: 'go' });
    expect(decision.broke).toBe(true);
    expect(decision.position.step).toBe(200);
    expect(decide(chart, decision.position, { type: 'go' }, optionsAt(1)).position.step).toBe(400);
  });

  test('an endless loop of Maps without items yields as well', () => {
    const chart = chartOf({
      A: {
        Type: 'Map',
        ItemsPath: '$.none',
        ResultPath: null,
        ItemProcessor: { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } },
        Next: 'B',
      },
      B: { Type: 'Choice', Choices: [{ Variable: '$.stop', BooleanEquals: true, Next: 'End' }], Default: 'A' },
      End: { Type: 'Succeed' },
    });
    expect(begin(chart, { none: [], stop: false }).next).toEqual({ do: 'go' });
  });
});

describe('Parallel and Map', () => {
  const branch = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Pass', End: true } } });

  test('branches get the effective input and the variables; the join goes on with their outputs', () => {
    const chart = chartOf({
      V: { Type: 'Pass', Assign: { v: 1 }, Next: 'P' },
      P: {
        Type: 'Parallel',
        Parameters: { 'a.$': '$.n' },
        Branches: [branch('X'), branch('Y')],
        ResultPath: '$.r',
        End: true,
      },
    });
    const split = begin(chart, { n: 3 });
    expect(split.next).toEqual({ do: 'split', branches: 2, maxConcurrency: 0 });
    const child = branchPosition(chart, split.position, 1, optionsAt(4));
    expect(child).toMatchObject({ at: 'Y', phase: 'enter', input: { a: 3 }, vars: { v: 1 }, step: 0 });
    const joined = decide(chart, split.position, { type: 'joined', outputs: ['x', 'y'] }, optionsAt(5));
    expect(outcomeOf(joined)).toEqual({ status: 'Succeeded', output: { n: 3, r: ['x', 'y'] } });
  });

  test('a failed branch is known by its own error and as States.BranchFailed', () => {
    const chart = chartOf({
      P: {
        Type: 'Parallel',
        Branches: [branch('X')],
        Catch: [{ ErrorEquals: ['States.BranchFailed'], Next: 'C' }],
        End: true,
      },
      C: { Type: 'Pass', End: true },
    });
    const failed = decide(chart, begin(chart).position, { type: 'branchFailed', index: 0, error: 'E' }, optionsAt(1));
    expect(outcomeOf(failed)).toEqual({ status: 'Succeeded', output: { Error: 'E', Cause: '' } });
  });

  test('items see index and value, also below in the processor', () => {
    const chart = chartOf({
      M: {
        Type: 'Map',
        ItemSelector: { 'i.$': '$$.Map.Item.Index', 'v.$': '$$.Map.Item.Value' },
        MaxConcurrency: 2,
        ItemProcessor: {
          StartAt: 'I',
          States: { I: { Type: 'Pass', Parameters: { 'again.$': '$$.Map.Item.Index', 'in.$': '$' }, End: true } },
        },
        End: true,
      },
    });
    const split = begin(chart, ['a', 'b', 'c']);
    expect(split.next).toEqual({ do: 'split', branches: 3, maxConcurrency: 2 });
    const child = branchPosition(chart, split.position, 2, optionsAt(4));
    expect(child.input).toEqual({ i: 2, v: 'c' });
    expect(outcomeOf(decide(chart, child, { type: 'go' }, optionsAt(5)))).toMatchObject({
      output: { again: 2, in: { i: 2, v: 'c' } },
    });
    expect(outcomeOf(begin(chart, []))).toEqual({ status: 'Succeeded', output: [] });
    expect(outcomeOf(begin(chart, { no: 'array' }))).toMatchObject({ status: 'Failed', error: 'States.Runtime' });
  });
});

describe('end', () => {
  const chart = chartOf({ A: { ...task, Next: 'B' }, B: { Type: 'Fail', Error: 'E', Cause: 'C' } });

  test('a failed flow keeps state and input for a redrive', () => {
    const first = begin(chart, { a: 1 });
    const failed = decide(chart, first.position, { type: 'failed', error: 'X' }, optionsAt(1));
    expect(failed.position).toMatchObject({ at: 'A', phase: 'end', input: { a: 1 } });
    const again = redrivePosition(failed.position, start);
    const acted = decide(chart, again, { type: 'go' }, optionsAt(2));
    expect(acted.next).toMatchObject({ do: 'act', action: { input: { a: 1 }, step: 2, attempt: 0 } });
    expect(() => redrivePosition(first.position, start)).toThrow(PhaseError);
  });

  test('a succeeded flow drops its input', () => {
    const one = chartOf({ A: { Type: 'Succeed' } });
    expect(begin(one, { big: 'value' }).position).toMatchObject({ phase: 'end', input: null });
  });

  test('a cancel ends it wherever it stands, once', () => {
    const cancelled = decide(chart, begin(chart).position, { type: 'cancelled', cause: 'why' }, optionsAt(1));
    expect(outcomeOf(cancelled)).toEqual({ status: 'Cancelled', cause: 'why' });
    const timedOut = decide(chart, begin(chart).position, { type: 'cancelled', timedOut: true }, optionsAt(1));
    expect(outcomeOf(timedOut)).toEqual({ status: 'TimedOut' });
    expect(() => decide(chart, cancelled.position, { type: 'cancelled' }, optionsAt(2))).toThrow(PhaseError);
  });

  test('an event in a phase it does not belong to is a mistake of the caller', () => {
    const { position } = begin(chart);
    expect(() => decide(chart, position, { type: 'joined', outputs: [] }, optionsAt(1))).toThrow(PhaseError);
    expect(() => decide(chart, { ...position, at: 'Nowhere' }, done, optionsAt(1))).toThrow(/no state 'Nowhere'/);
  });
});
