/**
 * Paths: steps one after another, each applied to every item of what the step before gave. Where steps bind variables (`@$v`, `#$i`) or look at
 * what they came from (`%`), tuples of a value and its variables take the place of values.
 */

import { raise } from '#engine/jsonata/error';
import type { CompileNode } from '#engine/jsonata/nodes/compilers';
import { compileFilter } from '#engine/jsonata/nodes/filter';
import { compileGroup } from '#engine/jsonata/nodes/group';
import type { Node, NodeOf, SortTerm, Stage } from '#engine/jsonata/syntax/ast';
import { mergeSort } from '#engine/jsonata/values/merge-sort';
import {
  asList,
  type Code,
  Constructed,
  Frame,
  isList,
  isRecord,
  type Machine,
  own,
  Sequence,
  sequenceOf,
  type Tuple,
  TupleStream,
  type Value,
} from '#engine/jsonata/values/value';

/** One step: from all values to all values; an array constructor that is filtered may come to nothing. */
type Step = (input: readonly Value[], frame: Frame, machine: Machine) => readonly Value[] | undefined;

/** One step of a path that carries variables. */
type TupleStep = (input: readonly Tuple[], frame: Frame, machine: Machine) => readonly Tuple[];

/** Compiles a path. */
export const compilePath = (node: NodeOf<'path'>, level: number, compile: CompileNode): Code => {
  const { group, keepSingletonArray } = node;
  const values = compileSteps(node, level, compile);
  const gather = group === undefined ? undefined : compileGroup(group, level, compile);
  return (input, frame, machine) => {
    let result = values(input, frame, machine);
    if (result instanceof TupleStream && node.tuple !== true && gather === undefined) result = valuesOf(result);
    if (keepSingletonArray === true) {
      if (result instanceof Constructed) result = sequenceOf(result);
      if (result instanceof Sequence) result.keep = true;
    }
    return gather === undefined ? result : gather(result, frame, machine);
  };
};

const valuesOf = (stream: TupleStream): Sequence => {
  const values = new Sequence();
  for (const { value } of stream.tuples) values.push(value);
  return values;
};

const compileSteps = (node: NodeOf<'path'>, level: number, compile: CompileNode): Code => {
  const { steps } = node;
  const from = steps.findIndex((step) => step.tuple === true);
  const plainEnd = from < 0 ? steps.length : from;
  const plain = steps.slice(0, plainEnd).map((step, i) => compileStep(step, i, i === steps.length - 1, level, compile));
  const tupled = steps.slice(plainEnd).map((step) => compileTupleStep(step, level, compile));
  const absolute = steps[0]?.type === 'variable';
  const walk: Code = (input, frame, machine) => {
    let values: readonly Value[] | undefined = isList(input) && !absolute ? input : sequenceOf(input);
    for (const step of plain) {
      values = step(values, frame, machine);
      if (values === undefined || values.length === 0) break;
    }
    if (tupled.length === 0) return values;
    let tuples: readonly Tuple[] = Array.from(values ?? [], (value) => ({ value, vars: noVars }));
    for (const step of tupled) tuples = step(tuples, frame, machine);
    const stream = new TupleStream();
    stream.tuples = tuples as Tuple[];
    return stream;
  };
  const names = plainNames(absolute ? steps.slice(1) : steps);
  if (names === undefined) return walk;
  const [first] = steps;
  if (!absolute || first === undefined) return quick((input) => input, names, walk);
  return isBare(first) ? quick(compile(first, level + 1), names, walk) : walk;
};

const noVars: ReadonlyMap<string, Value> = new Map();

/** A step that does nothing but give its value. */
const isBare = ({ stages, predicate, tuple, group, keepArray }: Node): boolean =>
  !stages && !predicate && !tuple && !group && !keepArray;

/** The names of steps that are names alone; undefined where one of them does anything else. */
const plainNames = (steps: readonly Node[]): readonly string[] | undefined => {
  const names: string[] = [];
  for (const step of steps) {
    if (step.type !== 'name' || !isBare(step)) return undefined;
    names.push(step.value);
  }
  return names;
};

/** Walks down objects without making a sequence at each step; anything else is left to the whole walk. */
const quick =
  (start: Code, names: readonly string[], walk: Code): Code =>
  (input, frame, machine) => {
    let value = start(input, frame, machine);
    machine.meter.burn(names.length >> 2);
    for (let i = 0; i < names.length; i++) {
      if (!isRecord(value)) return isList(value) ? walk(input, frame, machine) : undefined;
      value = own(value, names[i] as string);
    }
    return value instanceof Sequence ? walk(input, frame, machine) : value;
  };

const compileStep = (step: Node, at: number, last: boolean, level: number, compile: CompileNode): Step => {
  if (step.type === 'sort') return compileSort(step, level, compile);
  const code = compile(step, level + 1);
  // An array at the beginning is made once, whatever the context.
  if (at === 0 && step.consarray === true)
    return (input, frame, machine) => {
      const made = code(input, frame, machine);
      return made === undefined ? undefined : asList(made);
    };
  const filters = compileFilters(step.stages, level, compile);
  return (input, frame, machine) => {
    const results: Value[] = [];
    machine.meter.burn(input.length + (input.length >> 2));
    for (const item of input) {
      let result = code(item, frame, machine);
      for (const filter of filters) result = filter(result, frame, machine);
      if (result !== undefined) results.push(result);
    }
    const only = results[0];
    if (last && results.length === 1 && isList(only) && !(only instanceof Sequence)) return only;
    return flat(results, machine);
  };
};

