import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createActionRunner } from '#actions/action-runner';
import type { ActivityContext } from '#sdk/activity';
import { ActivityError } from '#sdk/activity-error';
import type { Activities } from '#sdk/define-activities';
import { errorOf, ManualClock, TestCall } from '#test/actions/support/calls';

function setUp(activities: Activities) {
  const clock = new ManualClock();
  const events: (readonly [string, Readonly<Record<string, unknown>>])[] = [];
  const telemetry = {
    event: (name: string, fields: Readonly<Record<string, unknown>>) => void events.push([name, fields]),
  };
  return { clock, events, runner: createActionRunner({ activities, clock, telemetry }) };
}

const never = () => new Promise<never>(() => {});
const turn = () => new Promise(setImmediate);

describe('a handler in process', () => {
  it('returns or promises its output; undefined is null', async () => {
    const { runner } = setUp({
      sync: (n: number) => n + 1,
      async: async (n: number) => ({ n }),
      none: () => undefined,
    });
    expect(await runner.run(new TestCall('sync', 4))).toEqual({ ok: true, output: 5 });
    expect(await runner.run(new TestCall('async', 4))).toEqual({ ok: true, output: { n: 4 } });
    expect(await runner.run(new TestCall('none'))).toEqual({ ok: true, output: null });
    expect([...runner.activities]).toEqual(['sync', 'async', 'none']);
  });

  it('is told who asks, and may take the members of its context out', async () => {
    const seen = (_: unknown, { idempotencyKey, attempt, run, chart, state, taskToken }: ActivityContext) => ({
      ...{ idempotencyKey, attempt, run, chart, state, taskToken },
    });
    const { runner } = setUp({ seen });
    expect(await runner.run(new TestCall('seen', null, { token: 'T' }))).toEqual({
      ok: true,
      output: {
        idempotencyKey: 'chart:run#3',
        attempt: 2,
        run: 'chart:run',
        chart: 'chart',
        state: 'Work',
        taskToken: 'T',
      },
    });
  });

  it('works on copies: changing an input or an output later changes nothing of ours', async () => {
    const kept = { list: [1] };
    const { runner } = setUp({
      mutate: (input: { list: number[] }) => {
        input.list.push(2);
        return kept;
      },
    });
    const call = new TestCall('mutate', { list: [1] });
    const outcome = await runner.run(call);
    kept.list.push(9);
    expect(call.input).toEqual({ list: [1] });
    expect(outcome).toEqual({ ok: true, output: { list: [1] } });
  });

  it('fails where JSON cannot carry what it returned', async () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    const { runner } = setUp({ cycle: () => cycle, big: async () => ({ n: 1n }), date: () => new Date(0) });
    expect(errorOf(await runner.run(new TestCall('cycle')))).toBe('Flowbeat.OutputNotSerializable');
    expect(errorOf(await runner.run(new TestCall('big')))).toBe('Flowbeat.OutputNotSerializable');
    expect(await runner.run(new TestCall('date'))).toEqual({ ok: true, output: '1970-01-01T00:00:00.000Z' });
  });

  it('names its errors: an ActivityError as it says, others as Lambda does', async () => {
    const { runner } = setUp({
      declined: () => {
        throw new ActivityError('Card.Declined', { code: 51 });
      },
      broken: async () => {
        throw new RangeError('too far');
      },
      text: () => {
        throw 'just text';
      },
    });
    expect(await runner.run(new TestCall('declined'))).toEqual({
      ok: false,
      error: 'Card.Declined',
      cause: '{"code":51}',
    });
    const broken = await runner.run(new TestCall('broken'));
    expect(errorOf(broken)).toBe('RangeError');
    expect(JSON.parse((broken as { cause: string }).cause)).toMatchObject({
      errorType: 'RangeError',
      errorMessage: 'too far',
    });
    expect(errorOf(await runner.run(new TestCall('text')))).toBe('string');
    expect(errorOf(await runner.run(new TestCall('unknown')))).toBe('Flowbeat.NoHandler');
  });

  it('makes no signal and no timer that nobody asked for', async () => {
    const { runner, clock } = setUp({ sync: () => 1, async: async () => 1 });
    const calls = [new TestCall('sync', null, { timeoutMs: 50 }), new TestCall('sync'), new TestCall('async')];
    await Promise.all(calls.map((call) => runner.run(call)));
    clock.advance(1000);
    expect(calls.map((call) => call.signalsAsked)).toEqual([0, 0, 0]);
    expect(clock.pending).toBe(0);
  });
});

