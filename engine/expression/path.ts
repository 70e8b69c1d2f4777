import type { CompiledExpression, Needs, Scope } from '#engine/expression/expression';
import { noNeeds } from '#engine/expression/expression';
import type { Path, Segment } from '#engine/expression/path-ast';
import { parsePath } from '#engine/expression/path-parser';
import { walk, walkDown } from '#engine/expression/path-walk';
import type { Json } from '#engine/json';
import { isObject, member } from '#engine/json-values';
import { BoundReached } from '#engine/jsonata/error';
import { type Meter, metered } from '#engine/jsonata/meter';
import { errorNames, StatesError } from '#engine/states-error';

/** A compiled path: also tells whether it can name one node at most, and finds nothing as `undefined` instead of an error. */
export interface CompiledPath extends CompiledExpression {
  readonly kind: 'jsonpath';
  readonly path: Path;
  /**
   * The value, or `undefined` where a definite path has no match. An indefinite one gives a list, maybe empty. `meter`: that of the expression around it; without one it has its own, and throws
   * `StatesError` where a bound is reached.
   */
  find(root: Json, scope: Scope, meter?: Meter): Json | undefined;
  evaluate(root: Json, scope: Scope, meter?: Meter): Json;
}

/** Compiles a path. `field`: where it stands, such as `total.$`, for errors. Throws `ExpressionSyntaxError`. */
export const compilePath = (text: string, field?: string): CompiledPath => pathExpression(parsePath(text), field);

/** Makes an expression of a parsed path. */
export const pathExpression = (path: Path, field?: string): CompiledPath => {
  const find = finder(path);
  return {
    kind: 'jsonpath',
    text: path.text,
    needs: needsOf(path),
    path,
    find,
    evaluate: (root, scope, meter) => {
      if (root === null && path.base === 'input') throw ofNull();
      const value = find(root, scope, meter);
      if (value === undefined) throw noMatch(path, root, field);
      return value;
    },
  };
};

/** What is thrown where a definite path has no match. AWS's name for it, and the specification's as alias. */
export const noMatch = (path: Path, root: Json, field?: string): StatesError =>
  new StatesError(
    errorNames.runtime,
    path.base === 'variable'
      ? `The variable or path '${path.text}' has no value`
      : `The JSONPath '${path.text}' ${field === undefined ? '' : `specified for the field '${field}' `}could not be found in the input '${excerpt(root)}'`,
    errorNames.parameterPathFailure,
  );

/** What AWS says of any path that is to make something of null. */
const ofNull = (): StatesError =>
  new StatesError(errorNames.runtime, 'Unable to apply Path transformation to null or empty input.');

/** A value as it is shown in a cause: cut, so that no cause grows with its input. */
export const excerpt = (value: Json): string => {
  const text = JSON.stringify(value);
  return text.length > 1000 ? `${text.slice(0, 1000)}…` : text;
};

const finder = (path: Path): CompiledPath['find'] => {
  const { segments, variable } = path;
  if (path.base === 'context') return contextFinder(path);
  const follow = follower(path, segments);
  if (path.base === 'variable') return (root, scope, meter) => follow(member(scope.vars, variable), root, scope, meter);
  if (segments.length === 0) return (root) => root;
  const first = segments[0] as Segment;
  if (segments.length === 1 && first.step === 'member' && first.names.length === 1) {
    const name = first.names[0] as string;
    return (root) => (isObject(root) ? member(root, name) : undefined);
  }
  return (root, scope, meter) => follow(root, root, scope, meter);
};

const contextFinder = (path: Path): CompiledPath['find'] => {
  const [first, ...rest] = path.segments;
  if (first?.step === 'member' && first.names.length === 1) {
    const part = first.names[0] as string;
    const follow = follower(path, rest);
    return (root, scope, meter) => follow(scope.contextPart(part), root, scope, meter);
  }
  const follow = follower(path, path.segments);
  return (root, scope, meter) => follow(scope.context(), root, scope, meter);
};

/** What follows the steps from a value on. */
const follower = (path: Path, segments: readonly Segment[]) => {
  if (path.definite) return (start: Json | undefined) => walkDown(start, segments);
  return (start: Json | undefined, root: Json, scope: Scope, meter?: Meter): Json | undefined => {
    if (meter !== undefined) return walk(start, segments, path, root, meter);
    try {
      return metered(scope, (own) => walk(start, segments, path, root, own));
    } catch (error) {
      if (!(error instanceof BoundReached)) throw error;
      throw new StatesError(
        errorNames.runtime,
        `The JSONPath '${path.text}' had the following error: ${error.message}`,
      );
    }
  };
};

const needsOf = (path: Path): Needs => {
  if (path.base !== 'context') return noNeeds;
  const [first, second] = path.segments;
  const part = first?.step === 'member' && first.names.length === 1 ? first.names[0] : undefined;
  const inner = second?.step === 'member' && second.names.length === 1 ? second.names[0] : undefined;
  if (part === undefined) return { runInput: true, token: true, mapItem: true };
  return {
    runInput: part === 'Execution' && (inner === undefined || inner === 'Input'),
    token: part === 'Task',
    mapItem: part === 'Map',
  };
};
