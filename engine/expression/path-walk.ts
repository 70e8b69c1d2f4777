import type { Comparison, Filter, Operand, Segment } from '#engine/expression/path-ast';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject, jsonEquals, member } from '#engine/json-values';
import type { Meter } from '#engine/jsonata/meter';

/** What a look at a value costs, in units of work; one of a recursive descent, one of a filter and one for an object of several names more. Measured with hostile paths (`npm run fuzz:jsonata -- --hostile`). */
export const lookCost = 1;
const descentCost = 6;
const filterCost = 3;
/** Of each name of several, for finding it and for the member of the object that is made. */
const pickCost = 4;

/**
 * Walks a path's steps from a value. `undefined` where a definite path ends early; a list as soon as the path is indefinite. Throws `BoundReached`: fuel where it looks at too
 * many values, size where it finds too many, depth where it descends too deep.
 */
export const walk = (
  start: Json | undefined,
  segments: readonly Segment[],
  path: { readonly definite: boolean },
  root: Json,
  meter: Meter,
): Json | undefined => follow(start, segments, path, { root, meter });

/** `walk` for a path that is definite: it looks at no more than it has steps. */
export const walkDown = (start: Json | undefined, segments: readonly Segment[]): Json | undefined => {
  let value = start;
  for (const segment of segments) {
    if (segment.step === 'member') value = isObject(value) ? member(value, segment.names[0] as string) : undefined;
    else if (segment.step === 'index') value = isArray(value) ? at(value, segment.indices[0] as number) : undefined;
    else if (segment.step === 'pick') value = isObject(value) ? pick(value, segment.names) : undefined;
    if (value === undefined) return undefined;
  }
  return value;
};

/** What a path is walked in. */
interface Walking {
  readonly root: Json;
  readonly meter: Meter;
}

const follow = (
  start: Json | undefined,
  segments: readonly Segment[],
  path: { readonly definite: boolean },
  walking: Walking,
): Json | undefined => {
  if (path.definite) {
    for (const segment of segments)
      walking.meter.burn(segment.step === 'pick' ? pickCost * (1 + segment.names.length) : lookCost);
    return walkDown(start, segments);
  }
  let nodes: Json[] = start === undefined ? [] : [start];
  for (const segment of segments) {
    const found: Json[] = [];
    for (const node of nodes) {
      select(node, segment, walking, found);
      if (found.length > walking.meter.bounds.size) walking.meter.tooLarge(`a list of ${found.length} values`);
    }
    nodes = found;
  }
  return nodes;
};

const at = (array: readonly Json[], index: number): Json | undefined => array[index < 0 ? array.length + index : index];

const select = (node: Json, segment: Segment, walking: Walking, found: Json[]): void => {
  const { meter } = walking;
  switch (segment.step) {
    case 'member':
      meter.burn(lookCost * segment.names.length);
      if (isObject(node)) for (const name of segment.names) push(found, member(node, name));
      return;
    case 'pick':
      meter.burn(pickCost * (1 + segment.names.length));
      if (isObject(node)) found.push(pick(node, segment.names));
      return;
    case 'index':
      meter.burn(lookCost * segment.indices.length);
      if (isArray(node)) for (const index of segment.indices) push(found, at(node, index));
      return;
    case 'slice':
      if (isArray(node)) {
        const end = Math.min(bound(segment.to ?? node.length, node.length), node.length);
        for (let i = bound(segment.from ?? 0, node.length); i < end; i += segment.by) {
          meter.burn(lookCost);
          push(found, node[i]);
        }
      }
      return;
    case 'wildcard':
      for (const child of children(node)) {
        meter.burn(lookCost);
        found.push(child);
      }
      return;
    case 'filter':
      for (const child of isArray(node) ? node : [node]) {
        meter.burn(filterCost);
        if (passesFilter(segment.filter, child, walking)) found.push(child);
      }
      return;
    case 'descend':
      descend(node, segment.into, walking, found);
  }
};

/** `..`: a step from the value and from all below it. An explicit stack, with the level of each: a value may be nested deeper than the call stack allows. */
const descend = (node: Json, into: Segment, walking: Walking, found: Json[]): void => {
  const { meter } = walking;
  const open: Json[] = [node];
  const levels: number[] = [0];
  while (open.length > 0) {
    meter.burn(descentCost);
    const next = open.pop() as Json;
    const level = (levels.pop() as number) + 1;
    if (isEntered(next, into, meter)) select(next, into, walking, found);
    const below = children(next);
    if (below.length > 0 && level > meter.bounds.depth) meter.tooDeep();
    for (let i = below.length - 1; i >= 0; i--) {
      open.push(below[i] as Json);
      levels.push(level);
    }
  }
};

/** An object of those of the names that an object has. */
const pick = (node: JsonObject, names: readonly string[]): Json =>
  Object.fromEntries(names.filter((name) => Object.hasOwn(node, name)).map((name) => [name, node[name] as Json]));

/** Whether a recursive descent takes its step at a value: a filter tests each object once, several names are picked where all of them are. */
const isEntered = (node: Json, into: Segment, meter: Meter): boolean => {
  if (into.step === 'filter') return isObject(node);
  if (into.step !== 'pick') return true;
  return (
    isObject(node) &&
    into.names.every((name) => {
      meter.burn(lookCost);
      return Object.hasOwn(node, name);
    })
  );
};

const bound = (index: number, length: number): number => Math.max(0, index < 0 ? length + index : index);

const children = (node: Json): readonly Json[] => (isArray(node) ? node : isObject(node) ? Object.values(node) : []);

const push = (found: Json[], value: Json | undefined): void => {
  if (value !== undefined) found.push(value);
};

/** True where `item` meets the condition of a filter step. A comparison with something that is not there is false. */
const passesFilter = (filter: Filter, item: Json, walking: Walking): boolean => {
  walking.meter.burn(lookCost);
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
      return compare(filter.operator, left, right, walking.meter);
    }
  }
};

const operand = (side: Operand, item: Json, walking: Walking): Json | undefined => {
  if ('value' in side) return side.value;
  const found = follow(side.path.base === 'item' ? item : walking.root, side.path.segments, side.path, walking);
  return !side.path.definite && isArray(found) && found.length === 0 ? undefined : found;
};

/** Takes the fuel for a comparison of two values, without what is inside them. Throws `BoundReached`. */
const lookAtPair =
  (meter: Meter) =>
  (a: Json, b: Json, level: number): void => {
    meter.burn(lookCost);
    if (level > meter.bounds.depth) meter.tooDeep();
    if (typeof a === 'string' && typeof b === 'string' && a.length === b.length) meter.text(a.length);
    else if (isObject(a) && isObject(b)) meter.burn(2 * Object.keys(a).length);
  };

const compare = (operator: Comparison, left: Json, right: Json, meter: Meter): boolean => {
  const equals = (a: Json, b: Json) => jsonEquals(a, b, lookAtPair(meter));
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
        meter.text(Math.min(left.length, right.length));
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
