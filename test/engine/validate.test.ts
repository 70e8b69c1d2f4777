import { describe, expect, test } from 'vitest';
import { validateChart } from '#engine/chart/validate';
import type { Json } from '#engine/json';
import { errorsOf } from '#test/engine/support';

const pass = { Type: 'Pass', End: true };
const machine = (states: Json, more: { readonly [field: string]: Json } = {}): Json => ({
  StartAt: Object.keys(states as object)[0] as string,
  States: states,
  ...more,
});
/** Code and pointer of each error of a state machine. */
const found = (states: Json) => errorsOf(machine(states)).map(({ code, pointer }) => `${code} ${pointer}`);

describe('documents', () => {
  const yaml = `
name: nightly-report
queue: reports
queues: { resize: gpu }
breaks: [Extract]
failover: off
triggers:
  - { schedule: "0 2 * * *", timezone: Europe/Berlin }
definition:
  StartAt: Extract
  States:
    Extract: { Type: Task, Resource: "activity:extract", Next: Done }
    Done: { Type: Succeed }
`;

  test('a chart in YAML, with its envelope', () => {
    const validated = validateChart(yaml);
    expect(validated).toMatchObject({
      ok: true,
      chart: {
        name: 'nightly-report',
        description: '',
        queue: 'reports',
        queues: { resize: 'gpu' },
        breaks: ['Extract'],
        failover: 'off',
        triggers: [{ schedule: '0 2 * * *', timezone: 'Europe/Berlin' }],
      },
    });
  });

  test('a bare state machine takes the name that the caller gives', () => {
    const text = JSON.stringify(machine({ A: pass }));
    expect(validateChart(text, { name: 'bare' })).toMatchObject({
      ok: true,
      chart: { name: 'bare', queue: 'default' },
    });
    expect(errorsOf(machine({ A: pass }))).toEqual([]);
    expect(validateChart(text)).toMatchObject({ ok: false, errors: [{ code: 'MISSING_FIELD', pointer: '/name' }] });
  });

  test.each([
    ['', 'NOT_A_CHART'],
    ['not a definition', 'NOT_A_CHART'],
    ['[1, 2]', 'NOT_A_CHART'],
    ['{"a": 1', 'INVALID_SYNTAX'],
    ['a: b: c', 'INVALID_SYNTAX'],
    ['{}', 'MISSING_FIELD'],
    ['a: &x [1]\nb: [*x, *y]', 'INVALID_SYNTAX'],
    ['when: 2026-01-01', 'MISSING_FIELD'],
    ['a:\n  b: 1\n  b: 2', 'INVALID_SYNTAX'],
  ])('%j is refused with %s', (text, code) => {
    expect(errorsOf(text).map((error) => error.code)).toContain(code);
  });

  test('a member given twice in JSON is an error, not lost', () => {
    const text =
      '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true,"x\\"":[{"a":1,"a":2}]},"A":{"Type":"Pass","End":true}}}';
    expect(errorsOf(text).map(({ code, pointer }) => `${code} ${pointer}`)).toEqual([
      'DUPLICATE_KEY /States/A/x"/0/a',
      'DUPLICATE_KEY /States/A',
    ]);
  });

  test('errors of the envelope and of the definition come together', () => {
    const text = yaml
      .replace('queue: reports', 'qeue: reports')
      .replace('0 2 * * *', '0 2 * *')
      .replace('Europe/Berlin', 'Europe/Berlyn')
      .replace('[Extract]', '[Extrakt]')
      .replace('Next: Done', 'Next: Dnoe');
    expect(errorsOf(text).map(({ code, pointer, suggestion }) => [code, pointer, suggestion])).toEqual([
      ['UNKNOWN_FIELD', '/qeue', "did you mean 'queue'?"],
      ['INVALID_TIMEZONE', '/triggers/0/timezone', "did you mean 'Europe/Berlin'?"],
      ['INVALID_SCHEDULE', '/triggers/0/schedule', undefined],
      ['UNKNOWN_STATE', '/definition/States/Extract/Next', "did you mean 'Done'?"],
      ['UNREACHABLE_STATE', '/definition/States/Done', undefined],
      ['NO_TERMINAL_STATE', '/definition/States', undefined],
      ['UNKNOWN_STATE', '/breaks/0', "did you mean 'Extract'?"],
    ]);
  });
});

