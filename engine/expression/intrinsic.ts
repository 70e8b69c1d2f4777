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
import { BoundReached } from '#engine/jsonata/error';
import { type Meter, metered } from '#engine/jsonata/meter';
import { errorNames, StatesError } from '#engine/states-error';

interface Compiled {
  readonly needs: Needs;
  readonly evaluate: (root: Json, scope: Scope, meter: Meter) => Json;
}

/** Compiles a call of an intrinsic function. Throws `ExpressionSyntaxError`; evaluation throws `States.IntrinsicFailure`, also where a bound is reached. */
export const compileIntrinsic = (text: string): CompiledExpression => {
  const { needs, evaluate } = compileCall(parseIntrinsic(text));
  return {
    kind: 'intrinsic',
    text,
    needs,
    evaluate: (root, scope) => {
      try {
        return metered(scope, (meter) => evaluate(root, scope, meter));
      } catch (error) {
        throw error instanceof BoundReached ? failed(text, error) : error;
      }
    },
  };
};

const failed = (call: string, { message }: Error): StatesError =>
  new StatesError(errorNames.intrinsicFailure, `The function '${call}' had the following error: ${message}`);

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
    evaluate: (root, scope, meter) => {
      const values = args.map((arg) => arg.evaluate(root, scope, meter));
      meter.burn(callCost);
      try {
        return found.call(values, meter, scope);
      } catch (problem) {
        throw problem instanceof IntrinsicProblem ? failed(call.text, problem) : problem;
      }
    },
  };
};

/** What a call costs beside what it does. */
const callCost = 6;
