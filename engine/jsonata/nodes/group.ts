/** Objects that an expression makes: `{key: value}`, and the groups `path{key: value}`. */

import { raise } from '#engine/jsonata/error';
import type { Meter } from '#engine/jsonata/meter';
import type { CompileNode } from '#engine/jsonata/nodes/compilers';
import type { Group } from '#engine/jsonata/syntax/ast';
import { append } from '#engine/jsonata/values/convert';
import {
  asList,
  type Code,
  Frame,
  isList,
  type Machine,
  put,
  sequenceOf,
  TupleStream,
  type Value,
} from '#engine/jsonata/values/value';

/** `{key: value}` with the input as the only group, or a group for each key where the input is a list. */
export const compileObject = (node: Group, level: number, compile: CompileNode): Code => {
  const pairs = compilePairs(node, level, compile);
  const group = gather(pairs, node.position);
  const keys = node.lhs.map(([key]) => (key.type === 'string' ? String(key.value) : undefined));
  if (keys.includes(undefined) || new Set(keys).size < keys.length || keys.some(isReserved)) return group;
  const values = pairs.map(([, value]) => value);
  return (input, frame, machine) => {
    if (isList(input)) return group(input, frame, machine);
    machine.meter.burn(objectCost + memberCost * values.length);
    const object: { [key: string]: Value } = {};
    for (let i = 0; i < values.length; i++) {
      const value = (values[i] as Code)(input, frame, machine);
      if (value !== undefined) put(object, keys[i] as string, value);
    }
    return object;
  };
};

const objectCost = 8;
const memberCost = 3;
/** Of an item, for each key. */
const gatherCost = 6;
/** Of a key that is worked out: it is kept twice, and the object has a shape of its own. */
const groupCost = 96;

/** Names that the reference implementation keeps for itself, and refuses as keys. */
const isReserved = (key: string | undefined): boolean => key === '_jsonata_lambda' || key === '_jsonata_function';

interface Gathered {
  data: Value;
  readonly items: Value[];
  readonly pair: number;
  readonly tuples: TupleStream | undefined;
}

/** Gathers the input's items by key, then works out each key's value from what was gathered. */
export const compileGroup = (node: Group, level: number, compile: CompileNode): Code =>
  gather(compilePairs(node, level, compile), node.position);

type Pairs = readonly (readonly [key: Code, value: Code])[];

/** Each is compiled once: what is nested in it would be compiled twice as often at each level. */
const compilePairs = ({ lhs }: Group, level: number, compile: CompileNode): Pairs =>
  lhs.map(([key, value]) => [compile(key, level + 1), compile(value, level + 1)] as const);

const gather =
  (pairs: Pairs, position: number | undefined): Code =>
  (input, frame, machine) => {
    const { meter } = machine;
    const stream = input instanceof TupleStream ? input : undefined;
    const list = stream?.tuples ?? asList(input);
    const items = list.length === 0 && stream === undefined ? sequenceOf(undefined) : list;
    const groups = new Map<string, Gathered>();
    for (const item of items) {
      const tuple = stream === undefined ? undefined : (item as (typeof stream.tuples)[number]);
      const scope = tuple === undefined ? frame : new Frame(frame, new Map(tuple.vars));
      const context = tuple === undefined ? (item as Value) : tuple.value;
      for (let pair = 0; pair < pairs.length; pair++) {
        meter.burn(gatherCost);
        const key = (pairs[pair] as (typeof pairs)[number])[0](context, scope, machine);
        if (key === undefined) continue;
        if (typeof key !== 'string')
          return raise(
            'T1003',
            `Key in object structure must evaluate to a string; got: ${JSON.stringify(key)}`,
            undefined,
            position,
          );
        if (isReserved(key))
          raise('D1013', `Object property names starting with _jsonata_ are reserved: ${key}`, undefined, position);
        const before = groups.get(key);
        if (before === undefined) {
          meter.burn(groupCost + (key.length >> 3));
          const tuples = tuple === undefined ? undefined : new TupleStream();
          if (tuple !== undefined) tuples?.tuples.push(tuple);
          groups.set(key, { data: context, items: [context], pair, tuples });
          continue;
        }
        if (before.pair !== pair)
          raise('D1009', `Multiple key definitions evaluate to same key: ${JSON.stringify(key)}`, undefined, position);
        if (tuple !== undefined) before.tuples?.tuples.push(tuple);
        else before.items.push(context);
      }
    }
    const object: { [key: string]: Value } = {};
    meter.burn(objectCost);
    for (const [key, { data, items: gathered, pair, tuples }] of groups) {
      const code = (pairs[pair] as (typeof pairs)[number])[1];
      const value =
        tuples === undefined
          ? code(gathered.length === 1 ? data : joined(gathered, meter), frame, machine)
          : overTuples(tuples, code, frame, machine);
      if (value !== undefined) put(object, key, value);
    }
    return object;
  };

/** All items in one list; those that are lists are joined to it. Nothing is left out. */
const joined = (items: readonly Value[], meter: Meter): Value => {
  const present = items.filter((item) => item !== undefined);
  if (present.length <= 1) return present[0];
  const all: Value[] = [];
  for (const item of present) {
    if (isList(item)) for (const each of item) all.push(each);
    else all.push(item);
  }
  meter.items(all.length);
  return all;
};

/** The value for several tuples at once: context and variables are the lists of theirs. */
const overTuples = (stream: TupleStream, code: Code, frame: Frame, machine: Machine): Value => {
  const [first, ...others] = stream.tuples;
  if (first === undefined) return undefined;
  let context = first.value;
  const vars = new Map(first.vars);
  for (const tuple of others) {
    context = append(context, tuple.value, machine.meter);
    for (const [name, value] of tuple.vars) vars.set(name, append(vars.get(name), value, machine.meter));
  }
  return code(context, new Frame(frame, vars), machine);
};
