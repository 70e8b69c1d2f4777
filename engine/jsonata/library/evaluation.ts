/** `$eval`: an expression in a text, compiled when it is called. */

import { BoundReached, JsonataError } from '#engine/jsonata/error';
import { defineOf, type Library } from '#engine/jsonata/library/define';
import type { Meter } from '#engine/jsonata/meter';
import { compileNode } from '#engine/jsonata/nodes/compile';
import { parse } from '#engine/jsonata/syntax/parse';
import { type Code, type Frame, type Machine, type Value, wrapInput } from '#engine/jsonata/values/value';

/** What the parser and the compiler take, and for each character. */
const startCost = 2000;
const parseCost = 200;

const compileText = (text: string, meter: Meter): Code => {
  meter.burn(startCost + parseCost * text.length);
  try {
    return compileNode(parse(text), 0);
  } catch (error) {
    throw failed(error, 'D3120', 'Syntax error in expression passed to function eval');
  }
};

const evaluateText = (text: string, input: Value, machine: Machine, frame: Frame): Value => {
  const code = compileText(text, machine.meter);
  try {
    return code(input, frame, machine);
  } catch (error) {
    throw failed(error, 'D3121', 'Dynamic error evaluating the expression passed to function eval');
  }
};

const failed = (error: unknown, code: string, what: string): unknown =>
  error instanceof JsonataError && !(error instanceof BoundReached)
    ? new JsonataError(code, `${what}: ${error.message}`)
    : error;

/** Its name and what it does. */
export const evaluationLibrary: Library = [
  defineOf('eval', '<sx?:x>', 2, ([text, focus], machine, input, frame) =>
    evaluateText(text as string, focus === undefined ? input : wrapInput(focus), machine, frame),
  ),
];
