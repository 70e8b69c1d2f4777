/** What an expression in JSONata may not be, and may not read (measured on AWS by floci, issues 2670 and 2745). */
import { describe, expect, test } from 'vitest';
import type { Json } from '#engine/json';
import { machine, pass, saidOf, schema, task } from '#test/engine/aws-answers';
import { errorsOf } from '#test/engine/support';

describe('JSONata', () => {
  const output = (Output: Json): readonly string[] => saidOf({ E: { ...pass, Output } }, { QueryLanguage: 'JSONata' });
  const top = (name: string, place = '/States/E/Output'): string =>
    `UNSUPPORTED_JSONATA_EXPRESSION ${place}: Reference to '${name}' at the top level is not supported.`;

  test.each([
    ['a[1,2)', 'Expected "]", got ","'],
    ['"unterminated', 'String literal must be terminated by a matching quote'],
    ['1 +', 'Unexpected end of expression'],
    ['{"a":}', 'The symbol "}" cannot be used as a unary operator'],
    ['$match("a", /abc', 'No terminating / in regular expression'],
    ['', 'Unexpected end of expression'],
  ])('the syntax of %j', (text, words) => {
    expect(output(`{% ${text} %}`)).toEqual([`INVALID_JSONATA_EXPRESSION /States/E/Output: ${words}`]);
  });

  test.each<[string, string[]]>([
    ['phone[0]', [top('phone')]],
    ['aaa + bbb + aaa', [top('aaa'), top('bbb')]],
    ['$.phone', [top('$')]],
    ['$map($states.input.a, function($x){ b })', [top('b')]],
    ['{aaa: [b, -c]}', [top('aaa'), top('b'), top('c')]],
    ['(d ? e : f; $x := g; h ~> $sum)', [top('d'), top('e'), top('f'), top('g'), top('h')]],
    ['$$', ["UNSUPPORTED_JSONATA_EXPRESSION /States/E/Output: Reference to '$$' is not supported."]],
    [
      '$states.errorOutput.Cause',
      ["UNSUPPORTED_JSONATA_EXPRESSION /States/E/Output: Field '$states.errorOutput' does not exist."],
    ],
    ['$states.result', ["UNSUPPORTED_JSONATA_EXPRESSION /States/E/Output: Field '$states.result' does not exist."]],
    [
      '$states.input.a[b > $$.c]',
      ["UNSUPPORTED_JSONATA_EXPRESSION /States/E/Output: Reference to '$$' is not supported."],
    ],
    ['$states.input.items[phone > 3]', []],
    ['$states.input.items^(>price, name){kind: $sum(price)}', []],
    ['$states.input ~> |items|{"price": price * 2}, ["name"]|', []],
    ['$map($states.input.a, function($x){ $x.phone })', []],
    ['$phone.number & $states.context.State.Name & `x`.y', [top('x')]],
  ])('what %s reads', (text, errors) => {
    expect(output(`{% ${text} %}`)).toEqual(errors);
  });

  test('places: deep in a value, a condition, a catcher; errors and results where they are known', () => {
    expect(output({ a: { b: ['{% phone %}'] } })).toEqual([top('phone', '/States/E/Output/a/b[0]')]);
    const E = {
      ...task,
      Arguments: { v: '{% $states.result %}' },
      Output: '{% $states.result %}',
      Assign: { r: '{% $states.result %}', e: '{% $states.errorOutput %}' },
      Catch: [
        {
          ErrorEquals: ['States.ALL'],
          Output: '{% $states.errorOutput %}',
          Assign: { r: '{% $states.result %}' },
          Next: 'C',
        },
      ],
    };
    const C = { Type: 'Choice', Choices: [{ Condition: '{% phone = 1 %}', Next: 'E' }], Default: 'E' };
    const gone = (field: string, place: string): string =>
      `UNSUPPORTED_JSONATA_EXPRESSION /States/${place}: Field '$states.${field}' does not exist.`;
    expect(saidOf({ E, C }, { QueryLanguage: 'JSONata' })).toEqual([
      gone('result', 'E/Arguments/v'),
      gone('errorOutput', 'E/Assign/e'),
      gone('result', 'E/Catch[0]/Assign/r'),
      top('phone', '/States/C/Choices[0]/Condition'),
    ]);
  });

  test('what is not there is refused in our words too', () => {
    const errors = errorsOf(
      machine(
        { E: { ...pass, Output: ['{% phone %}', '{% $$ %}', '{% $states.result %}'] } },
        { QueryLanguage: 'JSONata' },
      ),
    );
    expect(errors.map(({ code, pointer, message }) => `${code} ${pointer} ${message}`)).toEqual([
      "INVALID_EXPRESSION /States/E/Output/0 '{% phone %}': 'phone' reads the top level, where nothing is: what comes in is $states.input, a variable is $phone.",
      "INVALID_EXPRESSION /States/E/Output/1 '{% $$ %}': there is no $$ here: what comes in is $states.input.",
      "INVALID_EXPRESSION /States/E/Output/2 '{% $states.result %}': there is no $states.result here: it is known in 'Output' and 'Assign' of a Task, Parallel or Map.",
    ]);
  });

  test('marks that are left open', () => {
    const words = schema('/States/E/Output', 'JSONata string must start with {% and end with %}');
    expect(output('{% 1')).toEqual([words]);
  });
});

test('an expression nested too deep to be looked at is refused, not thrown', () => {
  for (const text of ['$a:='.repeat(20_000), '-'.repeat(20_000), '1+'.repeat(20_000)]) {
    const [, , message = ''] =
      /^(\S+) \S+: (.*)$/.exec(
        saidOf({ E: { ...pass, Output: `{% ${text}1 %}` } }, { QueryLanguage: 'JSONata' })[0] ?? 'X y: ',
      ) ?? [];
    expect(['', 'the expression is nested too deep']).toContain(message);
  }
});

test.each<[string, string, Json, string]>([
  [
    'a line end behind an expression',
    'message',
    { ...pass, QueryLanguage: 'JSONata', Output: '{% 1 %}\n' },
    "blanks and line ends included (YAML's '|' adds one, '|-' does not).",
  ],
  [
    'a condition in JSONPath',
    'suggestion',
    { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'E' }], Default: 'E' },
    'it belongs to the query language JSONata',
  ],
])('%s: the %s tells the way out', (_what, field, state, words) => {
  const [first] = errorsOf(machine({ E: pass, A: state }, { StartAt: 'A' }));
  expect(first?.[field as 'message']).toContain(words);
});
