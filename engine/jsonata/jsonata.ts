/**
 * JSONata (docs.jsonata.org): expressions compiled once and evaluated synchronously, within bounds. The syntax is read by the parser of the
 * `jsonata` package; what it means is worked out here, because the package's own evaluator answers by a promise and cannot be stopped.
 */

import { JsonataError } from '#engine/jsonata/error';
import { libraryFrame } from '#engine/jsonata/library/library';
import { type Allowance, metered } from '#engine/jsonata/meter';
import { compileNode } from '#engine/jsonata/nodes/compile';
import type { Node } from '#engine/jsonata/syntax/ast';
import { parse } from '#engine/jsonata/syntax/parse';
import { measure } from '#engine/jsonata/values/convert';
import { Frame, type Host, type Value, wrapInput } from '#engine/jsonata/values/value';

/** What an evaluation is given beside its input. */
export interface Surroundings extends Host, Allowance {
  /** A variable by its name, without the `$`; undefined where there is none. */
  readonly variable?: (name: string) => Value;
}

/** An expression ready to be evaluated. */
export interface JsonataExpression {
  readonly text: string;
  /**
   * The value for an input: JSON, `undefined` where there is none, or a function. Never changes the input; may share parts of it. Throws `JsonataError`,
   * as `BoundReached` where a bound stopped it.
   */
  readonly evaluate: (input: Value, surroundings: Surroundings) => Value;
}

/** Compiles an expression, with the functions of `library` around it. Throws `JsonataError` with an S… code. */
export const compileJsonata = (text: string, library: Frame = libraryFrame): JsonataExpression => {
  const { code } = compileGuarded(text);
  return {
    text,
    evaluate: (input, surroundings) => {
      const { variable, now, random } = surroundings;
      const frame = new Frame(library, undefined, variable);
      frame.bind('$', input);
      return metered(surroundings, (meter) => {
        const value = code(wrapInput(input), frame, { meter, host: { now, random } });
        measure(value, meter);
        return value;
      });
    },
  };
};

/** The syntax tree of an expression that compiles. Throws as `compileJsonata` does. */
export const readJsonata = (text: string): Node => compileGuarded(text).root;

const compileGuarded = (text: string): { readonly root: Node; readonly code: ReturnType<typeof compileNode> } => {
  try {
    const root = parse(text);
    return { root, code: compileNode(root, 0) };
  } catch (error) {
    if (error instanceof RangeError) throw new JsonataError('S0501', 'the expression is nested too deep');
    throw error;
  }
};
