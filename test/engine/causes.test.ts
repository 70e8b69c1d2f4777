/** What a run says of the expression that failed it: in AWS's words, with the field that it stands in. */
import { expect, test } from 'vitest';
import type { Json } from '#engine/json';
import { begin, chartOf, endOf, start } from '#test/engine/support';

type States = { readonly [name: string]: Json };

const end: States = { End: { Type: 'Succeed' } };
const pass = (fields: States): States => ({ A: { Type: 'Pass', End: true, ...fields } });

test.each<[string, Json]>([
  ['The JSONPath', { 'x.$': '$.none' }],
  ['The JSONPath', { list: [{ deep: { 'x.$': '$.none' } }] }],
])('%s of a template names its member (%j)', (_what, Parameters) => {
  expect(endOf(pass({ Parameters }), { a: 1 })).toMatchObject({
    error: 'States.Runtime',
    cause: `The JSONPath '$.none' specified for the field 'x.$' could not be found in the input '{"a":1}'`,
  });
});

test('a path over null', () => {
  expect(endOf(pass({ InputPath: '$.a' }), null)).toMatchObject({
    error: 'States.Runtime',
    cause: 'Unable to apply Path transformation to null or empty input.',
  });
});

test.each<[string, States, Json]>([
  [
    'Failed to transition out of the state. The state does not point to a next state.',
    { C: { Type: 'Choice', Choices: [{ Variable: '$.a', IsNull: true, Next: 'End' }] }, ...end },
    { a: 1 },
  ],
  [
    "Invalid path '$.b': The choice state's condition path references an invalid value.",
    { C: { Type: 'Choice', Choices: [{ Variable: '$.b', IsNull: true, Next: 'End' }], Default: 'End' }, ...end },
    { a: 1 },
  ],
  [
    'The SecondsPath parameter cannot be parsed as a long value: $.s == {"raw":"3"}',
    { W: { Type: 'Wait', SecondsPath: '$.s', End: true } },
    { s: { raw: '3' } },
  ],
  [
    'The SecondsPath parameter cannot be parsed as a long value: $.s == 1.5',
    { W: { Type: 'Wait', SecondsPath: '$.s', End: true } },
    { s: 1.5 },
  ],
  [
    'The SecondsPath parameter does not reference an integer between 0 and 99999999: $.s == "-3"',
    { W: { Type: 'Wait', SecondsPath: '$.s', End: true } },
    { s: '-3' },
  ],
  [
    'The SecondsPath parameter does not reference an input value: $.s',
    { W: { Type: 'Wait', SecondsPath: '$.s', End: true } },
    {},
  ],
  [
    'The TimestampPath parameter does not reference an input value: $.t',
    { W: { Type: 'Wait', TimestampPath: '$.t', End: true } },
    {},
  ],
  [
    'The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: $.t == 17',
    { W: { Type: 'Wait', TimestampPath: '$.t', End: true } },
    { t: 17 },
  ],
])('%s', (cause, states, input) => {
  expect(endOf(states, input)).toMatchObject({ error: 'States.Runtime', cause });
});

test('seconds that are a text of digits count', () => {
  const chart = chartOf({ W: { Type: 'Wait', SecondsPath: '$.s', End: true } });
  expect(begin(chart, { s: '30' }).next).toEqual({ do: 'wait', due: start + 30_000 });
});

const none = '{% $states.input.none %}';
const yes = '{% true %}';
const choice = (...Choices: Json[]): States => ({ A: { Type: 'Choice', Choices, Default: 'End' }, ...end });
const failing = { Type: 'Task', Resource: 'activity:a', Arguments: '{% 1 + $states.input %}', Next: 'End' };
const caught = (more: States): States => ({
  A: {
    ...failing,
    Catch: [
      { ErrorEquals: ['Other'], Next: 'End' },
      { ErrorEquals: ['States.QueryEvaluationError'], Next: 'End', ...more },
    ],
  },
  ...end,
});

test.each<[string, States]>([
  ['Output/a/b[0][1]', pass({ Output: { a: { b: [[1, none]] } } })],
  ['Assign/x/y', pass({ Assign: { x: { y: none } } })],
  [
    'Choices[1]/Condition',
    choice({ Condition: '{% false %}', Next: 'End' }, { Condition: '{% $states.input.none %}', Next: 'End' }),
  ],
  ['Choices[0]/Assign/x', choice({ Condition: yes, Assign: { x: none }, Next: 'End' })],
  ['Choices[0]/Output/v', choice({ Condition: yes, Output: { v: none }, Next: 'End' })],
  ['Catch[1]/Output/v', caught({ Output: { v: none } })],
  ['Catch[1]/Assign/v', caught({ Assign: { v: none } })],
])('an expression that gives nothing is named by %s', (field, states) => {
  expect(endOf(states, {}, { QueryLanguage: 'JSONata' })).toMatchObject({
    error: 'States.QueryEvaluationError',
    cause: `The JSONata expression '$states.input.none' specified for the field '${field}' returned nothing (undefined).`,
  });
});

