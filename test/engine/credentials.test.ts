import { expect, test } from 'vitest';
import { compileChart } from '#engine/chart/compile';
import { validateChart } from '#engine/chart/validate';
import { decide, startPosition } from '#engine/decide';
import type { Json, JsonObject } from '#engine/json';
import { epoch } from '#engine/time';

const now = epoch(0);

const askedBy = (task: JsonObject, input: Json, more: JsonObject = {}) => {
  const definition = {
    ...more,
    StartAt: 'T',
    States: { T: { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', ...task, End: true } },
  };
  const validated = validateChart({ name: 'c', definition });
  if (!validated.ok) return validated.errors;
  const chart = compileChart(validated.chart, 1);
  const run = { run: 'c:r', name: 'r', chart: 'c', version: 1, startedAt: now, input: null };
  const { next } = decide(
    chart,
    startPosition(chart, input, now),
    { type: 'go' },
    { now, seed: 's', run, token: () => 't' },
  );
  return next.do === 'act' ? next.action.role : next;
};

test('the role of a call is the text, what its path leads to in the raw input, or what its expression gives', () => {
  expect(askedBy({ Credentials: { RoleArn: 'arn:role' } }, {})).toBe('arn:role');
  expect(askedBy({ Credentials: { 'RoleArn.$': '$.role' }, InputPath: '$.rest' }, { role: 'arn:r', rest: {} })).toBe(
    'arn:r',
  );
  const jsonata = { Credentials: { RoleArn: '{% $states.input.role %}' } };
  expect(askedBy(jsonata, { role: 'arn:j' }, { QueryLanguage: 'JSONata' })).toBe('arn:j');
  expect(askedBy({}, {})).toBeUndefined();
});

test('what is no text fails the state', () => {
  expect(askedBy({ Credentials: { 'RoleArn.$': '$.role' } }, { role: 7 })).toMatchObject({
    do: 'end',
    outcome: {
      status: 'Failed',
      error: 'States.Runtime',
      cause: "'RoleArn' of 'Credentials' must be the ARN of a role, and is 7",
    },
  });
});

test.each(['activity:work', 'exec', 'arn:aws:states:::states:startExecution', 'arn:aws:states:::ecs:runTask'])(
  'what is called in no role is refused with one: %s',
  (Resource) => {
    expect(askedBy({ Resource, Credentials: { RoleArn: 'arn:role' } }, {})).toMatchObject([
      { pointer: '/definition/States/T/Credentials' },
    ]);
  },
);
