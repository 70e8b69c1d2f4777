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
import { excerpt, noMatch, pathExpression } from '#engine/expression/path';
import type { Path } from '#engine/expression/path-ast';
import type { Json } from '#engine/json';
import { BoundReached } from '#engine/jsonata/error';
import { type Meter, metered } from '#engine/jsonata/meter';
import { errorNames, StatesError } from '#engine/states-error';

/** A call with more or fewer arguments than the function takes; AWS stores it, and fails each run of it. */
export class ArityError extends ExpressionSyntaxError {}

interface Compiled {
  readonly needs: Needs;
  readonly evaluate: (root: Json, scope: Scope, meter: Meter) => Json;
}

/** Compiles a call of an intrinsic function. Throws `ExpressionSyntaxError`; evaluation throws `StatesError`, also where a bound is reached: `States.Runtime` as on AWS, which a rule may also name `States.IntrinsicFailure`. */
export const compileIntrinsic = (text: string): CompiledExpression => {
  const { needs, evaluate } = compileCall(parseIntrinsic(text));
  const failed = (sentence: string): StatesError =>
    new StatesError(
      errorNames.runtime,
      `There was an error while evaluating the intrinsic function: ${text}. ${sentence}`,
      errorNames.intrinsicFailure,
    );
  return {
    kind: 'intrinsic',
    text,
    needs,
    evaluate: (root, scope) => {
      try {
        return metered(scope, (meter) => evaluate(root, scope, meter));
      } catch (error) {
        if (error instanceof IntrinsicProblem) throw failed(error.sentence ?? error.message);
        if (error instanceof BoundReached) throw failed(error.message);
        if (error instanceof MissingArgument) throw error.of(text);
        throw error;
      }
    },
  };
};

/** A path among the arguments that finds nothing. */
class MissingArgument extends Error {
  of(call: string): StatesError {
    const cause = `The function '${call}' had the following error: ${this.message}`;
    return new StatesError(errorNames.runtime, cause, errorNames.parameterPathFailure);
  }
}

const compilePath = (path: Path): Compiled => {
  const { needs, find } = pathExpression(path);
  return {
    needs,
    evaluate: (root, scope, meter) => {
      const value = find(root, scope, meter);
      if (value !== undefined) return value;
      if (path.base === 'variable') throw noMatch(path, root);
      throw new MissingArgument(
        `The JsonPath argument for the field '${path.text}' could not be found in the input '${excerpt(root)}'`,
      );
    },
  };
};

const compileNode = (node: IntrinsicNode, keepEscapes: boolean): Compiled => {
  if (node.node === 'call') return compileCall(node);
  if (node.node === 'path') return compilePath(node.path);
  const value = typeof node.value === 'string' && !keepEscapes ? unescapeLiteral(node.value) : node.value;
  return { needs: noNeeds, evaluate: () => value };
};

const compileCall = (call: IntrinsicNode & { readonly node: 'call' }): Compiled => {
  const found = intrinsicFunctions.get(call.name);
  if (!found) throw new ExpressionSyntaxError(`there is no intrinsic function ${call.name}`, 0);
  const count = call.args.length;
  if (count < found.least || count > found.most) {
    const wanted = found.least === found.most ? `${found.least}` : `at least ${found.least}`;
    throw new ArityError(`${call.name} takes ${wanted} arguments, not ${count}`, 0);
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
        if (!(problem instanceof IntrinsicProblem) || problem.sentence !== undefined) throw problem;
        throw new IntrinsicProblem(problem.message, `Invalid arguments in ${call.name}: ${problem.message}`);
      }
    },
  };
};

/** What a call costs beside what it does. */
const callCost = 6;
