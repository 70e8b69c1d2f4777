import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '#engine/decide';
import type { Json } from '#engine/json';
import type { TestRequest } from '#engine/test-state/request';
import { begin, chartOf, optionsAt } from '#test/engine/support';

import { answerOf, ask, problemsOf } from '#test/engine/test-state-support';

const task = { Type: 'Task', Resource: 'activity:render', Next: 'After' };
const failing = { errorOutput: { error: 'Boo', cause: 'why' } };

describe('mocks', () => {
  const service = (Resource: string) => ({ Type: 'Task', Resource: `arn:aws:states:::${Resource}`, End: true });

  test.each<[string, Json, string | undefined]>([
    ['states:startExecution', { ExecutionArn: 'a', StartDate: '2026-01-01T00:00:00Z' }, undefined],
    ['states:startExecution', { ExecutionArn: 'a' }, "Field 'StartDate' is required"],
    [
      'states:startExecution',
      { ExecutionArn: '', StartDate: 1 },
      "Field 'ExecutionArn' is smaller than the minimum length",
    ],
    ['states:startExecution.sync', { Anything: 1 }, undefined],
    ['dynamodb:getItem', { Item: { a: { M: { b: { L: [{ S: 'x' }] } } } } }, undefined],
    ['dynamodb:getItem', { Item: { a: { M: { b: { L: [{ S: 1 }] } } } } }, "Field 'S' must be a string"],
    ['dynamodb:getItem', { Item: [] }, "Field 'Item' must be an object"],
    ['lambda:invoke', { Payload: { any: 1 }, SdkHttpMetadata: {} }, undefined],
    ['aws-sdk:lambda:invoke', { Payload: { any: 1 } }, "Field 'Payload' must be a string"],
    ['aws-sdk:athena:getQueryExecution', { QueryExecution: 1 }, undefined],
  ])('%s: %j', (resource, result, message) => {
    const problems = problemsOf(service(resource), { mock: { result } });
    expect(problems.map((each) => each.message)).toEqual(
      message === undefined ? [] : [`Mock result schema validation error: ${message}`],
    );
    expect(problemsOf(service(resource), { mock: { result, fieldValidationMode: 'NONE' } })).toEqual([]);
  });

  test('PRESENT asks for nothing that is missing, and checks what is there', () => {
    const state = service('states:startExecution');
    expect(problemsOf(state, { mock: { result: {}, fieldValidationMode: 'PRESENT' } })).toEqual([]);
    expect(problemsOf(state, { mock: { result: { ExecutionArn: 1 }, fieldValidationMode: 'PRESENT' } })).toHaveLength(
      1,
    );
  });

  test.each<[string, Json, Partial<TestRequest>, string]>([
    ['a Task without a mock', task, {}, '/mock'],
    [
      'a Choice with one',
      { Type: 'Choice', Choices: [{ Variable: '$', IsPresent: true, Next: 'A' }] },
      { mock: failing },
      '/mock',
    ],
    ['an empty mock', task, { mock: {} }, '/mock'],
    ['an unknown part of the context', task, { mock: failing, context: { Exec: {} } }, '/context/Exec'],
    ['a context without a mock', { Type: 'Succeed' }, { context: {} }, '/context'],
    [
      'a count without a Map',
      task,
      { mock: failing, stateConfiguration: { mapIterationFailureCount: 1 } },
      '/stateConfiguration/mapIterationFailureCount',
    ],
    [
      'data without a reader',
      task,
      { mock: failing, stateConfiguration: { mapItemReaderData: '[]' } },
      '/stateConfiguration/mapItemReaderData',
    ],
  ])('%s is refused, and the field named', (_what, definition, more, pointer) => {
    expect(problemsOf(definition, more)).toMatchObject([{ pointer }]);
  });
});

