import type { Comparison, Filter, Operand, Segment } from '#engine/expression/path-ast';
import type { Json } from '#engine/json';
import { isArray, isObject, jsonEquals, member } from '#engine/json-values';

/** Walks a path's steps from a value. `undefined` where a definite path ends early; a list as soon as the path is indefinite. */
export const walk = (
  start: Json | undefined,
  segments: readonly Segment[],
  path: { readonly definite: boolean },
  root: Json,
): Json | undefined => {
  let value = start;
  if (path.definite) {
    for (const segment of segments) {
      if (segment.step === 'member') value = isObject(value) ? member(value, segment.names[0] as string) : undefined;
      else if (segment.step === 'index') value = isArray(value) ? at(value, segment.indices[0] as number) : undefined;
      if (value === undefined) return undefined;
    }
    return value;
  }
  let nodes: Json[] = start === undefined ? [] : [start];
  for (const segment of segments) {
    const found: Json[] = [];
    for (const node of nodes) select(node, segment, root, found);
    nodes = found;
  }
  return nodes;
};

const at = (array: readonly Json[], index: number): Json | undefined => array[index < 0 ? array.length + index : index];

const select = (node: Json, segment: Segment, root: Json, found: Json[]): void => {
  switch (segment.step) {
    case 'member':
      if (isObject(node)) for (const name of segment.names) push(found, member(node, name));
      return;
    case 'index':
      if (isArray(node)) for (const index of segment.indices) push(found, at(node, index));
      return;
    case 'slice':
      if (isArray(node)) {
        const end = Math.min(bound(segment.to ?? node.length, node.length), node.length);
        for (let i = bound(segment.from ?? 0, node.length); i < end; i += segment.by) push(found, node[i]);
      }
      return;
    case 'wildcard':
      for (const child of children(node)) found.push(child);
      return;
    case 'filter':
      for (const child of isArray(node) ? node : [node])
        if (passesFilter(segment.filter, child, root)) found.push(child);
      return;
    case 'descend': {
      // An explicit stack: a value may be nested deeper than the call stack allows.
      const open: Json[] = [node];
      while (open.length > 0) {
        const next = open.pop() as Json;
        select(next, segment.into, root, found);
        const below = children(next);
        for (let i = below.length - 1; i >= 0; i--) open.push(below[i] as Json);
      }
    }
  }
};

const bound = (index: number, length: number): number => Math.max(0, index < 0 ? length + index : index);

const children = (node: Json): readonly Json[] => (isArray(node) ? node : isObject(node) ? Object.values(node) : []);

const push = (found: Json[], value: Json | undefined): void => {
  if (value !== undefined) found.push(value);
};

/** True where `item` meets the condition of a filter step. A comparison with something that is not there is false. */
const passesFilter = (filter: Filter, item: Json, root: Json): boolean => {
  switch (filter.test) {
    case 'and':
      return filter.all.every((each) => passesFilter(each, item, root));
    case 'or':
      return filter.all.some((each) => passesFilter(each, item, root));
    case 'not':
      return !passesFilter(filter.filter, item, root);
    case 'exists':
      return operand(filter, item, root) !== undefined;
    case 'compare': {
      const left = operand(filter.left, item, root);
      const right = operand(filter.right, item, root);
      if (left === undefined || right === undefined) return filter.operator === '!=' && left !== right;
      return compare(filter.operator, left, right);
    }
  }
};

const operand = (side: Operand, item: Json, root: Json): Json | undefined => {
  if ('value' in side) return side.value;
  const found = walk(side.path.base === 'item' ? item : root, side.path.segments, side.path, root);
  return !side.path.definite && isArray(found) && found.length === 0 ? undefined : found;
};

const compare = (operator: Comparison, left: Json, right: Json): boolean => {
  switch (operator) {
    case '==':
      return jsonEquals(left, right);
    case '!=':
      return !jsonEquals(left, right);
    case 'in':
      return isArray(right) && right.some((each) => jsonEquals(left, each));
    case 'nin':
      return isArray(right) && !right.some((each) => jsonEquals(left, each));
    default:
      if (typeof left === 'number' && typeof right === 'number') return ordered(operator, left - right);
      if (typeof left === 'string' && typeof right === 'string') {
        return ordered(operator, left < right ? -1 : left > right ? 1 : 0);
      }
      return false;
  }
};

const ordered = (operator: '<' | '<=' | '>' | '>=', difference: number): boolean =>
  operator === '<'
    ? difference < 0
    : operator === '<='
      ? difference <= 0
      : operator === '>'
        ? difference > 0
        : difference >= 0;
