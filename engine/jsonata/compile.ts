/**
 * From the syntax tree to closures: each node is compiled once and then evaluated without looking at the tree again. Rules of the language
 * that several nodes share are here: filters, groups, what becomes of a sequence.
 */
import type { Group, Node, NodeOf, Stage } from '#engine/jsonata/ast';
import { apply, located } from '#engine/jsonata/call';
import { append, toBoolean } from '#engine/jsonata/convert';
import { JsonataError, raise } from '#engine/jsonata/error';
import { lookup } from '#engine/jsonata/library/collections';
import { Pattern } from '#engine/jsonata/library/matches';
import type { Meter } from '#engine/jsonata/meter';
import { isNumeric, operators, truth } from '#engine/jsonata/operators';
import { compilePathNode } from '#engine/jsonata/path';
import { compileRegex, RegexSyntaxError } from '#engine/jsonata/regex';
import { Signature } from '#engine/jsonata/signature';
import {
  asList,
  Callable,
  type Code,
  Constructed,
  Frame,
  isList,
  isRecord,
  Lambda,
  type Machine,
  Native,
  own,
  put,
  Sequence,
  sequenceOf,
  TailCall,
  TupleStream,
  type Value,
} from '#engine/jsonata/value';

/** Compiles a node. `level`: how many nodes are above it in its function, or in the expression. Throws `JsonataError`. */
export const compileNode = (node: Node, level: number): Code => {
  let code = compileBare(node, level);
  for (const stage of node.predicate ?? []) if (stage.type === 'filter') code = filtered(code, stage, level);
  if (node.group !== undefined && node.type !== 'path') code = grouped(code, node.group, level);
  return isPlain(node) ? code : stepped(code, node.keepArray === true);
};

/** A node that gives no sequence and is not worth a step. */
const isPlain = ({ type, predicate, group }: Node): boolean =>
  predicate === undefined &&
  group === undefined &&
  (type === 'string' || type === 'number' || type === 'value' || type === 'lambda' || type === 'regex');

/** Takes a step's fuel; a sequence of none becomes nothing, one of one its item. */
const stepped =
  (code: Code, keepArray: boolean): Code =>
  (input, frame, machine) => {
    if (--machine.meter.fuel < 0) machine.meter.outOfFuel();
    const value = code(input, frame, machine);
    if (!(value instanceof Sequence)) return value;
    if (keepArray) value.keep = true;
    if (value.length > 1) return value;
    return value.length === 0 ? undefined : value.keep ? value : value[0];
  };

const compileBare = (node: Node, level: number): Code => {
  const inner = (child: Node): Code => compileNode(child, level + 1);
  switch (node.type) {
    case 'path':
      return compilePathNode(node, level, tools);
    case 'binary':
      return compileBinary(node, inner);
    case 'unary':
      if (node.value === '-') return negate(inner(node.expression), node.position);
      if (node.value === '[') return compileArray(node, inner);
      return compileObject(node, inner);
    case 'name': {
      const { value } = node;
      return (input, _frame, machine) => lookup(input, value, machine.meter);
    }
    case 'string':
    case 'number':
    case 'value': {
      const { value } = node;
      return () => value;
    }
    case 'wildcard':
      return (input, _frame, machine) => members(input, machine.meter);
    case 'descendant':
      return (input, _frame, machine) => descendants(input, machine.meter);
    case 'parent': {
      const { label } = node.slot;
      return (_input, frame) => frame.lookup(label);
    }
    case 'condition':
      return compileCondition(node, inner);
    case 'block': {
      const parts = node.expressions.map(inner);
      return (input, frame, machine) => {
        const scope = new Frame(frame);
        let value: Value;
        for (const part of parts) value = part(input, scope, machine);
        return value;
      };
    }
    case 'bind': {
      const name = node.lhs.value;
      const value = inner(node.rhs);
      return (input, frame, machine) => {
        const bound = value(input, frame, machine);
        frame.bind(name, bound);
        return bound;
      };
    }
    case 'regex':
      return compilePattern(node);
    case 'function':
      return compileCall(node, level, undefined);
    case 'partial':
      return compilePartial(node, level);
    case 'variable':
      return compileVariable(node.value);
    case 'lambda':
      return compileLambda(node, level);
    case 'apply':
      return compileApply(node, level);
    case 'transform':
      return compileTransform(node, inner);
    default:
      throw new JsonataError('S0206', `Unknown expression type: ${node.type}`, undefined, node.position);
  }
};

const compileVariable = (name: string): Code =>
  name === ''
    ? (input) => (input instanceof Sequence && input.outer ? input[0] : input)
    : (_input, frame) => frame.lookup(name);

