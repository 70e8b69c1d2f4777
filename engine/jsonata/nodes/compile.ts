/**
 * From the syntax tree to closures: each node is compiled once and then evaluated without looking at the tree again. Nodes with rules of their own
 * have files of their own; here is which is which, and what becomes of a sequence.
 */

import { JsonataError, raise } from '#engine/jsonata/error';
import { lookup } from '#engine/jsonata/library/collections';
import { Pattern } from '#engine/jsonata/library/matches';
import { compileFilter } from '#engine/jsonata/nodes/filter';
import { compileApply, compileCall, compileLambda, compilePartial } from '#engine/jsonata/nodes/functions';
import { compileGroup, compileObject } from '#engine/jsonata/nodes/group';
import { isNumeric, operators, truth } from '#engine/jsonata/nodes/operators';
import { compilePath } from '#engine/jsonata/nodes/path';
import { descendants, members } from '#engine/jsonata/nodes/selectors';
import { compileTransform } from '#engine/jsonata/nodes/transform';
import { compileRegex, RegexSyntaxError } from '#engine/jsonata/regex/regex';
import type { Node, NodeOf } from '#engine/jsonata/syntax/ast';
import {
  type Code,
  Constructed,
  Frame,
  isList,
  type Machine,
  Sequence,
  type Value,
} from '#engine/jsonata/values/value';

/** Compiles a node. `level`: how many nodes are above it in its function, or in the expression. Throws `JsonataError`. */
export const compileNode = (node: Node, level: number): Code => {
  let code = compileBare(node, level);
  for (const stage of node.predicate ?? [])
    if (stage.type === 'filter') code = followed(code, compileFilter(stage.expr, level, compileNode));
  if (node.group !== undefined && node.type !== 'path')
    code = followed(code, compileGroup(node.group, level, compileNode));
  return isPlain(node) ? code : stepped(code, node.keepArray === true);
};

/** One after another: the second gets what the first gives. */
const followed =
  (first: Code, second: Code): Code =>
  (input, frame, machine) =>
    second(first(input, frame, machine), frame, machine);

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
      return compilePath(node, level, compileNode);
    case 'binary':
      return compileBinary(node, inner);
    case 'unary':
      if (node.value === '-') return negate(inner(node.expression), node.position);
      if (node.value === '[') return compileArray(node, inner);
      return compileObject(node, level, compileNode);
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
      return compileCall(node, level, compileNode);
    case 'partial':
      return compilePartial(node, level, compileNode);
    case 'variable':
      return compileVariable(node.value);
    case 'lambda':
      return compileLambda(node, level, compileNode);
    case 'apply':
      return compileApply(node, level, compileNode);
    case 'transform':
      return compileTransform(node, level, compileNode);
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

const compileArray = (node: NodeOf<'unary'> & { readonly value: '[' }, inner: (child: Node) => Code): Code => {
  const items = node.expressions.map((item) => ({
    code: inner(item),
    whole: item.type === 'unary' && item.value === '[',
    range: item.type === 'binary' && item.value === '..',
  }));
  const { consarray } = node;
  return (input, frame, machine) => {
    const array: Value[] = consarray === true ? new Constructed() : [];
    for (const { code, whole, range } of items) {
      const value = code(input, frame, machine);
      if (value === undefined) continue;
      if (whole || !isList(value)) array.push(value);
      else {
        // What a range made has just been paid for, and is not kept beside the array.
        if (range) machine.meter.burn(value.length);
        else machine.meter.items(value.length);
        for (const each of value) array.push(each);
      }
    }
    machine.meter.burn(arrayCost);
    return array;
  };
};

const arrayCost = 9;

const compilePattern = (node: NodeOf<'regex'>): Code => {
  try {
    const pattern = new Pattern(compileRegex(node.value.source ?? '', node.value.flags ?? ''));
    return () => pattern;
  } catch (error) {
    if (!(error instanceof RegexSyntaxError)) throw error;
    throw new JsonataError(
      'S0303',
      `The regular expression cannot be used: ${error.message}`,
      node.value.source,
      node.position,
    );
  }
};