describe('hostile requests', () => {
  test('an answer that holds its input again and again is refused before it is written', () => {
    const input = 'x'.repeat(250_000);
    const Parameters = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`p${i}.$`, '$']));
    expect(problemsOf({ Type: 'Pass', Parameters, End: true }, { input })).toMatchObject([{ code: 'TOO_LARGE' }]);
  });

  test('a value larger than a test takes is refused by its name', () => {
    const input = 'x'.repeat(300_000);
    expect(problemsOf({ Type: 'Succeed' }, { input })).toMatchObject([{ code: 'TOO_LARGE', pointer: '/input' }]);
    expect(problemsOf(task, { mock: { result: input } })).toMatchObject([{ pointer: '/mock/result' }]);
  });

  test('expressions share their fuel', () => {
    const burn = '{% $count([1..700000]) %}';
    const state = { Type: 'Pass', QueryLanguage: 'JSONata', End: true };
    expect(answerOf({ ...state, Output: [burn] }).status).toBe('SUCCEEDED');
    expect(answerOf({ ...state, Output: Array.from({ length: 100 }, () => burn) })).toMatchObject({
      status: 'FAILED',
      error: 'States.QueryEvaluationError',
    });
  });

  test.each([
    ["States.StringSplit($.s, ',')", 'a,'.repeat(100_000)],
    ['States.StringToJson($.s)', JSON.stringify(Array.from({ length: 60_000 }, () => 1))],
    ['States.JsonToString($)', 'a'.repeat(200_000)],
    ['$.s[?(@ == 1)]', Array.from({ length: 60_000 }, () => 2)],
  ])('so do intrinsic functions and paths: %s', (expression, s) => {
    const thousand = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`p${i}.$`, expression]));
    const state = { Type: 'Pass', End: true };
    expect(answerOf({ ...state, Parameters: { 'p.$': expression } }, { input: { s } }).status).toBe('SUCCEEDED');
    expect(answerOf({ ...state, Parameters: thousand }, { input: { s } })).toMatchObject({
      status: 'FAILED',
      cause: expect.stringMatching(/takes more than \d+ steps/),
    });
  });

  test('an expression counts once', () => {
    const Parameters = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`p${i}.$`, '$.a']));
    expect(answerOf({ Type: 'Pass', Parameters, End: true }, { input: { a: 1 } }).status).toBe('SUCCEEDED');
  });

  test('inputs are made for so many items only', () => {
    const map = {
      Type: 'Map',
      ItemSelector: { 'a.$': '$' },
      ItemProcessor: { StartAt: 'In', States: { In: { Type: 'Pass', End: true } } },
      End: true,
    };
    const input = Array.from({ length: 5001 }, () => 1);
    expect(problemsOf(map, { input, mock: { result: [] } })).toMatchObject([
      { code: 'TOO_LARGE', pointer: '/definition' },
    ]);
  });

  test('data nested without end is refused', () => {
    const state = {
      Type: 'Map',
      ItemReader: { Resource: 'arn:aws:states:::s3:getObject' },
      ItemProcessor: { StartAt: 'In', States: { In: { Type: 'Pass', End: true } } },
      End: true,
    };
    const mapItemReaderData = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(problemsOf(state, { mock: { result: [] }, stateConfiguration: { mapItemReaderData } })).toHaveLength(1);
  });

  test('whatever is sent, the answer is one of the two', () => {
    const word = fc.constantFrom(
      'Type',
      'Task',
      'Map',
      'Pass',
      'Next',
      'End',
      'Choices',
      'Catch',
      '__proto__',
      '$.a',
      'Resource',
    );
    const value = fc.letrec<{ any: Json }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom<Json>(null, true, 1),
        word,
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(word, tie('any'), { maxKeys: 5 }),
      ),
    })).any;
    fc.assert(
      fc.property(value, value, (definition, result) => {
        expect(typeof ask({ definition, mock: { result } }).ok).toBe('boolean');
        expect(typeof ask({ definition, stateName: 'Next' }).ok).toBe('boolean');
      }),
    );
  });
});

test('a test says what a run does', () => {
  const state = {
    Type: 'Task',
    Resource: 'activity:a',
    Parameters: { 'n.$': '$.n' },
    ResultSelector: { 'r.$': '$.r' },
    ResultPath: '$.out',
    OutputPath: '$.out',
    End: true,
  };
  const value = fc.json({ maxDepth: 1 }).map((text) => JSON.parse(text) as Json);
  fc.assert(
    fc.property(fc.record({ n: value }), fc.oneof(value, fc.record({ r: value })), (input, result) => {
      const { position } = begin(chartOf({ Only: state }), input);
      const { next } = decide(chartOf({ Only: state }), position, { type: 'completed', output: result }, optionsAt());
      const { status, output, error } = answerOf(state, { input, mock: { result }, inspectionLevel: 'INFO' });
      if (next.do !== 'end') throw new Error('the run goes on');
      expect({ status, output, error }).toEqual(
        next.outcome.status === 'Succeeded'
          ? { status: 'SUCCEEDED', output: next.outcome.output, error: undefined }
          : { status: 'FAILED', output: undefined, error: next.outcome.error },
      );
    }),
  );
});
