import { expect, test } from 'vitest';
import { parseExecInput } from '#actions/exec/input';
import type { Json } from '#engine/json';

test.each<[Json, string]>([
  [{}, "'command' is missing."],
  [7, 'It must be an object.'],
  [{ command: 'ls', cmd: 1, arg: 2 }, "It must not have 'cmd' or 'arg'."],
  [{ command: '' }, "'command' must have at least 1 character."],
  [{ command: 'a\0' }, "'command' must not contain a NUL character."],
  [{ command: 'ls', args: ['a', 1, null] }, "'args[2]' must be text, a number or true or false."],
  [{ command: 'ls', env: { 'A=B': 'x' } }, "'A=B' is no name of a variable."],
  [{ command: 'ls', maxOutput: 0.5 }, "'maxOutput' must be a whole number."],
  [
    { command: 'ls', parse: 'xml', inheritEnv: 1 },
    "'inheritEnv' must be true or false or a list. 'parse' must be 'text', 'lines' or 'json'.",
  ],
])('%j: %s', (input, why) => {
  expect(parseExecInput(input)).toEqual({ ok: false, why: `The input of this exec Task is wrong. ${why}` });
});