describe('states', () => {
  test.each<[Json, string]>([
    [{ name: 'my chart' }, "'name' may have letters, digits, dots, dashes and underscores, a letter or digit first."],
    [{ name: '' }, "'name' must have at least 1 character."],
    [{ name: 'a', queue: 7 }, "'queue' must be text."],
    [{ name: 'a', failover: 'maybe' }, "'failover' must be 'on' or 'off' or true or false."],
    [{ name: 'a', triggers: [{}] }, "The field 'schedule' is missing."],
  ])('%j of an envelope is told in a sentence', (envelope, message) => {
    expect(errorsOf({ ...(envelope as object), definition: machine({ A: pass }) })[0]?.message).toBe(message);
  });

  test('a second document of YAML is told in words of ours', () => {
    expect(validateChart('a: 1\n---\nb: 2\n')).toEqual({
      ok: false,
      errors: [
        {
          code: 'INVALID_SYNTAX',
          pointer: '',
          message: 'Line 2, column 1: A second document begins here; a chart is one document.',
        },
      ],
      warnings: [],
    });
  });

  test('triggers are checked where the envelope has other errors too', () => {
    const triggers = [{ schedule: '61 * * * *', timezone: 'Europe/Berln', zone: 1 }, { schedule: 1 }, 'x', {}];
    const errors = errorsOf({ name: 'a', colour: 'red', triggers, definition: machine({ A: pass }) });
    const found = errors.map(({ code, pointer }) => `${code} ${pointer}`);
    expect(found.sort()).toEqual([
      'INVALID_SCHEDULE /triggers/0/schedule',
      'INVALID_TIMEZONE /triggers/0/timezone',
      'INVALID_VALUE /triggers/1/schedule',
      'INVALID_VALUE /triggers/2',
      'MISSING_FIELD /triggers/3/schedule',
      'UNKNOWN_FIELD /colour',
      'UNKNOWN_FIELD /triggers/0/zone',
    ]);
  });

  test('every error at once, each with its pointer', () => {
    const errors = found({
      A: { Type: 'Task', Resouce: 'activity:x', Next: 'B' },
      B: { Type: 'Wait', Seconds: 1, Timestamp: '2026-01-01T00:00:00Z', Next: 'C' },
      C: { Type: 'Chioce', Choices: [] },
      'D/x~': { Type: 'Pass', Next: 'A', End: true },
    });
    expect(errors).toEqual([
      'UNKNOWN_FIELD /States/A/Resouce',
      'MISSING_FIELD /States/A/Resource',
      'CONFLICTING_FIELDS /States/B/Timestamp',
      'UNKNOWN_TYPE /States/C/Type',
      'CONFLICTING_FIELDS /States/D~1x~0/End',
      'UNREACHABLE_STATE /States/D~1x~0',
      'NO_TERMINAL_STATE /States',
    ]);
  });

  test.each<[string, Json, string[]]>([
    ['a state without a way out', { A: { Type: 'Pass' } }, ['MISSING_FIELD /States/A', 'NO_TERMINAL_STATE /States']],
    ['a Wait without a form', { A: { Type: 'Wait', End: true } }, ['MISSING_FIELD /States/A']],
    ['negative seconds', { A: { Type: 'Wait', Seconds: -1, End: true } }, ['INVALID_VALUE /States/A/Seconds']],
    [
      'a timestamp of month 13',
      { A: { Type: 'Wait', Timestamp: '2016-13-05T21:29:29Z', End: true } },
      ['INVALID_VALUE /States/A/Timestamp'],
    ],
    ['a bad path', { A: { ...pass, InputPath: '$.a[' } }, ['INVALID_PATH /States/A/InputPath']],
    ['a result path to many places', { A: { ...pass, ResultPath: '$.a[*]' } }, ['INVALID_PATH /States/A/ResultPath']],
    [
      'a template with a number for a path',
      { A: { ...pass, Parameters: { 'x.$': 5 } } },
      ['INVALID_TEMPLATE /States/A/Parameters/x.$'],
    ],
    [
      'an unknown function',
      { A: { ...pass, Parameters: { 'x.$': 'States.Fromat()' } } },
      ['INVALID_PATH /States/A/Parameters/x.$'],
    ],
    [
      'too few arguments',
      { A: { ...pass, Parameters: { 'x.$': 'States.Hash($.a)' } } },
      ['INVALID_PATH /States/A/Parameters/x.$'],
    ],
    [
      'a bad variable name',
      { A: { ...pass, Assign: { '1a': 1, states: 2 } } },
      ['INVALID_VALUE /States/A/Assign/1a', 'INVALID_VALUE /States/A/Assign/states'],
    ],
    [
      'Error and ErrorPath',
      { A: { Type: 'Fail', Error: 'E', ErrorPath: '$.e' } },
      ['CONFLICTING_FIELDS /States/A/ErrorPath'],
    ],
    [
      'a heartbeat as long as the timeout',
      { A: { Type: 'Task', Resource: 'activity:a', TimeoutSeconds: 5, HeartbeatSeconds: 5, End: true } },
      ['INVALID_VALUE /States/A/HeartbeatSeconds'],
    ],
    ['no branches', { A: { Type: 'Parallel', Branches: [], End: true } }, ['INVALID_VALUE /States/A/Branches']],
    [
      'JSONata: fields of JSONPath, a syntax error, an expression left open, a condition that is none',
      {
        A: { Type: 'Pass', QueryLanguage: 'JSONata', InputPath: '$.x', Output: ['{% 1 + %}'], Next: 'B' },
        B: { Type: 'Wait', QueryLanguage: 'JSONata', Seconds: '{% 5', Assign: { a: '{% 1 %}' }, Next: 'C' },
        C: { Type: 'Choice', QueryLanguage: 'JSONata', Choices: [{ Condition: 'yes', Next: 'A' }], Default: 'D' },
        D: { ...pass, Output: 1 },
      },
      [
        'UNKNOWN_FIELD /States/A/InputPath',
        'INVALID_EXPRESSION /States/A/Output/0',
        'INVALID_EXPRESSION /States/B/Seconds',
        'INVALID_EXPRESSION /States/C/Choices/0/Condition',
        'UNKNOWN_FIELD /States/D/Output',
      ],
    ],
    ['a state that is no object', { A: 5 }, ['INVALID_VALUE /States/A', 'NO_TERMINAL_STATE /States']],
  ])('%s', (_what, states, errors) => {
    expect(found(states)).toEqual(errors);
  });

  test('Retry and Catch', () => {
    const errors = found({
      A: {
        Type: 'Task',
        Resource: 'activity:a',
        Retry: [
          { ErrorEquals: ['States.ALL'], IntervalSeconds: 0 },
          { ErrorEquals: ['X', 'States.ALL'], BackoffRate: 0.5, JitterStrategy: 'SOME' },
        ],
        Catch: [{ ErrorEquals: [] }, { Next: 'B', ErorEquals: ['X'] }],
        Next: 'B',
      },
      B: pass,
    });
    expect(errors).toEqual([
      'STATES_ALL_MISPLACED /States/A/Retry/0/ErrorEquals',
      'INVALID_VALUE /States/A/Retry/0/IntervalSeconds',
      'STATES_ALL_MISPLACED /States/A/Retry/1/ErrorEquals',
      'INVALID_VALUE /States/A/Retry/1/BackoffRate',
      'INVALID_VALUE /States/A/Retry/1/JitterStrategy',
      'INVALID_VALUE /States/A/Catch/0/ErrorEquals',
      'MISSING_FIELD /States/A/Catch/0/Next',
      'UNKNOWN_FIELD /States/A/Catch/1/ErorEquals',
      'MISSING_FIELD /States/A/Catch/1/ErrorEquals',
    ]);
  });

  test('Choice rules', () => {
    const errors = errorsOf(
      machine({
        A: {
          Type: 'Choice',
          Choices: [
            { Variable: '$.a', NumericEqauls: 1, Next: 'B' },
            { Variable: '$.a', NumericEquals: '1', Next: 'B' },
            { And: [{ Variable: '$.a', IsNull: true, Next: 'B' }], Next: 'B' },
            { Variable: '$.a', StringEquals: 'x', IsNull: true, Next: 'B' },
            { Not: { StringMatches: 'x*' } },
          ],
        },
        B: pass,
      }),
    ).map(({ code, pointer, suggestion }) => `${code} ${pointer} ${suggestion ?? ''}`.trim());
    expect(errors).toEqual([
      "INVALID_CHOICE_RULE /States/A/Choices/0/NumericEqauls did you mean 'NumericEquals'?",
      'INVALID_CHOICE_RULE /States/A/Choices/0',
      'INVALID_CHOICE_RULE /States/A/Choices/1/NumericEquals',
      'INVALID_CHOICE_RULE /States/A/Choices/2/And/0/Next',
      'INVALID_CHOICE_RULE /States/A/Choices/3',
      "INVALID_CHOICE_RULE /States/A/Choices/4/Next the states are 'A', 'B'",
      'INVALID_CHOICE_RULE /States/A/Choices/4/Not/Variable',
    ]);
  });

  test.each([
    ['actvity:greet', "did you mean 'activity:greet'?"],
    ['Activity:greet', "did you mean 'activity:greet'?"],
    ['greet', "did you mean 'activity:greet'?"],
    ['exce', "did you mean 'exec'?"],
    ['activity:', undefined],
    ['mailto:greet', undefined],
  ])('the resource %s: %s', (Resource, suggestion) => {
    const [error] = errorsOf(machine({ A: { Type: 'Task', Resource, End: true } }));
    expect(error).toMatchObject({ code: 'UNKNOWN_RESOURCE' });
    expect(error?.suggestion).toBe(suggestion);
  });

  test('where a transition is missing or names no state, what it may name is told, five at most', () => {
    const choice = { Type: 'Choice', Choices: [{ Variable: '$.a', IsNull: true }], Default: 'Zebra' };
    const rest = Object.fromEntries(['B', 'C', 'D', 'E', 'F', 'G'].map((name) => [name, pass]));
    const told = (definition: Json) =>
      errorsOf(definition)
        .filter(({ code }) => code !== 'UNREACHABLE_STATE')
        .map(({ pointer, suggestion }) => [pointer, suggestion]);
    const seven = "the states are 'A', 'B', 'C', 'D', 'E' and 2 more";
    expect(told(machine({ A: choice, ...rest }))).toEqual([
      ['/States/A/Choices/0/Next', seven],
      ['/States/A/Default', seven],
      ['/States', undefined],
    ]);
    const inner = { StartAt: 'Inner', States: { Inner: { Type: 'Pass' } } };
    expect(told(machine({ A: { Type: 'Parallel', Branches: [inner] } }, { StartAt: 'Unlike' }))).toEqual([
      ['/States/A', "the states are 'A'"],
      ['/States/A/Branches/0/States/Inner', "the states are 'Inner'"],
      ['/States/A/Branches/0/States', undefined],
      ['/StartAt', "the states are 'A'"],
    ]);
  });

  test('names are unique in the whole chart, and no way leads out of a branch', () => {
    const errors = errorsOf(
      machine({
        A: {
          Type: 'Parallel',
          Branches: [machine({ B: { Type: 'Pass', Next: 'C' } }), machine({ A: pass })],
          Next: 'C',
        },
        C: pass,
      }),
    );
    expect(errors.map(({ code, pointer }) => `${code} ${pointer}`)).toEqual([
      'UNKNOWN_STATE /States/A/Branches/0/States/B/Next',
      'NO_TERMINAL_STATE /States/A/Branches/0/States',
      'DUPLICATE_STATE /States/A/Branches/1/States/A',
    ]);
    expect(errors[0]?.suggestion).toBe('it stands at /States/C, outside of this machine');
  });

  test.each([
    ['activity:work', undefined],
    ['activity:work.waitForTaskToken', undefined],
    ['exec', undefined],
    ['arn:aws:states:eu-central-1:123456789012:activity:work', undefined],
    ['arn:aws:lambda:us-east-1:123456789012:function:f', undefined],
    ['arn:aws:lambda:us-east-1:123456789012:function:f.waitForTaskToken', 'UNKNOWN_RESOURCE'],
    ['arn:aws:states:::lambda:invoke.waitForTaskToken', undefined],
    ['arn:aws:states:::sqs:sendMessage', undefined],
    ['sqs:sendMessage', undefined],
    ['sqs:sendMessage.sync', 'UNKNOWN_RESOURCE'],
    ['arn:aws:states:::dynamodb:putItem', undefined],
    ['arn:aws:states:::dynamodb:putItem.waitForTaskToken', 'UNKNOWN_RESOURCE'],
    ['arn:aws:states:::ecs:runTask.sync', undefined],
    ['arn:aws:states:::ecs:runTask.sync:2', 'UNKNOWN_RESOURCE'],
    ['arn:aws:states:::ecs:runTask.waitForTaskToken', undefined],
    ['states:startExecution.sync:2', undefined],
    ['arn:aws:states:::aws-sdk:s3:listObjectsV2', undefined],
    ['arn:aws:states:::aws-sdk:sfn:startExecution.waitForTaskToken', undefined],
    ['arn:aws:states:::aws-sdk:s3:getObject.sync', 'UNKNOWN_RESOURCE'],
    ['arn:aws:states:::aws-sdk:s3', 'UNKNOWN_RESOURCE'],
    ['arn:aws:states:::glue:startJobRun.sync', 'NOT_YET_SUPPORTED'],
    ['http:invoke', undefined],
    ['http:invoke.sync', 'UNKNOWN_RESOURCE'],
    ['arn:aws:states:::dynamodb:query', 'UNKNOWN_RESOURCE'],
    ['activity:', 'UNKNOWN_RESOURCE'],
    ['work', 'UNKNOWN_RESOURCE'],
  ])('the resource %s: %s', (resource, code) => {
    const [error] = errorsOf(machine({ A: { Type: 'Task', Resource: resource, End: true } }));
    expect(error?.code).toBe(code);
    if (resource === 'work') expect(error?.suggestion).toBe("did you mean 'activity:work'?");
  });
});
