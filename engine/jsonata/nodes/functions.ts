/** Nodes that make functions, and those that call them. */

import { raise } from '#engine/jsonata/error';
import type { CompileNode } from '#engine/jsonata/nodes/compilers';
import type { Node, NodeOf } from '#engine/jsonata/syntax/ast';
import { apply, located } from '#engine/jsonata/values/call';
import { Signature } from '#engine/jsonata/values/signature';
import { Callable, type Code, Lambda, Native, TailCall, type Value } from '#engine/jsonata/values/value';

/** The name by which a function is called, for errors. */
const nameOf = (procedure: Node): string | undefined => {
  const named = procedure.type === 'path' ? procedure.steps[0] : procedure;
  return named !== undefined && 'value' in named && typeof named.value === 'string' ? named.value : undefined;
};

/** What is called. A name without its `$` is told. */
const compileProcedure = (node: NodeOf<'function' | 'partial'>, level: number, compile: CompileNode): Code => {
  const { procedure, position } = node;
  const evaluate = compile(procedure, level + 1);
  const name = nameOf(procedure);
  if (procedure.type !== 'path' || name === undefined) return evaluate;
  const [code, what] = node.type === 'function' ? ['T1005', 'invoke'] : ['T1007', 'partially apply'];
  return (input, frame, machine) => {
    const value = evaluate(input, frame, machine);
    if (value === undefined && frame.lookup(name) !== undefined)
      raise(code, `Attempted to ${what} a non-function. Did you mean $${name}?`, name, position);
    return value;
  };
};

const compileArguments = (node: NodeOf<'function'>, level: number, compile: CompileNode): readonly Code[] =>
  node.arguments.map((argument) => compile(argument, level + 1));

/** A call; `first` is what `~>` hands over as the first argument. */
export const compileCall = (node: NodeOf<'function'>, level: number, compile: CompileNode, first?: Code): Code => {
  const procedure = compileProcedure(node, level, compile);
  const args = compileArguments(node, level, compile);
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

/** A function of the expression. */
export const compileLambda = (node: NodeOf<'lambda'>, level: number, compile: CompileNode): Code => {
  if (node.thunk === true) return compileTailCall(node.body as NodeOf<'function'>, level, compile);
  const params = node.arguments.map((param) => param.value);
  const signature = node.signature === undefined ? undefined : new Signature(node.signature.definition);
  const body = compile(node.body, 0);
  return (input, frame, machine) => {
    machine.meter.burn(closureCost);
    return new Lambda(params, signature, body, frame, input);
  };
};

/** Of a closure with the frame that it keeps. */
const closureCost = 26;

const compileTailCall = (node: NodeOf<'function'>, level: number, compile: CompileNode): Code => {
  const procedure = compileProcedure(node, level, compile);
  const args = compileArguments(node, level, compile);
  const { position } = node;
  const token = nameOf(node.procedure);
  return (input, frame, machine) => {
    machine.meter.steps(1);
    const callee = procedure(input, frame, machine);
    const values: Value[] = [];
    for (const code of args) values.push(code(input, frame, machine));
    return new TailCall(callee, values, token, position);
  };
};

/** Of a function with some of its arguments given: it keeps them, the function and the frame. */
const partialCost = 60;

/** A function with some of its arguments given. */
export const compilePartial = (node: NodeOf<'partial'>, level: number, compile: CompileNode): Code => {
  const procedure = compileProcedure(node, level, compile);
  const args = node.arguments.map((argument) =>
    argument.type === 'operator' ? undefined : compile(argument, level + 1),
  );
  const { position } = node;
  const token = nameOf(node.procedure);
  return (input, frame, machine) => {
    const values = args.map((code) => code?.(input, frame, machine));
    const callee = procedure(input, frame, machine);
    if (!(callee instanceof Callable))
      return raise('T1008', 'Attempted to partially apply a non-function', token, position);
    const open = args.flatMap((code, i) => (code === undefined ? [i] : []));
    machine.meter.burn(partialCost);
    return new Native(open.length, undefined, (given, current) => {
      const all = [...values];
      for (const [n, place] of open.entries()) all[place] = given[n];
      return apply(callee, all, null, frame, current);
    });
  };
};

/** Of two functions made one: it keeps both, and the frame. */
const chainCost = 32;

/** `~>`: a value handed to a function, or two functions made one. */
export const compileApply = (node: NodeOf<'apply'>, level: number, compile: CompileNode): Code => {
  const left = compile(node.lhs, level + 1);
  if (node.rhs.type === 'function' && node.rhs.predicate === undefined)
    return compileCall(node.rhs, level, compile, left);
  const right = compile(node.rhs, level + 1);
  const { position } = node;
  return (input, frame, machine) => {
    const value = left(input, frame, machine);
    const callee = right(input, frame, machine);
    if (!(callee instanceof Callable))
      return raise(
        'T2006',
        'The right side of the function application operator ~> must be a function',
        undefined,
        position,
      );
    if (!(value instanceof Callable)) return apply(callee, [value], null, frame, machine);
    machine.meter.burn(chainCost);
    return new Native(
      1,
      undefined,
      ([argument], current) =>
        new TailCall(callee, [apply(value, [argument], null, frame, current)], undefined, position),
    );
  };
};
