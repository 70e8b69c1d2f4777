import type { Comparison, Filter, Operand, Segment } from '#engine/expression/path-ast';
import type { Json } from '#engine/json';
import { isArray, isObject, jsonEquals, member } from '#engine/json-values';
import type { Pool } from '#engine/jsonata/meter';
import { errorNames, StatesError } from '#engine/states-error';

/**
 * So many values one path looks at, at most: some two seconds. `$..*..*..*..*` looks at each value once for every way to it, 20 million of them in a value that is
 * nested 150 deep. An input of 10 MB has five million values, so what looks at each of them once is not refused.
 */
const MOST_LOOKS = 10_000_000;

/** Counts the values that a path looks at, those of its filters too. */
class Looks {
  #left: number;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
    this.#left = most;
  }

  get taken(): number {
    return this.#most - this.#left;
  }

  take(count: number): void {
    this.#left -= count;
    if (this.#left < 0)
      throw new StatesError(errorNames.runtime, `A JSONPath looks at more than ${this.#most} values of its input`);
  }
}

/**
 * Walks a path's steps from a value. `undefined` where a definite path ends early; a list as soon as the path is indefinite. `pool`: what several expressions may burn
 * together. Throws `StatesError` where it looks at too many values.
 */
export const walk = (
  start: Json | undefined,
  segments: readonly Segment[],
  path: { readonly definite: boolean },
  root: Json,
  pool?: Pool,
): Json | undefined => {
  const looks = new Looks(Math.min(MOST_LOOKS, pool?.left ?? MOST_LOOKS));
  try {
    return follow(start, segments, path, { root, looks });
  } finally {
    if (pool !== undefined) pool.left -= looks.taken;
  }
};

/** What a path is walked in. */
interface Walking {
  readonly root: Json;
  readonly looks: Looks;
}

const follow = (
  start: Json | undefined,
  segments: readonly Segment[],
  path: { readonly definite: boolean },
  walking: Walking,
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
    for (const node of nodes) select(node, segment, walking, found);
    nodes = found;
  }
  return nodes;
};

const at = (array: readonly Json[], index: number): Json | undefined => array[index < 0 ? array.length + index : index];

const select = (node: Json, segment: Segment, walking: Walking, found: Json[]): void => {
  const { looks } = walking;
  switch (segment.step) {
    case 'member':
      looks.take(segment.names.length);
      if (isObject(node)) for (const name of segment.names) push(found, member(node, name));
      return;
    case 'index':
      looks.take(segment.indices.length);
      if (isArray(node)) for (const index of segment.indices) push(found, at(node, index));
      return;
    case 'slice':
      if (isArray(node)) {
        const end = Math.min(bound(segment.to ?? node.length, node.length), node.length);
        for (let i = bound(segment.from ?? 0, node.length); i < end; i += segment.by) {
          looks.take(1);
          push(found, node[i]);
        }
      }
      return;
    case 'wildcard':
      for (const child of children(node)) {
        looks.take(1);
        found.push(child);
      }
      return;
    case 'filter':
      for (const child of isArray(node) ? node : [node]) {
        looks.take(1);
        if (passesFilter(segment.filter, child, walking)) found.push(child);
      }
      return;
    case 'descend': {
      // An explicit stack: a value may be nested deeper than the call stack allows.
      const open: Json[] = [node];
      while (open.length > 0) {
        looks.take(1);
        const next = open.pop() as Json;
        select(next, segment.into, walking, found);
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
const passesFilter = (filter: Filter, item: Json, walking: Walking): boolean => {
  switch (filter.test) {
    case 'and':
      return filter.all.every((each) => passesFilter(each, item, walking));
    case 'or':
      return filter.all.some((each) => passesFilter(each, item, walking));
    case 'not':
      return !passesFilter(filter.filter, item, walking);
    case 'exists':
      return operand(filter, item, walking) !== undefined;
    case 'compare': {
      const left = operand(filter.left, item, walking);
      const right = operand(filter.right, item, walking);
      if (left === undefined || right === undefined) return filter.operator === '!=' && left !== right;
      return compare(filter.operator, left, right, walking.looks);
    }
  }
};

const operand = (side: Operand, item: Json, walking: Walking): Json | undefined => {
  if ('value' in side) return side.value;
  const found = follow(side.path.base === 'item' ? item : walking.root, side.path.segments, side.path, walking);
  return !side.path.definite && isArray(found) && found.length === 0 ? undefined : found;
};

const compare = (operator: Comparison, left: Json, right: Json, looks: Looks): boolean => {
  const equals = (a: Json, b: Json) => jsonEquals(a, b, () => looks.take(1));
  switch (operator) {
    case '==':
      return equals(left, right);
    case '!=':
      return !equals(left, right);
    case 'in':
      return isArray(right) && right.some((each) => equals(left, each));
    case 'nin':
      return isArray(right) && !right.some((each) => equals(left, each));
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
