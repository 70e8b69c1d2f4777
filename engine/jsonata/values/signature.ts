/**
 * Signatures of functions, such as `<s-nn?:s>` (docs.jsonata.org, "Function signatures"): which arguments are taken, which may be missing, where the
 * context stands in for one. A list of arguments is matched against the parameters as a text against a pattern, without backtracking twice.
 */
import { JsonataError, raise } from '#engine/jsonata/error';
import type { Meter } from '#engine/jsonata/meter';
import { Callable, isList, type Value } from '#engine/jsonata/values/value';

interface Parameter {
  /** Symbols of the types it takes; `m` is a value that is missing. */
  readonly types: string;
  /** The symbol it was written with; `(…)` for a choice. */
  readonly type: string;
  /** What an array's items must be. */
  subtype: string | undefined;
  /** The context stands in where it is missing. */
  context: boolean;
  optional: boolean;
  repeated: boolean;
}

const plurals: { readonly [symbol: string]: string } = {
  a: 'arrays',
  b: 'booleans',
  f: 'functions',
  n: 'numbers',
  o: 'objects',
  s: 'strings',
};

const typesOf: { readonly [symbol: string]: string } = {
  s: 'sm',
  n: 'nm',
  b: 'bm',
  l: 'lm',
  o: 'om',
  a: 'asnblfom',
  f: 'f',
  j: 'asnblom',
  x: 'asnblfom',
};

/** The symbol of a value's type. */
const symbolOf = (value: Value): string => {
  switch (typeof value) {
    case 'string':
      return 's';
    case 'number':
      return 'n';
    case 'boolean':
      return 'b';
    case 'object':
      if (value === null) return 'l';
      if (isList(value)) return 'a';
      return value instanceof Callable ? 'f' : 'o';
    default:
      return 'm';
  }
};

/** Where the bracket that opens at `start` closes. */
const closing = (text: string, start: number, open: string, close: string): number => {
  let depth = 1;
  let at = start;
  while (++at < text.length && depth > 0) {
    if (text[at] === close) depth--;
    else if (text[at] === open) depth++;
  }
  return at - 1;
};

const parse = (definition: string): readonly Parameter[] => {
  const params: Parameter[] = [];
  for (let at = 1; at < definition.length; at++) {
    const symbol = definition[at] as string;
    if (symbol === ':') break;
    const last = params.at(-1);
    const types = typesOf[symbol];
    if (types !== undefined) params.push(parameter(symbol, types));
    else if (symbol === '(') {
      const end = closing(definition, at, '(', ')');
      const choice = definition.slice(at + 1, end);
      if (choice.includes('<'))
        raise('S0402', 'Choice groups containing parameterized types are not supported', choice, at);
      params.push(parameter(`(${choice})`, `${choice}m`));
      at = end;
    } else if (symbol === '<') {
      if (last?.type !== 'a' && last?.type !== 'f')
        return raise('S0401', 'Type parameters can only be applied to functions and arrays', last?.type, at);
      const end = closing(definition, at, '<', '>');
      last.subtype = definition.slice(at + 1, end);
      at = end;
    } else if (last !== undefined) {
      if (symbol === '-') last.context = last.optional = true;
      else if (symbol === '?') last.optional = true;
      else if (symbol === '+') last.repeated = true;
    }
  }
  return params;
};

const parameter = (type: string, types: string): Parameter => ({
  type,
  types,
  subtype: undefined,
  context: false,
  optional: false,
  repeated: false,
});

/** What it costs to try how many arguments one parameter takes. */
const matchCost = 4;

/** A signature, ready to check arguments. */
export class Signature {
  private readonly params: readonly Parameter[];

  /** Throws `JsonataError` S0401 or S0402. */
  constructor(definition: string) {
    this.params = parse(definition);
  }

  /** The arguments as the function takes them: the context filled in, single values made arrays. Throws `JsonataError` T0410 to T0412. */
  validate(args: readonly Value[], context: Value, meter: Meter): readonly Value[] {
    meter.burn(3 + args.length + 2 * this.params.length);
    let symbols = '';
    for (const arg of args) symbols += symbolOf(arg);
    const taken = this.matchAtOnce(symbols) ?? this.match(symbols, this.params.length, true, meter);
    if (taken === undefined) return this.mismatch(symbols, meter);
    const valid: Value[] = [];
    let at = 0;
    for (const [index, param] of this.params.entries()) {
      const count = taken[index] as number;
      if (count > 0)
        for (let i = 0; i < count; i++) valid.push(accept(param, args[at], symbols[at++] as string, at, meter));
      else if (param.context) valid.push(fromContext(param, context, at));
      else valid.push(args[at++]);
    }
    return valid;
  }

  /** As `match`, each parameter taking what it can; undefined where that does not end well, which says nothing. */
  private matchAtOnce(symbols: string): readonly number[] | undefined {
    const taken: number[] = [];
    let at = 0;
    for (const { types, optional, repeated } of this.params) {
      const from = at;
      while (at < symbols.length && (repeated || at === from) && types.includes(symbols[at] as string)) at++;
      if (at === from && !optional) return undefined;
      taken.push(at - from);
    }
    return at === symbols.length ? taken : undefined;
  }

  /**
   * How many arguments each of the first `count` parameters takes: as many as it can, fewer where the rest could not be matched otherwise. Undefined
   * where they cannot be matched; `whole`: all arguments must be taken.
   */
  private match(symbols: string, count: number, whole: boolean, meter: Meter): readonly number[] | undefined {
    const dead = new Set<number>();
    const taken: number[] = new Array<number>(count).fill(0);
    const from = (param: number, at: number): boolean => {
      if (param === count) return !whole || at === symbols.length;
      const key = param * (symbols.length + 1) + at;
      if (dead.has(key)) return false;
      const { types, optional, repeated } = this.params[param] as Parameter;
      let most = 0;
      while (at + most < symbols.length && (repeated || most < 1) && types.includes(symbols[at + most] as string))
        most++;
      meter.burn(matchCost + most);
      for (let n = most; n >= (optional ? 0 : 1); n--) {
        taken[param] = n;
        if (from(param + 1, at + n)) return true;
      }
      dead.add(key);
      return false;
    };
    return from(0, 0) ? taken : undefined;
  }

  private mismatch(symbols: string, meter: Meter): never {
    let good = 0;
    for (let count = 1; count <= this.params.length; count++) {
      const taken = this.match(symbols, count, false, meter);
      if (taken === undefined) break;
      good = taken.reduce((sum, n) => sum + n, 0);
    }
    throw new JsonataError('T0410', `Argument ${good + 1} of function does not match function signature`);
  }
}

const fromContext = (param: Parameter, context: Value, at: number): Value =>
  param.types.includes(symbolOf(context))
    ? context
    : raise('T0411', `Context value is not a compatible type with argument ${at + 1} of function`);

const accept = (param: Parameter, value: Value, symbol: string, number: number, meter: Meter): Value => {
  if (param.type !== 'a' || symbol === 'm') return value;
  const { subtype } = param;
  if (subtype !== undefined) {
    if (isList(value)) meter.burn(value.length >> 1);
    const fits = isList(value) ? ofOneType(value, subtype[0] as string) : symbol === subtype;
    if (!fits) raise('T0412', `Argument ${number} of function must be an array of "${plurals[subtype] ?? subtype}"`);
  }
  return isList(value) ? value : [value];
};

const ofOneType = (items: readonly Value[], type: string): boolean => items.every((item) => symbolOf(item) === type);
