/** Filters: `[…]` after a step or a value. */

import type { CompileNode } from '#engine/jsonata/nodes/compilers';
import { isNumeric } from '#engine/jsonata/nodes/operators';
import type { Node } from '#engine/jsonata/syntax/ast';
import { toBoolean } from '#engine/jsonata/values/convert';
import {
  asList,
  type Code,
  Frame,
  isList,
  type Machine,
  Sequence,
  sequenceOf,
  TupleStream,
  type Value,
} from '#engine/jsonata/values/value';

/** A filter `[…]`: a number picks by position, anything else is a condition. Applied to what the input is. */
export const compileFilter = (predicate: Node, level: number, compile: CompileNode): Code => {
  if (predicate.type === 'number' && predicate.predicate === undefined) {
    const index = Math.floor(predicate.value as number);
    return (input) => itemAt(input, index);
  }
  const test = compile(predicate, level + 1);
  return (input, frame, machine) => {
    if (input instanceof TupleStream) {
      const kept = new TupleStream();
      for (const [at, tuple] of input.tuples.entries()) {
        machine.meter.burn(1 + tuple.vars.size);
        const result = test(tuple.value, new Frame(frame, new Map(tuple.vars)), machine);
        const times = timesOf(result, at, input.tuples.length, machine);
        for (let n = 0; n < times; n++) kept.tuples.push(tuple);
      }
      return kept;
    }
    const kept = new Sequence();
    const items = asList(input);
    for (let at = 0; at < items.length; at++) {
      machine.meter.burn(1);
      const times = timesOf(test(items[at], frame, machine), at, items.length, machine);
      for (let n = 0; n < times; n++) kept.push(items[at]);
    }
    return kept;
  };
};

const itemAt = (input: Value, index: number): Value => {
  if (input instanceof TupleStream) {
    const kept = new TupleStream();
    const tuple = input.tuples.at(index);
    if (tuple !== undefined) kept.tuples.push(tuple);
    return kept;
  }
  if (!isList(input))
    return index === 0 || index === -1 ? sequenceOf(...(input === undefined ? [] : [input])) : new Sequence();
  const item = input[index < 0 ? input.length + index : index];
  if (isList(item)) return item;
  return item === undefined ? new Sequence() : sequenceOf(item);
};

/** How often an item is kept: by its position in a list of numbers, or once where the result counts as true. */
const timesOf = (result: Value, at: number, length: number, machine: Machine): number => {
  if (typeof result === 'number') return isNumeric(result) && positionOf(result, length) === at ? 1 : 0;
  if (isList(result) && result.every(isNumeric)) {
    machine.meter.burn(result.length);
    let times = 0;
    for (const number of result) if (positionOf(number as number, length) === at) times++;
    return times;
  }
  return toBoolean(result, machine.meter) === true ? 1 : 0;
};

const positionOf = (number: number, length: number): number => {
  const index = Math.floor(number);
  return index < 0 ? length + index : index;
};
