import {
  type CompiledExpression,
  ExpressionSyntaxError,
  mergeNeeds,
  type Needs,
  noNeeds,
  type Scope,
} from '#engine/expression/expression';
import { IntrinsicProblem, intrinsicFunctions } from '#engine/expression/intrinsic-functions';
import { type IntrinsicNode, parseIntrinsic, unescapeLiteral } from '#engine/expression/intrinsic-parser';
import { pathExpression } from '#engine/expression/path';
import type { Json } from '#engine/json';
import { isArray } from '#engine/json-values';
import { errorNames, StatesError } from '#engine/states-error';

interface Compiled {
  readonly needs: Needs;
  readonly evaluate: (root: Json, scope: Scope) => Json;
}

/** Compiles a call of an intrinsic function. Throws `ExpressionSyntaxError`; evaluation throws `States.IntrinsicFailure`. */
export const compileIntrinsic = (text: string): CompiledExpression => ({
  kind: 'intrinsic',
  text,
  ...compileCall(parseIntrinsic(text)),
});

const compileNode = (node: IntrinsicNode, keepEscapes: boolean): Compiled => {
  if (node.node === 'call') return compileCall(node);
  if (node.node === 'path') return pathExpression(node.path);
  const value = typeof node.value === 'string' && !keepEscapes ? unescapeLiteral(node.value) : node.value;
  return { needs: noNeeds, evaluate: () => value };
};

const compileCall = (call: IntrinsicNode & { readonly node: 'call' }): Compiled => {
  const found = intrinsicFunctions.get(call.name);
  if (!found) throw new ExpressionSyntaxError(`there is no intrinsic function ${call.name}`, 0);
  const count = call.args.length;
  if (count < found.least || count > found.most) {
    const wanted = found.least === found.most ? `${found.least}` : `at least ${found.least}`;
    throw new ExpressionSyntaxError(`${call.name} takes ${wanted} arguments, not ${count}`, 0);
  }
  // The template of States.Format reads its escapes itself: `\{` is a brace there, `{` a place.
  const args = call.args.map((arg, i) => compileNode(arg, call.name === 'States.Format' && i === 0));
  return {
    needs: mergeNeeds(args.map((arg) => arg.needs)),
    evaluate: (root, scope) => {
      const values = args.map((arg) => arg.evaluate(root, scope));
      try {
        for (const value of values) burn(scope, value);
        const result = found.call(values, scope);
        burn(scope, result);
        return result;
      } catch (problem) {
        if (!(problem instanceof IntrinsicProblem)) throw problem;
        throw new StatesError(
          errorNames.intrinsicFailure,
          `The function '${call.text}' had the following error: ${problem.message}`,
        );
      }
    },
  };
};

/**
 * Takes from the fuel that several expressions share, where they do, what it costs to walk or make a value: one for every other character, since so many pieces or
 * values a text may become, and one for each item. Throws `IntrinsicProblem`.
 */
const burn = ({ fuel }: Scope, value: Json): void => {
  if (fuel === undefined) return;
  fuel.left -= 1 + (typeof value === 'string' ? value.length >> 1 : isArray(value) ? value.length : 0);
  if (fuel.left < 0) throw new IntrinsicProblem('with the others it walks and makes too much');
};
