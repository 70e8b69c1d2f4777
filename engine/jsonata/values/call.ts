/** Calls of functions, the expression's own and the built-in ones. */
import { JsonataError, raise } from '#engine/jsonata/error';
import { type Callable, Frame, Lambda, type Machine, Native, TailCall, type Value } from '#engine/jsonata/values/value';

/**
 * Calls a function. `input` is the context of the call: it stands in for an argument that a signature lets be missing. Tail calls are made here, one
 * after another. Throws `JsonataError` T1006 where `callee` is no function.
 */
export const apply = (callee: Value, args: readonly Value[], input: Value, frame: Frame, machine: Machine): Value => {
  let result = applyOnce(callee, args, input, frame, machine);
  while (result instanceof TailCall) {
    const { callee: next, args: nextArgs, token, position } = result;
    try {
      result = applyOnce(next, nextArgs, input, frame, machine);
    } catch (error) {
      throw located(error, token, position);
    }
  }
  return result;
};

const applyOnce = (callee: Value, args: readonly Value[], input: Value, frame: Frame, machine: Machine): Value => {
  if (callee instanceof Lambda) {
    machine.meter.steps(lambdaCost + paramCost * callee.params.length);
    const valid = callee.signature === undefined ? args : callee.signature.validate(args, input, machine.meter);
    const inner = new Frame(callee.frame);
    for (let i = 0; i < callee.params.length; i++) inner.bind(callee.params[i] as string, valid[i]);
    return callee.body(callee.input, inner, machine);
  }
  if (callee instanceof Native) {
    machine.meter.burn(nativeCost);
    return callee.run(
      callee.signature === undefined ? args : callee.signature.validate(args, input, machine.meter),
      machine,
      input,
      frame,
    );
  }
  return raise('T1006', 'Attempted to invoke a non-function');
};

/** What a call of the expression's own function costs: its variables have to be kept. */
const lambdaCost = 4;
const paramCost = 3;
/** What a call of a built-in costs beside what it does. */
const nativeCost = 15;

/** An error with the place it comes from, where it has none yet. */
export const located = (error: unknown, token: string | undefined, position: number | undefined): unknown => {
  if (error instanceof JsonataError) error.locate(token, position);
  return error;
};

/** What it costs to gather the arguments of such a call. */
const callBackCost = 2;

/** Calls a function that was handed to a built-in, with as many of the arguments as it takes: the first one always. */
export const callBack = (callee: Value, args: readonly Value[], frame: Frame, machine: Machine): Value => {
  machine.meter.steps(callBackCost);
  const wanted = Math.max(1, (callee as Callable).arity);
  return apply(callee, wanted < args.length ? args.slice(0, wanted) : args, null, frame, machine);
};