const compileBinary = (node: NodeOf<'binary'>, inner: (child: Node) => Code): Code => {
  const left = inner(node.lhs);
  const right = inner(node.rhs);
  const { value: token, position } = node;
  if (token === 'and') return (input, frame, machine) => both(left, right, input, frame, machine);
  if (token === 'or')
    return (input, frame, machine) =>
      truth(left(input, frame, machine), machine) || truth(right(input, frame, machine), machine);
  const operator = operators.get(token);
  if (operator === undefined) return raise('S0204', `Unknown operator: ${token}`, token, position);
  return (input, frame, machine) => {
    const a = left(input, frame, machine);
    const b = right(input, frame, machine);
    return operator(a, b, machine, position);
  };
};

const both = (left: Code, right: Code, input: Value, frame: Frame, machine: Machine): boolean =>
  truth(left(input, frame, machine), machine) && truth(right(input, frame, machine), machine);

const negate =
  (code: Code, position: number | undefined): Code =>
  (input, frame, machine) => {
    const value = code(input, frame, machine);
    if (value === undefined) return undefined;
    if (!isNumeric(value))
      return raise('D1002', `Cannot negate a non-numeric value: ${JSON.stringify(value)}`, '-', position);
    return -value;
  };

const compileCondition = (node: NodeOf<'condition'>, inner: (child: Node) => Code): Code => {
  const condition = inner(node.condition);
  const then = inner(node.then);
  const otherwise = node.else === undefined ? undefined : inner(node.else);
  return (input, frame, machine) => {
    if (truth(condition(input, frame, machine), machine)) return then(input, frame, machine);
    return otherwise?.(input, frame, machine);
  };
};

const compileArray = (
  node: NodeOf<'unary'> & { readonly value: '[' },
  inner: (child: Node) => Code,
): Code => {
  const items = node.expressions.map((item) => ({
    code: inner(item),
    whole: item.type === 'unary' && item.value === '[',
  }));
  const { consarray } = node;
  return (input, frame, machine) => {
    const array: Value[] = consarray === true ? new Constructed() : [];
    for (const { code, whole } of items) {
      const value = code(input, frame, machine);
      if (value === undefined) continue;
      if (whole || !isList(value)) array.push(value);
      else {
        machine.meter.items(value.length);
        for (const each of value) array.push(each);
      }
    }
    machine.meter.burn(arrayCost);
    return array;
  };
};

const arrayCost = 4;

