import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmbedded } from '#embedded/start-embedded';
import type { Json } from '#engine/json';
import { defaultBounds } from '#engine/jsonata/meter';
import type { RunId } from '#ports/ids';
import { createOperations } from '#scheduler/create-operations';
import { oneTask, TestServer } from '#test/embedded/server';
import { memoryScheduler } from '#test/scheduler/memory-scheduler';

let t: TestServer;
let broken = true;
const handlers = {
  echo: (input: unknown) => input,
  flaky: () => {
    if (broken) throw new Error('not yet');
    return 'healed';
  },
  hang: (_: unknown, { signal }: { signal: AbortSignal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
};

beforeAll(async () => {
  t = await TestServer.start({ worker: { handlers, windowMs: 3_000 } });
});
afterAll(() => t[Symbol.asyncDispose]());

const code = (code: string) => expect.objectContaining({ code });
const start = (chart: string, name: string, input: Json = {}) => t.server.operations.startRun({ chart, name, input });

describe('charts', () => {
  test('a chart is stored with the bounds of its expressions, and is refused where it asks for more', async () => {
    const { operations } = t.server;
    const chart = (bounds: Json) => JSON.stringify({ name: 'bounded', bounds, definition: oneTask('echo') });
    const stored = async (bounds: Json) => JSON.parse((await operations.putChart(chart(bounds))).chart.source).bounds;
    expect(await stored({})).toEqual(defaultBounds);
    expect(await stored({ fuel: 5_000 })).toEqual({ ...defaultBounds, fuel: 5_000 });
    await expect(operations.putChart(chart({ size: 5_000_000 }))).rejects.toMatchObject({
      code: 'CHART_INVALID',
      fields: { errors: [{ code: 'BOUND_TOO_HIGH', pointer: '/bounds/size' }] },
    });
    await operations.deleteChart('bounded');
  });

  test('other bounds of a server make another version of the same chart', async () => {
    const chart = JSON.stringify({ name: 'same', definition: oneTask('echo') });
    const parts = memoryScheduler();
    const put = (fuel: number) => createOperations({ ...parts, bounds: { ...defaultBounds, fuel } }).putChart(chart);
    expect(await put(10_000)).toMatchObject({ created: true, chart: { version: 1 } });
    expect(await put(10_000)).toMatchObject({ created: false, chart: { version: 1 } });
    expect(await put(20_000)).toMatchObject({ created: true, chart: { version: 2 } });
    expect((await parts.charts.get('same', 1)).bounds.fuel).toBe(10_000);
    expect((await parts.charts.get('same', 2)).bounds.fuel).toBe(20_000);
  });

  test('a server refuses bounds that are none, by what would do', async () => {
    await expect(startEmbedded({ file: ':none:', bounds: { depth: 5_000 } })).rejects.toMatchObject({
      code: 'BOUND_INVALID',
      message: "The bound 'depth' of expressions is 5000: it must be a whole number from 10 to 2000.",
    });
  });

  test('an unchanged chart makes no new version; every error of a bad one is told, and nothing is stored', async () => {
    const { operations } = t.server;
    const source = JSON.stringify({ name: 'c', definition: oneTask('echo') });
    expect(await operations.putChart(source)).toMatchObject({ created: true, chart: { version: 1 } });
    expect(await operations.putChart(source, 'c')).toMatchObject({ created: false, chart: { version: 1 } });
    const bad = operations.putChart('{"name":"bad","definition":{"StartAt":"A","States":{"B":{"Type":"Pas"}}}}');
    await expect(bad).rejects.toMatchObject({ code: 'CHART_INVALID', fields: { errors: { length: 2 } } });
    await expect(operations.putChart(source, 'd')).rejects.toMatchObject({ code: 'CHART_INVALID' });
    await expect(operations.readChart('bad')).rejects.toEqual(code('CHART_NOT_FOUND'));
    await expect(operations.readChart('c', 2)).rejects.toEqual(code('CHART_NOT_FOUND'));
    await operations.putChart(source.replace('"c"', '"hello"'), 'hello');
    const told = (message: string) => expect.objectContaining({ code: 'CHART_NOT_FOUND', message });
    await expect(operations.readChart('helo')).rejects.toEqual(told("There is no chart 'helo'; did you mean 'hello'?"));
    await expect(operations.readChart('c', 2)).rejects.toEqual(
      told("The chart 'c' has no such version; its newest is 1."),
    );
    await operations.deleteChart('hello');
    await operations.deleteChart('c');
    await expect(start('c', 'a')).rejects.toEqual(code('CHART_NOT_FOUND'));
    await expect(operations.deleteChart('c')).rejects.toEqual(code('CHART_NOT_FOUND'));
  });
});

describe('start', () => {
  test('the name is the idempotency key: the same start returns the run, another one is refused', async () => {
    await t.run('named', oneTask('echo'));
    const first = await start('named', 'a', { x: 1, y: [2] });
    await t.ended(first.run);
    expect(await start('named', 'a', { y: [2], x: 1 })).toEqual({ ...first, created: false });
    await expect(start('named', 'a', { x: 2 })).rejects.toEqual(code('NAME_TAKEN'));
    await expect(start('named', 'a/b')).rejects.toEqual(code('NAME_INVALID'));
    await expect(start('none', 'a')).rejects.toEqual(code('CHART_NOT_FOUND'));
    await t.run('named', oneTask('echo', { Comment: 'changed' }));
    expect(await start('named', 'a', { x: 1, y: [2] })).toMatchObject({ created: false });
  });

  test('an input of 10 MB runs, a larger one is refused', async () => {
    await t.run('large', oneTask('echo'));
    const text = 'x'.repeat(10 * 1024 * 1024 - 2);
    const { run } = await start('large', 'a', text);
    expect((await t.ended(run)).outcome).toEqual({ status: 'Succeeded', output: text });
    await expect(start('large', 'b', `${text}x`)).rejects.toEqual(code('INPUT_TOO_LARGE'));
  });
});

describe('cancel', () => {
  test('reaches an action that runs, and is refused once the run has ended', async () => {
    const run = await t.run('hang', oneTask('hang'));
    await t.until(run, ({ flows }) => flows[0]?.status === 'Owned');
    await t.server.operations.cancelRun(run, { error: 'Obsolete', cause: 'withdrawn' });
    const { status, outcome } = await t.ended(run);
    expect([status, outcome]).toMatchObject(['Cancelled', { error: 'Obsolete', cause: 'withdrawn' }]);
    await expect(t.server.operations.cancelRun(run, {})).rejects.toEqual(code('RUN_ENDED'));
    await expect(t.server.operations.cancelRun('hang:none' as RunId, {})).rejects.toEqual(code('RUN_NOT_FOUND'));
  });

  test('reaches every child of a split', async () => {
    const branches = ['H1', 'H2', 'H3'].map((name) => ({
      StartAt: name,
      States: { [name]: { Type: 'Task', Resource: 'activity:hang', End: true } },
    }));
    const run = await t.run('hangs', {
      StartAt: 'P',
      States: { P: { Type: 'Parallel', Branches: branches, End: true } },
    });
    await t.until(run, ({ flowCounts }) => flowCounts.Owned === 3);
    await t.server.operations.cancelRun(run, {});
    await t.ended(run);
    const { flowCounts } = await t.until(run, ({ flowCounts }) => flowCounts.Cancelled === 4);
    expect(flowCounts).toEqual({ Cancelled: 4 });
  });
});

describe('redrive', () => {
  test('goes on from the state that failed, as a flow of its own; the history tells both', async () => {
    broken = true;
    const machine = {
      StartAt: 'First',
      States: {
        First: { Type: 'Task', Resource: 'activity:echo', Next: 'Second' },
        Second: { Type: 'Task', Resource: 'activity:flaky', End: true },
      },
    };
    const run = await t.run('flaky', machine, { a: 1 });
    expect((await t.ended(run)).status).toBe('Failed');
    const listed = async (status: 'Failed' | 'Succeeded') =>
      (await t.server.operations.listRuns({ chart: 'flaky', status, limit: 10 })).items.map(({ run }) => run);
    expect([await listed('Failed'), await listed('Succeeded')]).toEqual([[run], []]);
    broken = false;
    expect(await t.server.operations.redriveRun(run)).toMatchObject({ redrives: 1, status: 'Running' });
    const { status, outcome, flows, redrives } = await t.until(run, ({ status }) => status === 'Succeeded');
    expect([status, outcome, redrives]).toEqual(['Succeeded', { status: 'Succeeded', output: 'healed' }, 1]);
    expect(flows.map(({ flow, status }) => [flow, status])).toEqual([
      [run, 'Failed'],
      [`${run}~1`, 'Succeeded'],
    ]);
    const types = (await t.history(run)).map(({ type }) => type);
    expect(types.filter((type) => type.startsWith('Execution'))).toEqual([
      'ExecutionStarted',
      'ExecutionFailed',
      'ExecutionRedriven',
      'ExecutionSucceeded',
    ]);
    expect(types).not.toContain('HistoryGap');
    await expect(t.server.operations.redriveRun(run)).rejects.toEqual(code('RUN_NOT_REDRIVABLE'));
    const { items } = await t.server.operations.listRuns({ chart: 'flaky', limit: 10 });
    expect(items).toMatchObject([{ run, status: 'Succeeded', redrives: 1 }]);
    expect([await listed('Failed'), await listed('Succeeded')]).toEqual([[], [run]]);
  });
});

describe('tasks', () => {
  test('a token that comes back ends the wait; its second answer and a made-up one are refused', async () => {
    const machine = {
      StartAt: 'Ask',
      States: {
        Ask: {
          Type: 'Task',
          Resource: 'activity:echo.waitForTaskToken',
          Parameters: { 'token.$': '$$.Task.Token' },
          End: true,
        },
      },
    };
    const asked = Promise.withResolvers<string>();
    handlers.echo = (input: unknown) => {
      const { token } = (input ?? {}) as { token?: string };
      if (token) asked.resolve(token);
      return input;
    };
    t.server.setHandlers(handlers);
    const run = await t.run('ask', machine);
    const token = await asked.promise;
    const { operations } = t.server;
    await operations.heartbeatTask(token);
    await operations.completeTask(token, { approved: true });
    expect((await t.ended(run)).outcome).toEqual({ status: 'Succeeded', output: { approved: true } });
    await expect(operations.completeTask(token, {})).rejects.toMatchObject({
      code: 'TASK_ANSWERED',
      message: `The task at "Ask" of ${run} was answered already with this token (Succeeded); the first answer counts and this one changes nothing.`,
    });
    await expect(operations.failTask('abc', { error: 'E' })).rejects.toEqual(code('TOKEN_INVALID'));
  });

  test('a token of a state that the run has left is told without the name of the state that it is at now', async () => {
    const task = (TimeoutSeconds: number, next: object) => ({
      Type: 'Task',
      Resource: 'activity:tell.waitForTaskToken',
      Parameters: { 'token.$': '$$.Task.Token' },
      TimeoutSeconds,
      ...next,
    });
    const tokens: string[] = [];
    t.server.setHandlers({
      ...handlers,
      tell: (input: unknown) => {
        tokens.push((input as { token: string }).token);
        return null;
      },
    });
    const run = await t.run('leaves', {
      StartAt: 'Answered',
      States: {
        Answered: task(60, { Next: 'Late' }),
        Late: task(1, { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Order' }], End: true }),
        Order: { Type: 'Pass', End: true },
      },
    });
    const { operations } = t.server;
    await expect.poll(() => tokens.length).toBe(1);
    await operations.completeTask(tokens[0]!, 1);
    await t.ended(run);
    await expect(operations.completeTask(tokens[0]!, 2)).rejects.toMatchObject({
      code: 'TASK_ANSWERED',
      message: expect.stringMatching(/^The task of leaves:\S+ was answered already with this token \(Succeeded\)/),
    });
    await expect(operations.heartbeatTask(tokens[1]!)).rejects.toMatchObject({
      code: 'TASK_TIMED_OUT',
      message: expect.stringMatching(
        /^The task of leaves:\S+ waits for this token no more; no answer to it came in time/,
      ),
    });
  });
});

describe('history', () => {
  test('pages of any size tell the same story', async () => {
    const item = { StartAt: 'D', States: { D: { Type: 'Task', Resource: 'activity:echo', End: true } } };
    const map = { Type: 'Map', ItemsPath: '$.items', ItemProcessor: item, End: true };
    const run = await t.run('pages', { StartAt: 'M', States: { M: map } }, { items: [1, 2, 3, 4, 5] });
    await t.ended(run);
    const whole = await t.history(run);
    expect(whole.map(({ id }) => id)).toEqual(whole.map((_, i) => i + 1));
    for (const limit of [1, 7, whole.length]) {
      const told = [];
      for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
        const page = await t.server.operations.history(run, { limit, ...(cursor !== undefined && { cursor }) });
        told.push(...page.events);
        cursor = page.cursor;
      }
      expect(told).toEqual(whole);
    }
    await expect(t.server.operations.history(run, { limit: 1, cursor: 'x' })).rejects.toEqual(code('CURSOR_INVALID'));
  });
});

describe('workers', () => {
  test('are listed with what they run', async () => {
    const [worker] = await t.server.operations.listWorkers();
    expect(worker).toMatchObject({ status: 'Connected', lease: { kind: 'in-process', process: { pid: process.pid } } });
    expect(worker?.lease.activities).toContain('exec');
    // As it is now, not as of the last beat: the window is 30 s.
    const sleep = { Type: 'Task', Resource: 'exec', Parameters: { command: 'sleep', args: ['30'] }, End: true };
    const run = await t.run('sleeps', { StartAt: 'S', States: { S: sleep } }, {});
    await t.event(({ name, fields }) => name === 'claimed' && fields.flow === run);
    const held = async () => (await t.server.operations.listWorkers())[0]?.lease.flows;
    expect(await held()).toContainEqual({ flow: run, term: 2 });
    await t.server.operations.cancelRun(run, {});
    await t.ended(run);
    expect(await held()).not.toContainEqual({ flow: run, term: 2 });
  });
});
