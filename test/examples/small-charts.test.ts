import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CompiledState } from '#engine/chart/compiled';
import handlers from '../../examples/handlers.ts';
import { chartOf, runExample } from './run-chart.ts';

const names = readdirSync(new URL('../../examples/', import.meta.url))
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.replace(/\.yaml$/, ''));

const activityOf = (state: CompiledState): string[] =>
  state.type === 'Task' && state.work.resource.kind === 'activity' ? [state.work.resource.name] : [];

describe('every example', () => {
  test.each(names)('%s is a valid chart under its own name, and its activities have handlers', (name) => {
    const chart = chartOf(name);
    expect(chart.name).toBe(name);
    for (const activity of [...chart.states.values()].flatMap(activityOf)) expect(handlers).toHaveProperty([activity]);
  });

  test('every handler belongs to an example', () => {
    const used = new Set(names.flatMap((name) => [...chartOf(name).states.values()].flatMap(activityOf)));
    expect(Object.keys(handlers).filter((activity) => !used.has(activity))).toEqual([]);
  });
});

describe('what each small example shows', () => {
  const output = async (name: string, input: Parameters<typeof runExample>[1]) => {
    const { outcome, actions } = await runExample(name, input, `${name}:test`);
    return { output: outcome.status === 'Succeeded' ? outcome.output : outcome, actions };
  };

  test('hello greets', async () => {
    expect(await output('hello', { name: 'Ada' })).toMatchObject({ output: { greeting: 'Hello, Ada!' } });
    expect(await output('hello', {})).toMatchObject({ output: { greeting: 'Hello, world!' } });
  });

  test('parallel joins what both branches found', async () => {
    expect(await output('parallel', { text: 'Größe zählt 2 mal' })).toMatchObject({
      output: { words: 4, letters: 13 },
    });
  });

  test('jsonata prices each line, and ships what is worth fifty for nothing', async () => {
    const lines = [
      { item: 'tea', price: 4.5, count: 2 },
      { item: 'cup', price: 9, count: 6 },
    ];
    expect(await output('jsonata', { currency: 'CHF', lines })).toMatchObject({
      output: { lines: ['cup: 54.00', 'tea: 9.00'], total: '63.00 CHF' },
    });
    expect(await output('jsonata', { lines: lines.slice(0, 1) })).toMatchObject({ output: { total: '13.90 EUR' } });
  });

  test('retry charges at the third attempt, and refunds what cannot be shipped', async () => {
    const { output: result, actions } = await output('retry', { order: 'A-17' });
    const charges = actions.filter(({ state }) => state === 'Charge');
    expect(charges.map(({ outcome }) => (outcome.ok ? 'ok' : outcome.error))).toEqual(['Bank.Busy', 'Bank.Busy', 'ok']);
    expect(actions.map(({ state }) => state)).toEqual(['Charge', 'Charge', 'Charge', 'Ship', 'Refund']);
    const receipt = charges[2]?.outcome.ok === true ? charges[2].outcome.output : undefined;
    expect(receipt).toMatchObject({ attempts: 3 });
    expect(result).toEqual({
      order: 'A-17',
      refunded: (receipt as { receipt: string }).receipt,
      because: 'Stock.Empty',
    });
  });

  test('exec adds with a command, and takes the other way where there is nothing to add', async () => {
    expect(await output('exec', { numbers: [3, 1, 2] })).toMatchObject({ output: { sum: 6 } });
    expect(await output('exec', { numbers: [] })).toMatchObject({
      output: { sum: 0, problem: { Error: 'ExitCode.3' } },
    });
  });

  test('schedule tells which slot it ran for, and fires each minute', async () => {
    expect(chartOf('schedule').triggers).toEqual([{ schedule: '* * * * *', timezone: 'Europe/Berlin' }]);
    expect(await output('schedule', {})).toMatchObject({
      output: { run: 'test', startedAt: expect.stringMatching(/Z$/) },
    });
  });
});

describe('callback', () => {
  const ask = (approved: boolean) => {
    const tokens: string[] = [];
    return runExample('callback', { item: 'laptop' }, 'callback:test', (token) => {
      tokens.push(token);
      return { type: 'completed', output: { approved } };
    }).then((ran) => ({ ...ran, tokens }));
  };

  test('orders what was approved; the handler was given the token that is answered', async () => {
    const { outcome, actions, tokens } = await ask(true);
    expect(outcome).toMatchObject({ status: 'Succeeded', output: { ordered: 'laptop' } });
    expect(actions[0]?.outcome.lines?.[0]?.text).toContain(tokens[0]);
  });

  test('fails by name what was declined', async () => {
    expect((await ask(false)).outcome).toMatchObject({ status: 'Failed', error: 'Approval.Declined' });
  });
});
