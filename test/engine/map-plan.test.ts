import { expect, test } from 'vitest';
import { mapPlan } from '#engine/decide';
import { epoch } from '#engine/time';
import { chartOf, start } from '#test/engine/support';

test('each child of a distributed Map has fuel of its own, however many there are', () => {
  const ProcessorConfig = { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' };
  const ItemProcessor = { ProcessorConfig, StartAt: 'I', States: { I: { Type: 'Pass', End: true } } };
  const ItemSelector = { 'all.$': '$.all', 'sum.$': '$.all[?(@.n > 5)]' };
  const chart = chartOf(
    { M: { Type: 'Map', ItemsPath: '$.items', ItemSelector, ItemProcessor, End: true } },
    { bounds: { fuel: 2_000 } },
  );
  const input = { all: Array.from({ length: 50 }, (_, n) => ({ n })), items: Array.from({ length: 500 }, (_, n) => n) };
  const position = { at: 'M', phase: 'split', step: 1, input, vars: {}, entered: start, attempt: 0 } as const;
  const run = { run: 'c:r', name: 'r', chart: 'c', version: 1, startedAt: epoch(0), input: null };
  const plan = mapPlan(chart, position, { now: start, seed: 's', run, token: () => '' });
  for (const [index, { value }] of plan.items.entries())
    expect(plan.inputOf({ index, value, source: 'STATE_DATA' })).toMatchObject({ sum: input.all.slice(6) });
});
