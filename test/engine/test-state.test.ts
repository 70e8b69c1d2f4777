import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '#engine/json';
import type { TestAnswer, TestProblem, TestRequest } from '#engine/test-state/request';

import { answerOf, problemsOf } from '#test/engine/test-state-support';

const task = { Type: 'Task', Resource: 'activity:render', Next: 'After' };
const failing = { errorOutput: { error: 'Boo', cause: 'why' } };

describe('the values on the way', () => {
  test('a Pass state shows each of its filters (the example of the documentation of Step Functions)', () => {
    const state = {
      Type: 'Pass',
      InputPath: '$.payload',
      Parameters: { data: 1 },
      ResultPath: '$.result',
      OutputPath: '$.result.data',
      Next: 'Another State',
    };
    expect(answerOf(state, { input: { payload: { foo: 'bar' } } })).toEqual({
      status: 'SUCCEEDED',
      output: 1,
      nextState: 'Another State',
      inspectionData: {
        input: { payload: { foo: 'bar' } },
        afterInputPath: { foo: 'bar' },
        afterParameters: { data: 1 },
        afterResultSelector: { data: 1 },
        afterResultPath: { payload: { foo: 'bar' }, result: { data: 1 } },
      },
    });
  });

  test('INFO shows the outcome alone', () => {
    expect(answerOf({ Type: 'Succeed' }, { input: 1, inspectionLevel: 'INFO' })).toEqual({
      status: 'SUCCEEDED',
      output: 1,
    });
  });

  test('values end where the state fails', () => {
    const { status, error, inspectionData } = answerOf(
      { ...task, Parameters: { 'a.$': '$.none' } },
      { input: {}, mock: { result: 1 } },
    );
    expect([status, error]).toEqual(['FAILED', 'States.Runtime']);
    expect(inspectionData).toEqual({ input: {}, afterInputPath: {} });
  });

  test('random values are the same in the inspection and in the output', () => {
    const { output, inspectionData } = answerOf({ Type: 'Pass', Parameters: { 'id.$': 'States.UUID()' }, End: true });
    expect(inspectionData?.afterParameters).toEqual(output);
  });

  test('variables are those given and those assigned, in JSONata too', () => {
    const state = {
      ...task,
      QueryLanguage: 'JSONata',
      Arguments: { n: '{% $before %}' },
      Assign: { after: '{% $states.result.x %}' },
      Output: '{% $before + $states.result.x %}',
    };
    expect(answerOf(state, { variables: { before: 1 }, mock: { result: { x: 2 } } })).toMatchObject({
      output: 3,
      inspectionData: { afterArguments: { n: 1 }, result: { x: 2 }, variables: { before: 1, after: 2 } },
    });
  });
});

describe('states of every type', () => {
  test.each<[string, JsonObject, Json, Partial<TestAnswer>]>([
    [
      'a Choice takes the rule that matches',
      { Type: 'Choice', Choices: [{ Variable: '$.n', NumericEquals: 1, Next: 'One' }], Default: 'Other' },
      { n: 1 },
      { status: 'SUCCEEDED', nextState: 'One', output: { n: 1 } },
    ],
    [
      'a Choice without a match fails',
      { Type: 'Choice', Choices: [{ Variable: '$.n', NumericEquals: 1, Next: 'One' }] },
      { n: 2 },
      { status: 'FAILED', error: 'States.Runtime' },
    ],
    [
      'a Wait does not wait',
      { Type: 'Wait', Seconds: 99_999_999, Next: 'On' },
      { n: 2 },
      { status: 'SUCCEEDED', nextState: 'On' },
    ],
    [
      'a Fail fails',
      { Type: 'Fail', Error: 'E', CausePath: '$.why' },
      { why: 'so' },
      { status: 'FAILED', error: 'E', cause: 'so' },
    ],
    [
      'a state may go to itself',
      { Type: 'Pass', Next: 'StateName' },
      1,
      { status: 'SUCCEEDED', nextState: 'StateName' },
    ],
  ])('%s', (_what, definition, input, expected) => {
    expect(answerOf(definition, { input })).toMatchObject(expected);
  });

  test('a token is at hand, and what comes back with it is not compared with the answer of the service', () => {
    const state = {
      ...task,
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: { 'token.$': '$$.Task.Token' },
    };
    const { status, inspectionData } = answerOf(state, { mock: { result: 'anything' } });
    expect([status, inspectionData?.afterParameters]).toEqual(['SUCCEEDED', { token: expect.any(String) }]);
  });
});

