/**
 * What AWS says of a definition. Where a table names no source, the answer was measured by floci (issues 2670, 2735, 2745, 2968, 3733) or cdk-preflight, or
 * quoted in a report; the recorded cases are in `test/conformance`.
 */
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '#engine/json';
import {
  going,
  inner,
  machine,
  map,
  missing,
  noEnd,
  only,
  pass,
  said,
  saidOf,
  schema,
  task,
  unreachable,
} from '#test/engine/aws-answers';

describe('ways between states', () => {
  const to = (Next: string): Json => ({ Type: 'Pass', Next });
  test.each<[string, Json, string[]]>([
    ['a loop', { A: to('B'), B: to('A') }, [noEnd]],
    ['a loop hides what nothing leads to', { A: to('B'), B: to('A'), U: to('A') }, [noEnd]],
    ['an end that nothing leads to', { A: to('B'), B: to('A'), C: pass }, [unreachable('/States/C', 'C')]],
    ['a target that is missing', { A: to('NOPE') }, [missing('/States/A/Next', 'NOPE'), noEnd]],
    ['a slash in a name stays', { A: pass, 'a/b~c': pass }, [unreachable('/States/a/b~c', 'a/b~c')]],
    [
      'what an unreached state leads to counts as reached',
      { A: pass, B: to('C'), C: pass },
      [unreachable('/States/B', 'B')],
    ],
    [
      'rules are counted in brackets',
      {
        A: {
          Type: 'Choice',
          Choices: [
            { Variable: '$.x', IsPresent: true, Next: 'T' },
            { Variable: '$.x', IsPresent: true, Next: 'X' },
          ],
          Default: 'Y',
        },
        T: { ...task, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Z' }] },
      },
      [
        missing('/States/A/Default', 'Y'),
        missing('/States/A/Choices[1]/Next', 'X'),
        missing('/States/T/Catch[0]/Next', 'Z'),
      ],
    ],
    ['a loop inside a Map is taken', { M: map(machine({ A: to('B'), B: to('A') })) }, []],
    [
      'a state inside that nothing leads to',
      { M: map(machine({ A: pass, G: pass })) },
      [unreachable('/States/M/ItemProcessor/States/G', 'G')],
    ],
    [
      'a branch',
      { P: { Type: 'Parallel', Branches: [inner, machine({ A: pass, G: pass })], End: true } },
      [unreachable('/States/P/Branches[1]/States/G', 'G')],
    ],
    [
      'the same name twice',
      { A: { Type: 'Parallel', Branches: [machine({ A: pass })], End: true } },
      ['DUPLICATE_STATE_NAME /States/A/Branches[0]/States/A: Duplicate State name: A'],
    ],
  ])('%s', (_what, states, errors) => {
    expect(saidOf(states)).toEqual(errors);
  });

  test('a first state that is missing', () => {
    expect(saidOf({ A: { Type: 'Pass', Next: 'B' }, B: pass }, { StartAt: 'Nope' })).toEqual([
      missing('/StartAt', 'Nope'),
      unreachable('/States/A', 'A'),
    ]);
  });
});

describe('fields', () => {
  test.each<[string, Json, JsonObject, string[]]>([
    [
      'a field of another type of state',
      { A: { ...pass, TimeoutSeconds: 5 } },
      {},
      [schema('/States/A', "Field 'TimeoutSeconds' is not supported")],
    ],
    [
      'a type of state that there is not',
      { A: { Type: 'Loop', End: true } },
      {},
      [
        schema(
          '/States/A',
          "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]",
        ),
      ],
    ],
    [
      'the same in JSONata',
      { A: { ...pass, Catch: [] } },
      { QueryLanguage: 'JSONata' },
      [schema('/States/A', "Field 'Catch' is not supported")],
    ],
    [
      'a field of JSONata',
      { A: { ...pass, Output: 1 } },
      {},
      [schema('/States/A', only('JSONPath', 'Output', 'JSONata'))],
    ],
    [
      'a field of JSONPath',
      { A: { ...pass, InputPath: '$.a' } },
      { QueryLanguage: 'JSONata' },
      [schema('/States/A', only('JSONata', 'InputPath', 'JSONPath'))],
    ],
    [
      "a Map's language is not that of its states",
      { M: map(machine({ P: { ...pass, Output: 1 } }), { QueryLanguage: 'JSONata' }) },
      {},
      [schema('/States/M/ItemProcessor/States/P', only('JSONPath', 'Output', 'JSONata'))],
    ],
    [
      'a state inside may have its own',
      { M: map(machine({ P: { ...pass, QueryLanguage: 'JSONata', Output: 1 } })) },
      {},
      [],
    ],
    [
      "a Map's own fields are in its language",
      { M: map(inner, { QueryLanguage: 'JSONata', Items: '{% [1] %}', Output: '{% $states.result %}' }) },
      {},
      [],
    ],
    [
      'a processor has no language',
      { M: map({ ...(inner as JsonObject), QueryLanguage: 'JSONata' }) },
      {},
      [schema('/States/M/ItemProcessor', "Field 'QueryLanguage' is not supported")],
    ],
    [
      'nor has a branch',
      { P: { Type: 'Parallel', Branches: [{ ...(inner as JsonObject), QueryLanguage: 'JSONPath' }], End: true } },
      {},
      [schema('/States/P/Branches[0]', "Field 'QueryLanguage' is not supported")],
    ],
    [
      'JSONPath in a chart in JSONata, and no more of that state',
      { A: { ...pass, QueryLanguage: 'JSONPath', Output: 1, InputPath: '$.a' } },
      { QueryLanguage: 'JSONata' },
      [schema('/States/A', "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")],
    ],
    [
      'another language is JSONata too',
      { A: { ...pass, QueryLanguage: 'jsonpath', InputPath: '$.a' } },
      {},
      [
        schema('/States/A', only('JSONata', 'InputPath', 'JSONPath')),
        schema('/States/A/QueryLanguage', 'Value should be one of the following: [JSONPath, JSONata]'),
      ],
    ],
    [
      'a language that is no text',
      { A: pass },
      { QueryLanguage: 5 },
      [schema('/QueryLanguage', 'Expected value of type [STRING]')],
    ],
    [
      'another version',
      { A: pass },
      { Version: '2.0' },
      [schema('/Version', 'Value should be one of the following: [1.0]')],
    ],
    ['a field of the machine', { A: pass }, { comment: 'x' }, [schema('/', "Field 'comment' is not supported")]],
    ['no type', { A: {} }, {}, [schema('/States/A', 'These fields are required: [Type]'), noEnd]],
    [
      'no way out',
      { A: { Type: 'Pass' } },
      {},
      [schema('/States/A', 'This object should have only one of the following fields: [Next, End]'), noEnd],
    ],
    [
      'two ways out',
      { A: { ...pass, Next: 'A' } },
      {},
      [schema('/States/A', 'There should only be one of the following fields: [Next, End]')],
    ],
    [
      'two times to wait for',
      { A: { Type: 'Wait', Seconds: 1, SecondsPath: '$.s', End: true } },
      {},
      [
        schema(
          '/States/A',
          'There should only be one of the following fields: [SecondsPath, Seconds, TimestampPath, Timestamp]',
        ),
      ],
    ],
    [
      'no processor',
      { A: { Type: 'Map', End: true } },
      {},
      [schema('/States/A', 'This object should have only one of the following fields: [ItemProcessor, Iterator]')],
    ],
    [
      'no branches',
      { A: { Type: 'Parallel', Branches: [], End: true } },
      {},
      [schema('/States/A/Branches', 'Value cannot be empty')],
    ],
    [
      'a path that is none',
      { A: { ...pass, OutputPath: 'Test' } },
      {},
      [schema('/States/A/OutputPath', 'Value must be a valid JSONPath.')],
    ],
    [
      'a result path to many places',
      { A: { ...pass, ResultPath: '$.a[*]' } },
      {},
      [schema('/States/A/ResultPath', 'Value is not a Reference Path')],
    ],
    [
      'a template',
      { A: { ...pass, Parameters: { 'x.$': 'foo' } } },
      {},
      [
        schema(
          '/States/A/Parameters',
          "The value for the field 'x.$' must be a valid JSONPath or a valid intrinsic function call",
        ),
      ],
    ],
    [
      'a name longer than 80 characters',
      { ['x'.repeat(81)]: pass },
      {},
      [
        `INVALID_STATE_NAME /States/${'x'.repeat(81)}: Invalid State name: State exceeds the 80-character limit allowed by the service`,
      ],
    ],
    [
      'the variable $states',
      { A: { ...pass, Assign: { states: 1, 'a-b': 2 } } },
      {},
      [
        "RESERVED_VARIABLE_NAME /States/A/Assign/states: Cannot assign to reserved variable '$states'.",
        "INVALID_VARIABLE_NAME /States/A/Assign/a-b: Invalid variable name 'a-b': the variable name contains invalid characters.",
      ],
    ],
    [
      'a resource that is no ARN',
      { A: { ...task, Resource: 'activity:a' } },
      {},
      [schema('/States/A/Resource', 'Value is not a valid resource ARN')],
    ],
  ])('%s', (_what, states, more, errors) => {
    expect(saidOf(states, more)).toEqual(errors);
  });

  test('rules of Retry, Catch and Choice', () => {
    const errors = saidOf({
      A: {
        ...going,
        Next: 'C',
        Retry: [{ ErrorEquals: ['States.ALL', 'X'], JitterStrategy: 'SOME' }, {}],
        Catch: [{ ErrorEquals: [] }],
      },
      C: {
        Type: 'Choice',
        Choices: [
          { Variable: 'States.ArrayLength($.a)', NumericEquals: 0, Next: 'D' },
          { Condition: '{% true %}', Next: 'D' },
          { Not: { Variable: '$.a', IsNull: true, Next: 'D' } },
          { Next: 'D' },
          { Variable: '$.a', TimestampEquals: 'yesterday', Next: 'D' },
        ],
        Default: 'D',
      },
      D: pass,
    });
    expect(errors).toEqual([
      schema('/States/A/Retry[0]/ErrorEquals', 'States.ALL must appear alone and at end of list'),
      schema('/States/A/Retry[0]/JitterStrategy', 'Value should be one of the following: [NONE, FULL]'),
      schema('/States/A/Retry[1]', 'These fields are required: [ErrorEquals]'),
      schema('/States/A/Catch[0]/ErrorEquals', 'Value cannot be empty'),
      schema('/States/A/Catch[0]', 'These fields are required: [Next]'),
      schema('/States/C/Choices[0]/Variable', "Value is not a Reference Path: Reference path didn't start with '$'"),
      schema('/States/C/Choices[1]', only('JSONPath', 'Condition', 'JSONata')),
      schema('/States/C/Choices[2]', 'These fields are required: [Next]'),
      schema('/States/C/Choices[2]/Not', "Field 'Next' is not supported"),
      schema(
        '/States/C/Choices[3]',
        'The object must have only one of the following fields, [And, Or, Not, Variable, Condition]',
      ),
      schema('/States/C/Choices[4]/TimestampEquals', 'String does not match RFC3339 timestamp'),
    ]);
  });

  test("numbers of a Map: bounds, a path beside them, a path into the context object, a variable's", () => {
    const processor = { ...(inner as JsonObject), ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } };
    const errors = saidOf({
      M: map(processor, {
        MaxConcurrency: -1,
        ToleratedFailurePercentage: 101,
        ToleratedFailureCountPath: '$limit',
        ItemReader: {
          Resource: 'arn:aws:states:::s3:getObject',
          ReaderConfig: { MaxItems: 1, MaxItemsPath: '$$.Execution.Input.n' },
        },
        ItemBatcher: { MaxItemsPerBatchPath: 'x' },
      }),
    });
    expect(errors).toEqual([
      schema('/States/M/MaxConcurrency', 'Minimum value is 0'),
      schema('/States/M/ToleratedFailurePercentage', 'Maximum value is 100.0'),
      schema(
        '/States/M/ItemReader/ReaderConfig',
        'There should only be one of the following fields: [MaxItems, MaxItemsPath]',
      ),
      schema('/States/M/ItemReader/ReaderConfig/MaxItemsPath', 'Value is not a Reference Path'),
      schema(
        '/States/M/ItemBatcher/MaxItemsPerBatchPath',
        "Value is not a Reference Path: Reference path didn't start with '$'",
      ),
    ]);
    const jsonata = saidOf(
      { M: map(processor, { ItemBatcher: { MaxItemsPerBatchPath: '$.n' } }) },
      { QueryLanguage: 'JSONata' },
    );
    expect(jsonata).toEqual([schema('/States/M/ItemBatcher', only('JSONata', 'MaxItemsPerBatchPath', 'JSONPath'))]);
  });

  test('labels, a reader of CSV, the type of runs', () => {
    const config = { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' };
    const distributed = (name: string, more: JsonObject): Json =>
      map({ ...(machine({ [name]: pass }) as JsonObject), ProcessorConfig: config }, more);
    const errors = saidOf({
      A: distributed('a', { Label: 'x', Next: 'B' }),
      B: distributed('b', {
        Label: 'x',
        ItemReader: { Resource: 'arn:aws:states:::s3:getObject', ReaderConfig: { InputType: 'CSV' } },
        Next: 'C',
      }),
      C: map({
        ...(machine({ c: pass }) as JsonObject),
        ProcessorConfig: { Mode: 'INLINE', ExecutionType: 'STANDARD' },
      }),
    });
    expect(errors).toEqual([
      schema('/States/B/ItemReader/ReaderConfig', "The field 'CSVHeaderLocation' is required"),
      'DUPLICATE_LABEL_NAME /States/B/Label: Duplicate Label name: x',
      schema('/States/C/ItemProcessor/ProcessorConfig', "Field 'ExecutionType' is not supported"),
    ]);
    expect(said(machine({ A: distributed('a', {}) }), 'EXPRESS')).toEqual([
      schema(
        '/States/A/ItemProcessor/ProcessorConfig/Mode',
        "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines",
      ),
    ]);
  });
});
