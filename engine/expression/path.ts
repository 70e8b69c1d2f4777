import type { CompiledExpression, Needs, Scope } from '#engine/expression/expression';
import { noNeeds } from '#engine/expression/expression';
import type { Path, Segment } from '#engine/expression/path-ast';
import { parsePath } from '#engine/expression/path-parser';
import { walk } from '#engine/expression/path-walk';
import type { Json } from '#engine/json';
import { isObject, member } from '#engine/json-values';
import { errorNames, StatesError } from '#engine/states-error';

/** A compiled path: also tells whether it can name one node at most, and finds nothing as `undefined` instead of an error. */
export interface CompiledPath extends CompiledExpression {
  readonly kind: 'jsonpath';
  readonly path: Path;
  /** The value, or `undefined` where a definite path has no match. An indefinite one gives a list, maybe empty. */
  find(root: Json, scope: Scope): Json | undefined;
}

/** Compiles a path. Throws `ExpressionSyntaxError`. */
export const compilePath = (text: string): CompiledPath => pathExpression(parsePath(text));

/** Makes an expression of a parsed path. */
export const pathExpression = (path: Path): CompiledPath => {
  const find = finder(path);
  return {
    kind: 'jsonpath',
    text: path.text,
    needs: needsOf(path),
    path,
    find,
    evaluate: (root, scope) => {
      const value = find(root, scope);
      if (value === undefined) throw noMatch(path, root);
      return value;
    },
  };
};

/** What is thrown where a definite path has no match. AWS's name for it, and the specification's as alias. */
export const noMatch = (path: Path, root: Json): StatesError =>
  new StatesError(
    errorNames.runtime,
    path.base === 'variable'
      ? `The variable or path '${path.text}' has no value`
      : `The JSONPath '${path.text}' could not be found in the input '${excerpt(root)}'`,
    errorNames.parameterPathFailure,
  );

/** A value as it is shown in a cause: cut, so that no cause grows with its input. */
export const excerpt = (value: Json): string => {
  const text = JSON.stringify(value);
  return text.length > 1000 ? `${text.slice(0, 1000)}…` : text;
};

const finder = (path: Path): CompiledPath['find'] => {
  const { segments, variable } = path;
  if (path.base === 'context') return contextFinder(path);
  if (path.base === 'variable')
    return (_root, scope) => walk(member(scope.vars, variable), segments, path, _root, scope.fuel);
  if (segments.length === 0) return (root) => root;
  const first = segments[0] as Segment;
  if (segments.length === 1 && first.step === 'member' && first.names.length === 1) {
    const name = first.names[0] as string;
    return (root) => (isObject(root) ? member(root, name) : undefined);
  }
  return (root, scope) => walk(root, segments, path, root, scope.fuel);
};

const contextFinder = (path: Path): CompiledPath['find'] => {
  const [first, ...rest] = path.segments;
  if (first?.step === 'member' && first.names.length === 1) {
    const part = first.names[0] as string;
    return (root, scope) => walk(scope.contextPart(part), rest, path, root, scope.fuel);
  }
  return (root, scope) => walk(scope.context(), path.segments, path, root, scope.fuel);
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