describe('errors', () => {
  const state = {
    ...task,
    Retry: [{ ErrorEquals: ['Boo'], IntervalSeconds: 3, MaxAttempts: 2 }],
    Catch: [
      { ErrorEquals: ['Other'], Next: 'No' },
      { ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Caught' },
    ],
  };

  test.each([
    [0, 3],
    [1, 6],
  ])('after %i attempts it would be tried again in %i seconds', (retrierRetryCount, seconds) => {
    expect(answerOf(state, { mock: failing, stateConfiguration: { retrierRetryCount } })).toMatchObject({
      status: 'RETRIABLE',
      error: 'Boo',
      cause: 'why',
      inspectionData: { errorDetails: { retryIndex: 0, retryBackoffIntervalSeconds: seconds } },
    });
  });

  test('after the last attempt it is caught', () => {
    expect(
      answerOf(state, { input: { a: 1 }, mock: failing, stateConfiguration: { retrierRetryCount: 2 } }),
    ).toMatchObject({
      status: 'CAUGHT_ERROR',
      error: 'Boo',
      output: { a: 1, error: { Error: 'Boo', Cause: 'why' } },
      nextState: 'Caught',
      inspectionData: { errorDetails: { catchIndex: 1 } },
    });
  });

  test('the branch of a Parallel fails by its own name and as States.BranchFailed', () => {
    const parallel = {
      Type: 'Parallel',
      Branches: [{ StartAt: 'In', States: { In: { Type: 'Pass', End: true } } }],
      Catch: [{ ErrorEquals: ['States.BranchFailed'], Next: 'Caught' }],
      End: true,
    };
    const stateConfiguration = { errorCausedByState: 'In' };
    expect(answerOf(parallel, { mock: failing, stateConfiguration })).toMatchObject({
      status: 'CAUGHT_ERROR',
      error: 'Boo',
      nextState: 'Caught',
    });
    expect(problemsOf(parallel, { mock: failing, stateConfiguration: { errorCausedByState: 'Out' } })).toMatchObject([
      { pointer: '/stateConfiguration/errorCausedByState' },
    ]);
  });
});

describe('Map', () => {
  const map = {
    Type: 'Map',
    ItemsPath: '$.list',
    ItemSelector: { 'i.$': '$$.Map.Item.Index', 'v.$': '$$.Map.Item.Value' },
    ItemProcessor: { StartAt: 'In', States: { In: { Type: 'Pass', End: true } } },
    ResultPath: '$.out',
    End: true,
  };

  test('shows its items, and what is made of each', () => {
    expect(answerOf(map, { input: { list: ['a'] }, mock: { result: [1] } })).toEqual({
      status: 'SUCCEEDED',
      output: { list: ['a'], out: [1] },
      inspectionData: {
        input: { list: ['a'] },
        afterInputPath: { list: ['a'] },
        afterItemsPath: ['a'],
        afterItemSelector: [{ i: 0, v: 'a' }],
        afterResultSelector: [1],
        afterResultPath: { list: ['a'], out: [1] },
        maxConcurrency: 0,
      },
    });
  });

  test('without items it has the result that is mocked', () => {
    expect(answerOf(map, { input: { list: [] }, mock: { result: [1] } })).toMatchObject({
      output: { out: [1] },
      inspectionData: { afterItemsPath: [], afterItemSelector: [] },
    });
  });

  test.each([
    [{ ToleratedFailureCount: 1 }, 1, 'SUCCEEDED'],
    [{ ToleratedFailureCount: 1 }, 2, 'FAILED'],
    [{ ToleratedFailurePercentage: 50 }, 2, 'SUCCEEDED'],
    [{ ToleratedFailurePercentagePath: '$.most' }, 2, 'FAILED'],
    [{}, 4, 'SUCCEEDED'],
  ])('%j with %i failures of four: %s', (tolerance, mapIterationFailureCount, status) => {
    const input = { list: [1, 2, 3, 4], most: 49.5 };
    const mock = { result: [1, 2, 3, 4] };
    const answer = answerOf(
      { ...map, ...tolerance },
      { input, mock, stateConfiguration: { mapIterationFailureCount } },
    );
    expect(answer.status).toBe(status);
    if (status === 'FAILED') expect(answer.error).toBe('States.ExceedToleratedFailureThreshold');
  });

  test('items come from what an ItemReader would read', () => {
    const reads = (config: JsonObject, mapItemReaderData: string) =>
      answerOf(
        {
          ...map,
          ItemsPath: '$',
          ItemProcessor: {
            ...map.ItemProcessor,
            ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          },
          ItemReader: {
            Resource: 'arn:aws:states:::s3:getObject',
            ReaderConfig: config,
            Parameters: { Bucket: 'b', Key: 'k' },
          },
        },
        { mock: { result: [] }, stateConfiguration: { mapItemReaderData } },
      ).inspectionData;
    expect(reads({ InputType: 'JSON' }, '[7,8]')?.afterItemSelector).toEqual([
      { i: 0, v: 7 },
      { i: 1, v: 8 },
    ]);
    expect(reads({ InputType: 'JSONL', MaxItems: 1 }, '{"a":1}\n{"a":2}\n')?.afterItemSelector).toEqual([
      { i: 0, v: { a: 1 } },
    ]);
    expect(reads({ InputType: 'JSON', ItemsPointer: '/in/list' }, '{"in":{"list":["{% 1 %}"]}}')).toMatchObject({
      afterItemsPointer: ['{% 1 %}'],
      afterItemSelector: [{ v: '{% 1 %}' }],
    });
  });

  describe('with an ItemBatcher', () => {
    const ProcessorConfig = { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' };
    const batched = { ...map, ItemProcessor: { ...map.ItemProcessor, ProcessorConfig } };
    const test3 = (state: JsonObject) => answerOf(state, { input: { list: [1, 2, 3], by: 2 }, mock: { result: [] } });

    test('shows what each child is given', () => {
      const ItemBatcher = { MaxItemsPerBatchPath: '$.by', BatchInput: { 'all.$': '$.list' } };
      expect(
        test3({ ...batched, ItemSelector: { 'v.$': '$$.Map.Item.Value' }, ItemBatcher }).inspectionData,
      ).toMatchObject({
        afterItemsPath: [1, 2, 3],
        afterItemSelector: [{ v: 1 }, { v: 2 }, { v: 3 }],
        afterItemBatcher: [
          { BatchInput: { all: [1, 2, 3] }, Items: [{ v: 1 }, { v: 2 }] },
          { BatchInput: { all: [1, 2, 3] }, Items: [{ v: 3 }] },
        ],
      });
    });

    test('of an object each member is an item', () => {
      const { ItemSelector: _, ResultPath: __, ...plain } = batched;
      const state = { ...plain, ItemsPath: '$.by', ItemBatcher: { MaxItemsPerBatch: 5 } };
      const answer = answerOf(state, { input: { by: { a: 1, b: 2 } }, mock: { result: [] } });
      expect(answer.inspectionData).toMatchObject({
        afterItemsPath: { a: 1, b: 2 },
        afterItemBatcher: [
          {
            Items: [
              { Key: 'a', Value: 1 },
              { Key: 'b', Value: 2 },
            ],
          },
        ],
      });
    });

    test('in JSONata, without a selector', () => {
      const { ItemsPath: _, ItemSelector: __, ResultPath: ___, ...plain } = batched;
      const state = { ...plain, QueryLanguage: 'JSONata', Items: '{% $states.input.list %}' };
      const ItemBatcher = { MaxItemsPerBatch: '{% $states.input.by %}' };
      expect(test3({ ...state, ItemBatcher }).inspectionData?.afterItemBatcher).toEqual([
        { Items: [1, 2] },
        { Items: [3] },
      ]);
    });

    test('fails by a size that is none', () => {
      expect(test3({ ...batched, ItemBatcher: { MaxItemsPerBatchPath: '$.list' } })).toMatchObject({
        status: 'FAILED',
        error: 'States.Runtime',
      });
    });
  });
});

describe('the context object', () => {
  const state = { ...task, ResultSelector: { 'all.$': '$$', 'name.$': '$$.Execution.Name' } };

  test('is made up as that of a run', () => {
    expect(answerOf(state, { input: { a: 1 }, mock: { result: {} } }).output).toEqual({
      name: 'seed',
      all: {
        Execution: {
          Id: 'test:seed',
          Input: { a: 1 },
          Name: 'seed',
          RoleArn: null,
          StartTime: '2026-01-01T00:00:00.000Z',
        },
        StateMachine: { Id: 'test:1', Name: 'test' },
        State: { Name: 'StateName', EnteredTime: '2026-01-01T00:00:00.000Z', RetryCount: 0 },
      },
    });
  });

  test('is the one given, whole', () => {
    const context = { Execution: { Name: 'mine' } };
    expect(answerOf(state, { context, mock: { result: {} } }).output).toEqual({ name: 'mine', all: context });
  });
});

describe('a state of a chart', () => {
  const chart: JsonObject = {
    name: 'report',
    definition: {
      QueryLanguage: 'JSONata',
      StartAt: 'Each',
      States: {
        Each: {
          Type: 'Map',
          Items: '{% $states.input %}',
          ItemProcessor: {
            StartAt: 'In',
            States: { In: { Type: 'Pass', Output: '{% $states.input + 1 %}', End: true } },
          },
          Next: 'Loop',
        },
        Loop: { Type: 'Pass', Next: 'Loop2' },
        Loop2: { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'Loop' }], Default: 'End' },
        End: { Type: 'Succeed' },
      },
    },
  };

  test('is found inside of others, in the language of its chart', () => {
    expect(answerOf(chart, { stateName: 'In', input: 1 }).output).toBe(2);
  });

  test('is run alone', () => {
    expect(answerOf(chart, { stateName: 'Loop', input: 1 })).toMatchObject({ nextState: 'Loop2', output: 1 });
  });

  test('is taken from a text too', () => {
    expect(answerOf(JSON.stringify(chart), { stateName: 'Loop', input: 1 }).nextState).toBe('Loop2');
    expect(answerOf('Type: Pass\nResult: 7\nEnd: true').output).toBe(7);
  });

  test.each<[string, Json, Partial<TestRequest>, Partial<TestProblem>]>([
    ['a chart without a name', chart, {}, { code: 'STATE_NAME_REQUIRED', pointer: '/stateName' }],
    [
      'a name that is not there',
      chart,
      { stateName: 'Lop' },
      { code: 'STATE_NOT_FOUND', suggestion: "did you mean 'Loop'?" },
    ],
    ['a name for a state alone', { Type: 'Succeed' }, { stateName: 'A' }, { pointer: '/stateName' }],
    ['no JSON', '{"Type":', {}, { code: 'INVALID_SYNTAX', pointer: '/definition' }],
    ['no object', null, {}, { code: 'NOT_A_CHART', pointer: '/definition' }],
    [
      'a mistake in the state',
      { Type: 'Pass', Ende: true, End: true },
      {},
      { code: 'UNKNOWN_FIELD', pointer: '/definition/Ende', suggestion: "did you mean 'End'?" },
    ],
    ['a state that leads nowhere', { Type: 'Pass' }, {}, { code: 'MISSING_FIELD', pointer: '/definition' }],
  ])('%s is refused', (_what, definition, more, expected) => {
    expect(problemsOf(definition, more)).toMatchObject([expected]);
  });
});
