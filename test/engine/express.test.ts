import { expect, test } from 'vitest';
import { compileChart } from '#engine/chart/compile';
import { validateChart } from '#engine/chart/validate';
import type { Json, JsonObject } from '#engine/json';

const chartOf = (task: JsonObject, more: JsonObject = {}, envelope: JsonObject = {}) =>
  validateChart({
    name: 'c',
    type: 'EXPRESS',
    ...envelope,
    definition: { StartAt: 'T', States: { T: { Type: 'Task', End: true, ...task } }, ...more } as Json,
  });

const compiled = (...given: Parameters<typeof chartOf>) => {
  const result = chartOf(...given);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return compileChart(result.chart, 1);
};

test.each([
  [undefined, 300_000],
  [60, 60_000],
  [3_600, 300_000],
])('TimeoutSeconds %s: a run takes %d ms at most', (TimeoutSeconds, ms) => {
  const more = TimeoutSeconds === undefined ? {} : { TimeoutSeconds };
  expect(compiled({ Resource: 'activity:work' }, more).timeoutMs).toBe(ms);
});

test('no action is a break, unless the chart names some', () => {
  expect(compiled({ Resource: 'activity:work' }).startAt.breaks).toBe(false);
  expect(compiled({ Resource: 'activity:work' }, {}, { breaks: ['T'] }).startAt.breaks).toBe(true);
  expect(compiled({ Resource: 'activity:work' }, {}, { breaks: 'every-action' }).startAt.breaks).toBe(true);
  expect(compiled({ Resource: 'activity:work' }, {}, { type: 'STANDARD' }).startAt.breaks).toBe(true);
});

test('a Standard chart is stored as it was before there were others', () => {
  const result = chartOf({ Resource: 'activity:work' }, {}, { type: 'STANDARD' });
  expect(result.ok && 'type' in result.chart).toBe(false);
});

test.each(['arn:aws:states:::sqs:sendMessage.waitForTaskToken', 'states:startExecution.sync'])(
  '%s is refused',
  (Resource) => {
    expect(chartOf({ Resource, Parameters: { 'token.$': '$$.Task.Token' } })).toMatchObject({
      ok: false,
      errors: [{ code: 'INVALID_VALUE', pointer: '/definition/States/T/Resource' }],
    });
  },
);