describe('deadlines in process', () => {
  it('ends with States.Timeout though the handler goes on; its result is dropped, and said', async () => {
    let finish = (_: number) => {};
    let aborted: unknown;
    const { runner, clock, events } = setUp({
      slow: (_: unknown, { signal }: ActivityContext) => {
        signal.addEventListener('abort', () => {
          aborted = signal.reason;
        });
        return new Promise((resolve) => {
          finish = resolve;
        });
      },
    });
    const outcome = runner.run(new TestCall('slow', null, { timeoutMs: 100 }));
    clock.advance(99);
    expect(aborted).toBeUndefined();
    clock.advance(1);
    expect(await outcome).toMatchObject({ ok: false, error: 'States.Timeout', lines: [{ level: 'warn' }] });
    expect(aborted).toMatchObject({ name: 'ActionOver' });
    finish(1);
    await turn();
    expect(events).toMatchObject([['action.late', { ok: true, resource: 'activity:slow' }]]);
    expect(clock.pending).toBeLessThanOrEqual(1);
  });

  it('counts the time of a handler that blocked past its time-out', async () => {
    const { runner, clock } = setUp({ blocks: () => clock.advance(101) });
    expect(errorOf(await runner.run(new TestCall('blocks', null, { timeoutMs: 100 })))).toBe('States.Timeout');
  });

  it('ends with States.HeartbeatTimeout when the beats stop, and quotes the last', async () => {
    let beat: ActivityContext['heartbeat'] = () => {};
    const { runner, clock } = setUp({
      beats: (_: unknown, { heartbeat }: ActivityContext) => {
        beat = heartbeat;
        return never();
      },
    });
    const outcome = runner.run(new TestCall('beats', null, { heartbeatMs: 100, timeoutMs: 10_000 }));
    for (let i = 0; i < 5; i++) {
      clock.advance(90);
      beat({ page: i });
    }
    clock.advance(100);
    const { error, cause } = (await outcome) as { error: string; cause: string };
    expect(error).toBe('States.HeartbeatTimeout');
    expect(cause).toContain('{"page":4}');
  });

  it('survives a time-out beyond what one timer can hold', async () => {
    const { runner, clock } = setUp({ slow: never });
    const outcome = runner.run(new TestCall('slow', null, { timeoutMs: 2 ** 31 + 5 }));
    clock.advance(2 ** 31);
    clock.advance(5);
    expect(errorOf(await outcome)).toBe('States.Timeout');
  });
});

describe('an abort in process (L11)', () => {
  it('lets a handler go that ignores its signal, and leaves no listener on it', async () => {
    const { runner, clock } = setUp({ deaf: never, quick: async () => 1 });
    const call = new TestCall('deaf');
    const outcome = runner.run(call);
    clock.advance(30);
    expect(getEventListeners(call.controller.signal, 'abort')).toHaveLength(1);
    call.controller.abort();
    expect(errorOf(await outcome)).toBe('Flowbeat.Aborted');
    expect(getEventListeners(call.controller.signal, 'abort')).toHaveLength(0);
  });

  it('notices an abort that came before it listened', async () => {
    const { runner, clock } = setUp({ deaf: never });
    const call = new TestCall('deaf');
    const outcome = runner.run(call);
    call.controller.abort();
    clock.advance(30);
    expect(errorOf(await outcome)).toBe('Flowbeat.Aborted');
  });

  it('refuses checkpoints of a handler whose action is over', async () => {
    let save: ActivityContext['checkpoint'] = async () => {};
    const { runner, clock } = setUp({
      slow: async (_: unknown, ctx: ActivityContext) => {
        save = ctx.checkpoint;
        await save({ at: (await ctx.checkpointed<number>()) ?? null });
        return never();
      },
    });
    const call = new TestCall('slow', null, { timeoutMs: 10, saved: 7 });
    const outcome = runner.run(call);
    await turn();
    expect(call.saved).toEqual({ at: 7 });
    clock.advance(10);
    await outcome;
    await expect(save(8)).rejects.toThrow('The action is over');
    expect(call.saved).toEqual({ at: 7 });
  });
});

describe('the log of an action', () => {
  it('is kept with the outcome, formatted as the console does', async () => {
    const { runner, clock } = setUp({
      talks: (_: unknown, { log }: ActivityContext) => {
        log('100% done');
        log.warn('left: %d', 3, { a: 1 });
        return 1;
      },
    });
    expect(await runner.run(new TestCall('talks'))).toEqual({
      ok: true,
      output: 1,
      lines: [
        { at: clock.now(), level: 'info', text: '100% done' },
        { at: clock.now(), level: 'warn', text: 'left: 3 { a: 1 }' },
      ],
    });
  });

  it('is bounded, and says how much it dropped', async () => {
    const { runner } = setUp({
      many: (_: unknown, { log }: ActivityContext) => {
        for (let i = 0; i < 130; i++) log(`line ${i}`);
      },
      long: (_: unknown, { log }: ActivityContext) => {
        log('x'.repeat(20_000));
        log('dropped');
      },
    });
    const many = (await runner.run(new TestCall('many'))).lines ?? [];
    expect(many).toHaveLength(101);
    expect(many.at(-1)?.text).toMatch(/^30 more lines were dropped/);
    const long = (await runner.run(new TestCall('long'))).lines ?? [];
    expect(long).toHaveLength(2);
    expect(long[0]?.text.length).toBeLessThan(17_000);
  });
});