/** `{key: value}` with the input as the only group, or a group for each key where the input is a list. */
const compileObject = (node: Group, inner: (child: Node) => Code): Code => {
  const group = compileGroup(node, inner);
  const keys = node.lhs.map(([key]) => (key.type === 'string' ? String(key.value) : undefined));
  if (keys.includes(undefined) || new Set(keys).size < keys.length || keys.some(isReserved)) return group;
  const values = node.lhs.map(([, value]) => inner(value));
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

const objectCost = 6;
const memberCost = 3;

/** Names that the reference implementation keeps for itself, and refuses as keys. */
const isReserved = (key: string | undefined): boolean => key === '_jsonata_lambda' || key === '_jsonata_function';

interface Gathered {
  data: Value;
  readonly items: Value[];
  readonly pair: number;
  readonly tuples: TupleStream | undefined;
}

/** Gathers the input's items by key, then works out each key's value from what was gathered. */
const compileGroup = ({ lhs, position }: Group, inner: (child: Node) => Code): Code => {
  const pairs = lhs.map(([key, value]) => [inner(key), inner(value)] as const);
  return (input, frame, machine) => {
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
        meter.burn(memberCost);
        const key = (pairs[pair] as (typeof pairs)[number])[0](context, scope, machine);
        if (key === undefined) continue;
        if (typeof key !== 'string')
          return raise('T1003', `Key in object structure must evaluate to a string; got: ${JSON.stringify(key)}`, undefined, position);
        if (isReserved(key)) raise('D1013', `Object property names starting with _jsonata_ are reserved: ${key}`, undefined, position);
        const before = groups.get(key);
        if (before === undefined) {
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

const grouped = (code: Code, group: Group, level: number): Code => {
  const gather = compileGroup(group, (child) => compileNode(child, level + 1));
  return (input, frame, machine) => gather(code(input, frame, machine), frame, machine);
};

const filtered = (code: Code, stage: Stage & { readonly type: 'filter' }, level: number): Code => {
  const filter = compileFilter(stage.expr, level);
  return (input, frame, machine) => filter(code(input, frame, machine), frame, machine);
};

/** A filter `[…]`: a number picks by position, anything else is a condition. Applied to what the input is. */
const compileFilter = (predicate: Node, level: number): Code => {
  if (predicate.type === 'number' && predicate.predicate === undefined) {
    const index = Math.floor(predicate.value as number);
    return (input) => itemAt(input, index);
  }
  const test = compileNode(predicate, level + 1);
  return (input, frame, machine) => {
    if (input instanceof TupleStream) {
      const kept = new TupleStream();
      kept.tuples = input.tuples.filter((tuple, at) =>
        passes(test(tuple.value, new Frame(frame, new Map(tuple.vars)), machine), at, input.tuples.length, machine),
      );
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
  if (!isList(input)) return index === 0 || index === -1 ? sequenceOf(...(input === undefined ? [] : [input])) : new Sequence();
  const item = input[index < 0 ? input.length + index : index];
  if (isList(item)) return item;
  return item === undefined ? new Sequence() : sequenceOf(item);
};

const passes = (result: Value, at: number, length: number, machine: Machine): boolean =>
  timesOf(result, at, length, machine) > 0;

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

/** `*`: the values of all members, lists flattened. */
const members = (input: Value, meter: Meter): Value => {
  const found = new Sequence();
  const object = input instanceof Sequence && input.outer && input.length > 0 ? input[0] : input;
  if (!isRecord(object) && !isList(object)) return found;
  let plain: Value[] = found;
  for (const value of isList(object) ? object : Object.values(object)) {
    meter.burn(1);
    if (isList(value)) {
      // A list was joined: the result is an array from here on.
      if (plain === found) plain = Array.from(found);
      flattenInto(plain, value, meter);
    } else plain.push(value);
  }
  return plain;
};

const flattenInto = (target: Value[], list: readonly Value[], meter: Meter): void => {
  meter.burn(list.length);
  for (const item of list) {
    if (isList(item)) flattenInto(target, item, meter);
    else target.push(item);
  }
};

/** `**`: the input and everything below it, lists apart. */
const descendants = (input: Value, meter: Meter): Value => {
  if (input === undefined) return undefined;
  const found = new Sequence();
  gather(input, found, meter);
  return found.length === 1 ? found[0] : found;
};

const gather = (value: Value, found: Sequence, meter: Meter): void => {
  meter.burn(1);
  if (isList(value)) for (const item of value) gather(item, found, meter);
  else {
    found.push(value);
    if (isRecord(value)) for (const item of Object.values(value)) gather(item, found, meter);
  }
};

const compilePattern = (node: NodeOf<'regex'>): Code => {
  try {
    const pattern = new Pattern(compileRegex(node.value.source ?? '', node.value.flags ?? ''));
    return () => pattern;
  } catch (error) {
    if (!(error instanceof RegexSyntaxError)) throw error;
    throw new JsonataError('S0303', `The regular expression cannot be used: ${error.message}`, node.value.source, node.position);
  }
};

/** The name by which a function is called, for errors. */
const nameOf = (procedure: Node): string | undefined => {
  const named = procedure.type === 'path' ? procedure.steps[0] : procedure;
  return named !== undefined && 'value' in named && typeof named.value === 'string' ? named.value : undefined;
};

/** What is called. A name without its `$` is told. */
const compileProcedure = (procedure: Node, level: number, code: 'T1005' | 'T1007', position: number | undefined): Code => {
  const evaluate = compileNode(procedure, level + 1);
  const name = nameOf(procedure);
  if (procedure.type !== 'path' || name === undefined) return evaluate;
  const what = code === 'T1005' ? 'invoke' : 'partially apply';
  return (input, frame, machine) => {
    const value = evaluate(input, frame, machine);
    if (value === undefined && frame.lookup(name) !== undefined)
      raise(code, `Attempted to ${what} a non-function. Did you mean $${name}?`, name, position);
    return value;
  };
};

const compileArguments = (node: NodeOf<'function'>, level: number): readonly Code[] =>
  node.arguments.map((argument) => compileNode(argument, level + 1));

/** A call; `first` is what `~>` hands over as the first argument. */
const compileCall = (node: NodeOf<'function'>, level: number, first: Code | undefined): Code => {
  const procedure = compileProcedure(node.procedure, level, 'T1005', node.position);
  const args = compileArguments(node, level);
  const { position } = node;
  const token = nameOf(node.procedure);
  return (input, frame, machine) => {
    const { meter } = machine;
    const values: Value[] = first === undefined ? [] : [first(input, frame, machine)];
    const callee = procedure(input, frame, machine);
    for (const code of args) values.push(code(input, frame, machine));
    const depth = meter.depth;
    meter.depth = depth + level + 1;
    if (meter.depth >= meter.bounds.depth) meter.tooDeep();
    try {
      const result = apply(callee, values, input, frame, machine);
      meter.depth = depth;
      return result;
    } catch (error) {
      throw located(error, token, position);
    }
  };
};

const compileLambda = (node: NodeOf<'lambda'>, level: number): Code => {
  if (node.thunk === true) return compileTailCall(node.body as NodeOf<'function'>, level);
  const params = node.arguments.map((param) => param.value);
  const signature = node.signature === undefined ? undefined : new Signature(node.signature.definition);
  const body = compileNode(node.body, 0);
  return (input, frame, machine) => {
    machine.meter.burn(closureCost);
    return new Lambda(params, signature, body, frame, input);
  };
};

const closureCost = 8;

const compileTailCall = (node: NodeOf<'function'>, level: number): Code => {
  const procedure = compileProcedure(node.procedure, level, 'T1005', node.position);
  const args = compileArguments(node, level);
  const { position } = node;
  const token = nameOf(node.procedure);
  return (input, frame, machine) => {
    machine.meter.burn(1);
    const callee = procedure(input, frame, machine);
    const values: Value[] = [];
    for (const code of args) values.push(code(input, frame, machine));
    return new TailCall(callee, values, token, position);
  };
};

const compilePartial = (node: NodeOf<'partial'>, level: number): Code => {
  const procedure = compileProcedure(node.procedure, level, 'T1007', node.position);
  const args = node.arguments.map((argument) =>
    argument.type === 'operator' ? undefined : compileNode(argument, level + 1),
  );
  const { position } = node;
  const token = nameOf(node.procedure);
  return (input, frame, machine) => {
    const values = args.map((code) => code?.(input, frame, machine));
    const callee = procedure(input, frame, machine);
    if (!(callee instanceof Callable)) return raise('T1008', 'Attempted to partially apply a non-function', token, position);
    const open = args.flatMap((code, i) => (code === undefined ? [i] : []));
    machine.meter.burn(closureCost);
    return new Native(open.length, undefined, (given, current) => {
      const all = [...values];
      for (const [n, place] of open.entries()) all[place] = given[n];
      return apply(callee, all, null, frame, current);
    });
  };
};

const compileApply = (node: NodeOf<'apply'>, level: number): Code => {
  const left = compileNode(node.lhs, level + 1);
  if (node.rhs.type === 'function' && node.rhs.predicate === undefined)
    return compileCall(node.rhs as NodeOf<'function'>, level, left);
  const right = compileNode(node.rhs, level + 1);
  const { position } = node;
  return (input, frame, machine) => {
    const value = left(input, frame, machine);
    const callee = right(input, frame, machine);
    if (!(callee instanceof Callable))
      return raise('T2006', 'The right side of the function application operator ~> must be a function', undefined, position);
    if (!(value instanceof Callable)) return apply(callee, [value], null, frame, machine);
    machine.meter.burn(closureCost);
    return new Native(1, undefined, ([argument], current) =>
      apply(callee, [apply(value, [argument], null, frame, current)], null, frame, current),
    );
  };
};

const transformSignature = new Signature('<(oa):o>');

/** `|pattern|update, delete|`: a function that gives a changed copy. */
const compileTransform = (node: NodeOf<'transform'>, inner: (child: Node) => Code): Code => {
  const pattern = inner(node.pattern);
  const update = inner(node.update);
  const removal = node.delete === undefined ? undefined : inner(node.delete);
  const { position } = node;
  const change = (target: Value, frame: Frame, machine: Machine): void => {
    const changes = update(target, frame, machine);
    if (changes !== undefined) {
      if (!isRecord(changes))
        return raise('T2011', `The insert/update clause of the transform expression must evaluate to an object: ${JSON.stringify(changes)}`, undefined, node.update.position);
      if (!isRecord(target)) return raise('T2011', 'The pattern of the transform expression must give objects', undefined, position);
      for (const key of Object.keys(changes)) {
        machine.meter.burn(memberCost);
        put(target as { [key: string]: Value }, key, own(changes, key));
      }
    }
    const names = removal?.(target, frame, machine);
    if (names === undefined) return;
    for (const name of asList(names)) {
      if (typeof name !== 'string')
        return raise('T2012', `The delete clause of the transform expression must evaluate to a string or array of strings: ${JSON.stringify(names)}`, undefined, node.delete?.position);
    }
    for (const name of asList(names)) if (isRecord(target)) delete (target as { [key: string]: Value })[name as string];
  };
  return (_input, frame, machine) => {
    machine.meter.burn(closureCost);
    return new Native(1, transformSignature, ([object], current) => {
      if (object === undefined) return undefined;
      const clone = frame.lookup('clone');
      if (!(clone instanceof Callable))
        return raise('T2013', 'The transform expression clones the input object using the $clone() function.  This has been overridden in the current scope by a non-function.', undefined, position);
      const copy = apply(clone, [object], null, frame, current);
      const found = pattern(copy, frame, current);
      if (found !== undefined) for (const target of asList(found)) change(target, frame, current);
      return copy;
    });
  };
};

/** What the compiler of paths needs of this one. */
const tools = {
  node: compileNode,
  filter: compileFilter,
  group: (group: Group, level: number): Code => compileGroup(group, (child) => compileNode(child, level + 1)),
};
