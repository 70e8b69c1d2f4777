/**
 * Values of an evaluation: JSON, nothing (`undefined`), functions, and the arrays that the language treats apart. A sequence is what a path or a
 * built-in gives: one of no items is nothing, one of one item is that item.
 */
import type { Meter } from '#engine/jsonata/meter';

/** Anything an expression may come to. */
export type Value =
  | undefined
  | null
  | boolean
  | number
  | string
  | readonly Value[]
  | { readonly [key: string]: Value }
  | Callable;

/** An object of an evaluation. */
export type ValueObject = { readonly [key: string]: Value };

/** What an expression may ask of its surroundings. */
export interface Host {
  /** The time of the evaluation, the same however often it is asked for, in milliseconds since the epoch. */
  readonly now: () => number;
  /** A number of [0, 1). */
  readonly random: () => number;
}

/** One evaluation. */
export interface Machine {
  readonly meter: Meter;
  readonly host: Host;
}

/** A compiled node. */
export type Code = (input: Value, frame: Frame, machine: Machine) => Value;

/** A sequence: see above. */
export class Sequence extends Array<Value> {
  /** `[]` was written: one item stays an array. */
  keep = false;
  /** It only holds the input, an array, so that a path does not look into it. */
  outer = false;
}

/** An array that an array constructor made at the end of a path: it is not flattened into the path's result. */
export class Constructed extends Array<Value> {}

/** A value on its way through a path whose steps bind variables, and the bindings. */
export interface Tuple {
  readonly value: Value;
  readonly vars: ReadonlyMap<string, Value>;
}

/** The result of a path whose bindings are still needed outside. It is an array only for those who ask whether it is one. */
export class TupleStream extends Array<Value> {
  tuples: Tuple[] = [];
}

/** A sequence of some values. */
export const sequenceOf = (...values: readonly Value[]): Sequence => {
  const sequence = new Sequence();
  for (const value of values) sequence.push(value);
  return sequence;
};

/** Checks the arguments of a function, and fills in what is missing. `signature.ts` makes it. */
export interface ArgumentCheck {
  validate(args: readonly Value[], context: Value, meter: Meter): readonly Value[];
}

/** A function. */
export abstract class Callable {
  /** How many arguments it takes: those who call a function pass no more. */
  abstract readonly arity: number;
}

/** A function of the expression, with the variables around it. */
export class Lambda extends Callable {
  readonly arity: number;
  readonly params: readonly string[];
  readonly signature: ArgumentCheck | undefined;
  readonly body: Code;
  readonly frame: Frame;
  readonly input: Value;

  constructor(params: readonly string[], signature: ArgumentCheck | undefined, body: Code, frame: Frame, input: Value) {
    super();
    this.arity = params.length;
    this.params = params;
    this.signature = signature;
    this.body = body;
    this.frame = frame;
    this.input = input;
  }
}

/** The input as an expression sees it: an array is one input, not many. */
export const wrapInput = (input: Value): Value => {
  if (!isList(input) || input instanceof Sequence) return input;
  const whole = sequenceOf(input);
  whole.outer = true;
  return whole;
};

/** What a built-in does. `input` is the context where it was called. */
export type Run = (args: readonly Value[], machine: Machine, input: Value, frame: Frame) => Value;

/** A built-in function. */
export class Native extends Callable {
  readonly arity: number;
  readonly signature: ArgumentCheck | undefined;
  readonly run: Run;

  constructor(arity: number, signature: ArgumentCheck | undefined, run: Run) {
    super();
    this.arity = arity;
    this.signature = signature;
    this.run = run;
  }
}

/** A call in the last place of a function: made by whoever called that function, so that recursion there needs no stack. */
export class TailCall extends Callable {
  readonly arity = 0;
  readonly callee: Value;
  readonly args: readonly Value[];
  readonly token: string | undefined;
  readonly position: number | undefined;

  constructor(callee: Value, args: readonly Value[], token: string | undefined, position: number | undefined) {
    super();
    this.callee = callee;
    this.args = args;
    this.token = token;
    this.position = position;
  }
}

/** Variables in a scope, and the scope around it. */
export class Frame {
  private readonly outer: Frame | undefined;
  private vars: Map<string, Value> | undefined;
  private readonly given: ((name: string) => Value) | undefined;

  /** `given`: variables that come from outside, asked for by name; undefined where there is none. */
  constructor(outer: Frame | undefined, vars?: Map<string, Value>, given?: (name: string) => Value) {
    this.outer = outer;
    this.vars = vars;
    this.given = given;
  }

  bind(name: string, value: Value): void {
    this.vars ??= new Map();
    this.vars.set(name, value);
  }

  lookup(name: string): Value {
    for (let frame: Frame | undefined = this; frame !== undefined; frame = frame.outer) {
      const { vars } = frame;
      const value = vars?.get(name);
      if (value !== undefined || vars?.has(name) === true) return value;
      const outside = frame.given?.(name);
      if (outside !== undefined) return outside;
    }
    return undefined;
  }
}

/** True for an array. `Array.isArray` alone does not narrow a readonly array. */
export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

/** True for an object: neither array, null nor function. */
export const isRecord = (value: Value): value is ValueObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Callable);

/** The value as a list: itself where it is one. */
export const asList = (value: Value): readonly Value[] => (isList(value) ? value : sequenceOf(value));

/** Sets a member; also right for the name `__proto__`. */
export const put = (object: { [key: string]: Value }, key: string, value: Value): void => {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  else object[key] = value;
};

/** An own member of an object; never what its prototype has. */
export const own = (object: ValueObject, key: string): Value => (Object.hasOwn(object, key) ? object[key] : undefined);