const compileFilters = (stages: readonly Stage[] | undefined, level: number, compile: CompileNode): readonly Code[] =>
  (stages ?? []).flatMap((stage) => (stage.type === 'filter' ? [compileFilter(stage.expr, level, compile)] : []));

const flat = (results: readonly Value[], machine: Machine): Sequence => {
  const sequence = new Sequence();
  for (const result of results) {
    if (!isList(result) || result instanceof Constructed) sequence.push(result);
    else for (const item of result) sequence.push(item);
  }
  machine.meter.items(sequence.length);
  return sequence;
};

const compileSort = (step: NodeOf<'sort'>, level: number, compile: CompileNode): Step => {
  const after = compileOrder(step.terms, step.position, level, compile);
  const filters = compileFilters(step.stages, level, compile);
  return (input, frame, machine) => {
    let sorted: Value = mergeSort(
      input,
      (a, b) => after({ value: a, vars: noVars }, { value: b, vars: noVars }, frame, machine),
      machine.meter,
    );
    for (const filter of filters) sorted = filter(sorted, frame, machine);
    return asList(sorted);
  };
};

/** Whether one tuple belongs behind another. What has no value of a term comes last. */
const compileOrder = (
  terms: readonly SortTerm[],
  position: number | undefined,
  level: number,
  compile: CompileNode,
): ((a: Tuple, b: Tuple, frame: Frame, machine: Machine) => boolean) => {
  const codes = terms.map(({ descending, expression }) => ({ descending, code: compile(expression, level + 1) }));
  return (a, b, frame, machine) => {
    for (const { descending, code } of codes) {
      machine.meter.burn(orderCost);
      const left = code(a.value, scopeOf(a, frame), machine);
      const right = code(b.value, scopeOf(b, frame), machine);
      if (left === undefined || right === undefined) {
        if (left === right) continue;
        return left === undefined;
      }
      const order = compare(left, right, position);
      if (order !== 0) return descending ? order < 0 : order > 0;
    }
    return false;
  };
};

/** Of two items compared by one term. */
const orderCost = 6;

const compare = (left: Value, right: Value, position: number | undefined): number => {
  const ordered = (value: Value): value is string | number => typeof value === 'string' || typeof value === 'number';
  if (!ordered(left) || !ordered(right))
    return raise(
      'T2008',
      'The expressions within an order-by clause must evaluate to numeric or string values',
      '^',
      position,
    );
  if (typeof left !== typeof right)
    raise(
      'T2007',
      `Type mismatch when comparing values ${JSON.stringify(left)} and ${JSON.stringify(right)} in order-by clause`,
      '^',
      position,
    );
  return left === right ? 0 : left < right ? -1 : 1;
};

const scopeOf = ({ vars }: Tuple, frame: Frame): Frame => (vars.size === 0 ? frame : new Frame(frame, new Map(vars)));

const compileTupleStep = (step: Node, level: number, compile: CompileNode): TupleStep => {
  const stages = compileTupleStages(step.stages, level, compile);
  if (step.type === 'sort') {
    const after = compileOrder(step.terms, step.position, level, compile);
    const { index } = step;
    return (input, frame, machine) => {
      let tuples = mergeSort(input, (a, b) => after(a, b, frame, machine), machine.meter);
      if (index !== undefined) tuples = tuples.map((tuple, i) => bound(tuple, tuple.value, [[index, i]], machine));
      return stages(tuples, frame, machine);
    };
  }
  const code = compile(step, level + 1);
  const { focus, index, ancestor } = step;
  return (input, frame, machine) => {
    const tuples: Tuple[] = [];
    for (const tuple of input) {
      const result = code(tuple.value, scopeOf(tuple, frame), machine);
      if (result === undefined) continue;
      if (result instanceof TupleStream) {
        for (const inner of result.tuples) tuples.push(bound(tuple, inner.value, inner.vars, machine));
        continue;
      }
      const values = asList(result);
      for (let i = 0; i < values.length; i++) {
        const vars: [string, Value][] = [];
        if (focus !== undefined) vars.push([focus, values[i]]);
        if (index !== undefined) vars.push([index, i]);
        if (ancestor !== undefined) vars.push([ancestor.label, tuple.value]);
        tuples.push(bound(tuple, focus === undefined ? values[i] : tuple.value, vars, machine));
      }
    }
    return stages(tuples, frame, machine);
  };
};

/** A tuple with another value and some more variables. */
const bound = (tuple: Tuple, value: Value, more: Iterable<readonly [string, Value]>, { meter }: Machine): Tuple => {
  const vars = new Map(tuple.vars);
  for (const [name, each] of more) vars.set(name, each);
  meter.burn(tupleCost + 6 * vars.size);
  return { value, vars };
};

const tupleCost = 24;

const compileTupleStages = (stages: readonly Stage[] | undefined, level: number, compile: CompileNode): TupleStep => {
  const steps = (stages ?? []).map((stage): TupleStep => {
    if (stage.type === 'index')
      return (tuples, _frame, machine) =>
        tuples.map((tuple, i) => bound(tuple, tuple.value, [[stage.value, i]], machine));
    const filter = compileFilter(stage.expr, level, compile);
    return (tuples, frame, machine) => {
      const stream = new TupleStream();
      stream.tuples = tuples as Tuple[];
      return (filter(stream, frame, machine) as TupleStream).tuples;
    };
  });
  return (input, frame, machine) => steps.reduce((tuples, step) => step(tuples, frame, machine), input);
};