test('a condition that is no boolean is named by its place', () => {
  expect(endOf(choice({ Condition: '{% 1 %}', Next: 'End' }), {}, { QueryLanguage: 'JSONata' })).toMatchObject({
    cause:
      "The JSONata expression '1' specified for the field 'Choices[0]/Condition' returned an unexpected result type. Expected 'boolean', but was 'number' for value: 1",
  });
});

const task = { Type: 'Task', Resource: 'activity:a', End: true };
const emptyMap = (more: States): Json => ({
  Type: 'Map',
  Items: [],
  ItemProcessor: { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } },
  End: true,
  ...more,
});

test.each<[string, Json]>([
  ['TimeoutSeconds must be between 0 and 99999999 but was: -1', { ...task, TimeoutSeconds: '{% -1 %}' }],
  ['HeartbeatSeconds must be between 0 and 99999999 but was: 1e+21', { ...task, HeartbeatSeconds: '{% 1e21 %}' }],
  ['The TimeoutSeconds field cannot be parsed as an integer: 1.6', { ...task, TimeoutSeconds: '{% 1.6 %}' }],
  ['Seconds must be between 0 and 99999999 but was: -3', { Type: 'Wait', Seconds: '{% -3 %}', End: true }],
  [
    'ToleratedFailurePercentage must be between 0 and 100 but was: 101.5',
    emptyMap({ ToleratedFailurePercentage: '{% 101.5 %}' }),
  ],
])('%s', (cause, state) => {
  expect(endOf({ A: state }, {}, { QueryLanguage: 'JSONata' })).toMatchObject({
    error: 'States.QueryEvaluationError',
    cause,
  });
});

test.each<[string, Json]>([
  ['-1 which is not between 0 and 99999999', -1],
  ['1.5 which is not a valid integer', 1.5],
  ['"5" which is not a valid integer', '5'],
])('a path of a timeout that refers to value %s', (said, t) => {
  expect(endOf({ A: { ...task, TimeoutSecondsPath: '$.t' } }, { t })).toMatchObject({
    error: 'States.Runtime',
    cause: `The TimeoutSecondsPath field refers to value ${said}: $.t`,
  });
});

test.each([
  '$formatNumber(1, $none)',
  '$formatInteger(1, $none)',
  '$parseInteger("s", $none)',
  '$none ~> $formatNumber(1, ?)',
])('%s gives nothing', (text) => {
  expect(endOf(pass({ Output: `{% ${text} %}` }), {}, { QueryLanguage: 'JSONata' })).toMatchObject({
    error: 'States.QueryEvaluationError',
    cause: expect.stringMatching(/returned nothing \(undefined\)\.$/),
  });
});

test('$sift without a function', () => {
  expect(endOf(pass({ Output: '{% $sift({"a":1}) %}' }), {}, { QueryLanguage: 'JSONata' })).toMatchObject({
    error: 'States.QueryEvaluationError',
    cause: expect.stringMatching(/T0410: Argument 2 of function "sift" does not match function signature$/),
  });
});

test.each([
  "States.StringToJson('1e999')",
  `States.StringToJson('{"a":[-1e999]}')`,
  'States.MathRandom(-1e308, 1e308)',
  'States.MathRandom(-1e308, 1e308, 5)',
])('%s gives no number that JSON does not have', (text) => {
  expect(endOf(pass({ Parameters: { 'x.$': text } }), {})).toMatchObject({ error: 'States.Runtime' });
});

test.each(['0x10', '1e1', ' 7 ', ''])('"%s" is no number of children', (n) => {
  const { Items: _, ...map } = emptyMap({ MaxConcurrencyPath: '$.n', ItemsPath: '$.l' }) as {
    readonly [field: string]: Json;
  };
  expect(endOf({ A: map }, { n, l: [] })).toMatchObject({
    error: 'States.Runtime',
    cause: `The MaxConcurrencyPath field refers to value "${n}" which is not a valid integer: $.n`,
  });
});
