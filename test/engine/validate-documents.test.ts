/** Texts that AWS refuses before it looks at their states; warnings. */
import { describe, expect, test } from 'vitest';
import { validateChart } from '#engine/chart/validate';
import type { Json, JsonObject } from '#engine/json';
import { going, machine, pass, said, schema, task } from '#test/engine/aws-answers';

describe('documents', () => {
  const at = (text: string, line: number, column: number): string =>
    `[Source: (String)"${text}"; line: ${line}, column: ${column}]`;
  const tokens = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
  test.each([
    ['{a: 1}', 3, "Unexpected character ('a' (code 97)): was expecting double-quote to start field name"],
    ['{"a" 1}', 7, "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value"],
    ['{"a":1 "b":2}', 9, `Unexpected character ('"' (code 34)): was expecting comma to separate Object entries`],
    ['{"a":[1 2]}', 10, "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries"],
    ['{"a":1,}', 9, "Unexpected character ('}' (code 125)): was expecting double-quote to start field name"],
    ['{"a":}', 7, `Unexpected character ('}' (code 125)): expected a valid value ${tokens}`],
    ['{"a":tru}', 9, `Unrecognized token 'tru': was expecting ${tokens}`],
    ['{"a":01}', 7, 'Invalid numeric value: Leading zeroes not allowed'],
    [
      '{"a":-x}',
      8,
      "Unexpected character ('x' (code 120)) in numeric value: expected digit (0-9) to follow minus sign, for valid numeric value",
    ],
    ['{"a":1.}', 9, "Unexpected character ('}' (code 125)) in numeric value: Decimal point not followed by a digit"],
    ['{"a":"\\x"}', 9, "Unrecognized character escape 'x' (code 120)"],
    ['{"a', 4, 'Unexpected end-of-input in field name'],
    ['{"a":"b', 8, 'Unexpected end-of-input: was expecting closing quote for a string value'],
    ['{"a"', 5, 'Unexpected end-of-input within/between Object entries'],
  ])('%s is no JSON', (text, column, words) => {
    const place = at(text, 1, column);
    expect(said(text)).toEqual([`INVALID_JSON_DESCRIPTION ${place}: ${words}\n at ${place}`]);
  });

  test('an object that is never closed, one closed by a bracket, lines, a long text', () => {
    const open = '{"a": 1';
    expect(said(open)).toEqual([
      `INVALID_JSON_DESCRIPTION ${at(open, 1, 8)}: Unexpected end-of-input: expected close marker for Object (start marker at ${at(open, 1, 1)})\n at ${at(open, 1, 8)}`,
    ]);
    const crossed = '{"a": [1}}';
    expect(said(crossed)[0]).toContain(
      `Unexpected close marker '}': expected ']' (for Array starting at ${at(crossed, 1, 7)})`,
    );
    expect(said('{\n  "a": 1,\r\n  oops\n}')[0]).toContain('line: 3, column: 4]');
    expect(said(`{"${'x'.repeat(600)}": oops}`)[0]).toMatch(/x"\[truncated \d+ chars\]; line: 1, column: 610\]/);
  });

  test('a mistake far into a text is found in little time', () => {
    const text = `{"a":[${'[1,'.repeat(20)}${'0.5e1,{"k":"v"},'.repeat(60_000)}`;
    const before = performance.now();
    expect(said(text)).toHaveLength(1);
    expect(performance.now() - before).toBeLessThan(2000);
  });

  test('what is no object; YAML stands for its JSON; a state twice; the places in an envelope', () => {
    const none = 'SCHEMA_VALIDATION_FAILED nowhere: Definition must be a valid JSON object';
    expect([said(''), said('[1]'), said('"text"'), said([1])]).toEqual([[none], [none], [none], [none]]);
    expect(said('StartAt: A\nStates:\n  A: { Type: Pass, End: true }\n')).toEqual([]);
    expect(said('{"StartAt":"A","States":{"A":{"Type":"Succeed"},"A":{"Type":"Succeed"}}}')).toEqual([
      'DUPLICATE_STATE_NAME /States/A: Duplicate State name: A',
    ]);
    const envelope = { name: 'my chart', definition: machine({ A: { ...task, Resource: 'exec' } }) };
    expect(said(envelope)).toEqual([
      "INVALID_VALUE nowhere: 'name' may have letters, digits, dots, dashes and underscores, a letter or digit first.",
      schema('/States/A/Resource', 'Value is not a valid resource ARN'),
    ]);
  });
});

describe('warnings', () => {
  const warned = (source: Json, profile: 'flowbeat' | 'aws' = 'flowbeat'): readonly string[] => {
    const validated = validateChart(source, { name: 'test', profile });
    expect(validated.ok).toBe(true);
    return validated.warnings.map(({ severity, code, pointer }) => `${severity} ${code} ${pointer}`);
  };

  test('what looks as if it should be evaluated', () => {
    const states = {
      A: { Type: 'Pass', Result: { a: '$.b', 'c.$': '$.d', e: 'States.UUID()', f: '$5' }, Next: 'B' },
      B: { ...going, Parameters: { a: { b: '$.c' }, d: 'States.Format(x)', e: '$', 'f.$': '$.g' }, Next: 'C' },
      C: { Type: 'Choice', Choices: [{ Variable: '$.a', StringEquals: '$.b', Next: 'D' }], Default: 'D' },
      D: { Type: 'Fail', Error: '$.error', Cause: 'of $.x' },
    };
    const expected = [
      'warning PASS_RESULT_IS_STATIC /States/A/Result/a',
      'warning PASS_RESULT_IS_STATIC /States/A/Result/c.$',
      'warning PASS_RESULT_IS_STATIC /States/A/Result/e',
      'warning NO_DOLLAR /States/B/Parameters/a/b',
      'warning NO_DOLLAR /States/B/Parameters/d',
      'warning NO_PATH /States/C/Choices/0/StringEquals',
      'warning NO_PATH /States/D/Error',
    ];
    expect([warned(machine(states)), warned(machine(states), 'aws')]).toEqual([expected, expected]);
  });

  test('a choice that nothing may apply to, long work whose errors nobody catches', () => {
    const long = { ...going, TimeoutSeconds: 7200 };
    const caught = [{ ErrorEquals: ['States.ALL'], Next: 'P' }];
    const states = {
      A: { Type: 'Choice', Choices: [{ Variable: '$.a', IsNull: true, Next: 'B' }] },
      B: { ...long, Catch: caught, Next: 'P' },
      P: {
        Type: 'Parallel',
        Branches: [machine({ I: { ...long, End: true } })],
        Catch: [{ ErrorEquals: ['X'], Next: 'L' }],
        Next: 'L',
      },
      L: { ...long, End: true },
    };
    expect(warned(machine(states))).toEqual(['warning NO_DEFAULT /States/A', 'warning NO_CATCH /States/L']);
  });

  test('variables and functions of JSONata that nothing sets; what the expression binds itself is its own', () => {
    const read = '{% ($f := function($q) { $q & $total }; $f($uppercase("a")); items@$i.($i & $x)[$y]) %}';
    const states = {
      A: {
        Type: 'Pass',
        QueryLanguage: 'JSONata',
        Assign: { total: 1 },
        Output: '{% $states.input.($totl) %}',
        Next: 'B',
      },
      B: { Type: 'Pass', QueryLanguage: 'JSONata', Output: read.replace('items@', '$states.input.items@'), Next: 'C' },
      C: { Type: 'Pass', QueryLanguage: 'JSONata', Output: "{% $eval('1') & $states.reslt.x %}", End: true },
    };
    expect(warned(machine(states))).toEqual([
      'warning UNKNOWN_VARIABLE /States/A/Output',
      'warning UNKNOWN_VARIABLE /States/B/Output',
      'warning UNKNOWN_VARIABLE /States/B/Output',
      'warning UNKNOWN_VARIABLE /States/C/Output',
      'warning UNKNOWN_VARIABLE /States/C/Output',
    ]);
  });

  test('a variable by the name of one outside, unless a distributed Map hides it', () => {
    const setting = (more: JsonObject = {}) =>
      machine({ [`I${Object.keys(more).length}`]: { ...pass, Assign: { x: 1, y: 2 } } }, more);
    const ProcessorConfig = { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' };
    const states = {
      A: { Type: 'Pass', Assign: { 'x.$': '$.x' }, Next: 'B' },
      B: { Type: 'Parallel', Branches: [setting()], Next: 'C' },
      C: { Type: 'Map', ItemProcessor: setting({ ProcessorConfig }), End: true },
    };
    expect(warned(machine(states))).toEqual(['warning SHADOWED_VARIABLE /States/B/Branches/0/States/I0/Assign/x']);
  });

  test('of states around the innermost that sets a variable counts, however far out', () => {
    const within = (inner: Json, Assign: JsonObject): Json => ({
      Type: 'Parallel',
      Branches: [inner],
      Assign,
      End: true,
    });
    const innermost = machine({ I: { ...pass, Assign: { far: 1, near: 2, own: 3 } } });
    const states = {
      A: within(machine({ B: within(machine({ C: within(innermost, {}) }), { near: 2 }) }), { far: 1 }),
    };
    const at = '/States/A/Branches/0/States/B';
    expect(warned(machine(states))).toEqual([
      `warning SHADOWED_VARIABLE ${at}/Branches/0/States/C/Branches/0/States/I/Assign/far`,
      `warning SHADOWED_VARIABLE ${at}/Branches/0/States/C/Branches/0/States/I/Assign/near`,
    ]);
  });

  test('places of warnings are AWS’s in its words', () => {
    const { warnings } = validateChart(
      machine({
        C: { Type: 'Choice', Choices: [{ Variable: '$.a', StringEquals: '$.b', Next: 'D' }], Default: 'D' },
        D: pass,
      }),
      { profile: 'aws' },
    );
    expect(warnings[0]).toMatchObject({
      severity: 'warning',
      code: 'NO_PATH',
      location: '/States/C/Choices[0]/StringEquals',
    });
  });
});
