/**
 * The intrinsic functions of the Amazon States Language (states-language.net, "Appendix B"), with the details that AWS's recorded
 * answers show: decimals are rounded in `MathAdd` and cut elsewhere, empty pieces are dropped by `StringSplit`, `StringToJson('')` is null,
 * `ArrayContains` compares texts (tiny-asl-machine, the snapshots of its conformance cases).
 */
import { fromBase64, toBase64 } from '#engine/expression/base64';
import type { Scope } from '#engine/expression/expression';
import { digests, hashWork, randomWork } from '#engine/expression/hash';
import { lookCost } from '#engine/expression/path-walk';
import { weigh } from '#engine/expression/weigh';
import type { Json } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';
import type { Meter } from '#engine/jsonata/meter';
import { SeededRandom, unitInterval } from '#engine/random';

/** Arguments that a function does not take; its text is the reason. The caller makes the States error of it. */
export class IntrinsicProblem extends Error {
  /** AWS's sentence, where it is another one than that the arguments are invalid. */
  readonly sentence: string | undefined;

  constructor(reason: string, sentence?: string) {
    super(reason);
    this.sentence = sentence;
  }
}

/** A function: how many arguments it takes, and what it does. It takes the fuel for what it walks and makes from the meter, which throws `BoundReached`. */
export interface IntrinsicFunction {
  readonly least: number;
  readonly most: number;
  readonly call: (args: readonly Json[], meter: Meter, scope: Scope) => Json;
}

const maxArray = 1000;
const maxHashInput = 10_000;

const refuse = (reason: string, sentence?: string): never => {
  throw new IntrinsicProblem(reason, sentence);
};
const text = (value: Json | undefined): string => (typeof value === 'string' ? value : refuse('a string is expected'));
const array = (value: Json | undefined): readonly Json[] => (isArray(value) ? value : refuse('an array is expected'));
const number = (value: Json | undefined): number =>
  typeof value === 'number' ? value : refuse('a number is expected');
const integer = (value: Json | undefined): number => Math.trunc(number(value));

/** A number of 32 bits; `MathAdd` takes and gives no other. */
const int32 = (value: number): number =>
  value === (value | 0) ? value : refuse(`${value} is beyond -2147483648 to 2147483647`);

/** What a value takes that is printed, compared as text, or made JSON, in units of work. */
const printCost = 3;
const sameTextCost = 10;
const jsonCost = 2;
/** Of a part of an array, of a member that is copied. */
const partCost = 6;
const memberCost = 8;

/** A value as `States.Format` prints it: objects and arrays in the style that AWS prints them, `{Arg1=1, Arg2=[]}`. It was weighed before. */
const printed = (value: Json): string => {
  if (isArray(value)) return `[${value.map(printed).join(', ')}]`;
  if (isObject(value)) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${key}=${printed(item)}`)
      .join(', ')}}`;
  }
  return String(value);
};

/** Weighs a value of which a text is made. Throws `BoundReached`, as size where the text would be too long. */
const weighText = (value: Json, cost: number, meter: Meter): void => {
  const length = typeof value === 'string' ? value.length : weigh(value, cost, meter);
  meter.text(length);
};

const format = (args: readonly Json[], meter: Meter): Json => {
  const template = text(args[0]);
  meter.text(template.length);
  meter.burn(template.length);
  let out = '';
  let used = 1;
  for (let i = 0; i < template.length; i++) {
    const char = template[i] as string;
    const next = template[i + 1];
    if (char === '\\' && (next === '{' || next === '}' || next === '\\')) {
      out += next;
      i++;
    } else if (char === '{') {
      if (next !== '}') unmatched('}', '{');
      if (used >= args.length) refuse('more {} than arguments');
      const arg = args[used++] as Json;
      weighText(arg, printCost, meter);
      out += printed(arg);
      if (out.length > meter.bounds.size) meter.tooLarge(`a text of ${out.length} characters`);
      i++;
    } else if (char === '}') unmatched('{', '}');
    else out += char;
  }
  if (used < args.length) refuse('more arguments than {}');
  meter.text(out.length);
  return out;
};

const unmatched = (missing: string, brace: string): never =>
  refuse(
    `'${brace}' without '${missing}'`,
    `Invalid template in States.Format: matching '${missing}' not found for '${brace}'.`,
  );

const partition = (args: readonly Json[], meter: Meter): Json => {
  const items = array(args[0]);
  const size = integer(args[1]);
  if (size < 1) refuse('the size must be positive');
  meter.items(items.length);
  meter.burn(partCost * Math.ceil(items.length / size));
  const parts: Json[] = [];
  for (let i = 0; i < items.length; i += size) parts.push(items.slice(i, i + size));
  return parts;
};

const range = (args: readonly Json[], meter: Meter): Json => {
  const [first, last, step] = [integer(args[0]), integer(args[1]), integer(args[2])];
  if (step === 0) refuse('the step must not be 0');
  // Counted, not added up: beyond 2^53 a number and the next one may be the same.
  const count = Math.floor((last - first) / step) + 1;
  if (count > maxArray) refuse(`more than ${maxArray} items`);
  meter.items(Math.max(0, count));
  const items: Json[] = [];
  for (let i = 0; i < count; i++) items.push(first + i * step);
  return items;
};

const getItem = (args: readonly Json[]): Json => {
  const items = array(args[0]);
  const item = items[integer(args[1])];
  if (items.length === 0) return null;
  return item === undefined ? refuse('the index is out of bounds') : item;
};

/** JSON of a value. Throws `BoundReached`. */
const jsonOf = (value: Json, meter: Meter): string => {
  weighText(value, jsonCost, meter);
  return JSON.stringify(value);
};

/** Equal values have the same text here, whatever the order of their members. */
const sameText = (value: Json): string =>
  JSON.stringify(value, (_name, inner: Json) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );

const contains = (args: readonly Json[], meter: Meter): Json => {
  const textOf = (value: Json): string => {
    if (typeof value !== 'object' || value === null) meter.burn(lookCost);
    if (typeof value !== 'string') return isArray(value) || isObject(value) ? jsonOf(value, meter) : String(value);
    meter.text(value.length);
    return value;
  };
  const items = array(args[0]);
  const sought = textOf(args[1] as Json);
  return items.some((item) => textOf(item) === sought);
};

const unique = (args: readonly Json[], meter: Meter): Json => {
  const seen = new Set<string>();
  return array(args[0]).filter((item) => {
    weighText(item, sameTextCost, meter);
    const key = sameText(item);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
};

const encode = (args: readonly Json[], meter: Meter): Json => {
  const input = text(args[0]);
  if (input.length > maxHashInput) refuse(`more than ${maxHashInput} characters`);
  meter.burn(2 * input.length);
  return toBase64(new TextEncoder().encode(input));
};

const decode = (args: readonly Json[], meter: Meter): Json => {
  const input = text(args[0]);
  if (input.length > maxHashInput) refuse(`more than ${maxHashInput} characters`);
  meter.burn(2 * input.length);
  return new TextDecoder().decode(fromBase64(input));
};

const hash = (args: readonly Json[], meter: Meter): Json => {
  const input = typeof args[0] === 'string' ? args[0] : jsonOf(args[0] as Json, meter);
  if (input.length > maxHashInput) refuse(`more than ${maxHashInput} characters`);
  const algorithm = text(args[1]);
  const digest = Object.hasOwn(digests, algorithm) ? digests[algorithm] : undefined;
  if (digest === undefined) return refuse(`the algorithm is one of ${Object.keys(digests).join(', ')}`);
  meter.burn(hashWork(algorithm, input.length));
  return digest(new TextEncoder().encode(input));
};

const merge = (args: readonly Json[], meter: Meter): Json => {
  const [first, second, deep] = args;
  if (!isObject(first) || !isObject(second)) return refuse('two objects are expected');
  if (deep === true) refuse('only shallow merging (false) is supported');
  meter.burn(memberCost * (Object.keys(first).length + Object.keys(second).length));
  return { ...first, ...second };
};

const stringToJson = (args: readonly Json[], meter: Meter): Json => {
  const input = text(args[0]);
  meter.text(input.length);
  meter.burn(3 * input.length);
  if (input.trim() === '') return null;
  const cannot = (why: string): never =>
    refuse(why, `Cannot convert String to Json in States.StringToJson, caused by: ${why}`);
  let value: Json;
  try {
    value = JSON.parse(input) as Json;
  } catch (error) {
    return cannot((error as Error).message);
  }
  // What is larger than a number can be would be another value once it is written down.
  if (!areFinite(value)) cannot('a number is too large');
  return value;
};

/** Whether all numbers in a value are such as JSON has. */
const areFinite = (value: Json): boolean => {
  const open = [value];
  while (open.length > 0) {
    const next = open.pop() as Json;
    if (typeof next === 'number' && !Number.isFinite(next)) return false;
    if (typeof next === 'object' && next !== null) for (const inner of Object.values(next)) open.push(inner as Json);
  }
  return true;
};

const random = (args: readonly Json[], meter: Meter, scope: Scope): Json => {
  meter.burn(randomWork);
  const [first, last] = [integer(args[0]), integer(args[1])];
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last))
    refuse('the numbers must be whole ones between -(2^53 - 1) and 2^53 - 1');
  if (first >= last) refuse('the start must be below the end');
  if (args[2] !== undefined) return first + seeded(integer(args[2]), last - first);
  return first + Math.floor(unitInterval(scope.random()) * (last - first));
};

/** Below a width, following from a seed. */
const seeded = (seed: number, width: number): number => {
  const random = new SeededRandom(seed);
  return width < 2 ** 31 ? random.below(width) : Math.floor(random.unit() * width);
};

const split = (args: readonly Json[], meter: Meter): Json => {
  const [input, marks] = [text(args[0]), text(args[1])];
  meter.text(input.length);
  meter.burn(2 * (input.length + marks.length));
  const separators = new Set(marks);
  const pieces: string[] = [];
  let piece = '';
  for (const char of input) {
    if (!separators.has(char)) piece += char;
    else {
      if (piece !== '') pieces.push(piece);
      piece = '';
    }
  }
  if (piece !== '') pieces.push(piece);
  meter.items(pieces.length);
  return pieces;
};

const uuid = (_args: readonly Json[], meter: Meter, scope: Scope): Json => {
  meter.burn(randomWork);
  const bytes = Uint8Array.from(scope.random());
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

const define = (least: number, most: number, call: IntrinsicFunction['call']): IntrinsicFunction => ({
  least,
  most,
  call,
});

/** All intrinsic functions by name. */
export const intrinsicFunctions: ReadonlyMap<string, IntrinsicFunction> = new Map([
  ['States.Format', define(1, Number.POSITIVE_INFINITY, format)],
  ['States.StringToJson', define(1, 1, stringToJson)],
  ['States.JsonToString', define(1, 1, ([value], meter) => jsonOf(value as Json, meter))],
  [
    'States.Array',
    define(0, Number.POSITIVE_INFINITY, (args, meter) => {
      meter.items(args.length);
      return args;
    }),
  ],
  ['States.ArrayPartition', define(2, 2, partition)],
  ['States.ArrayContains', define(2, 2, contains)],
  ['States.ArrayRange', define(3, 3, range)],
  ['States.ArrayGetItem', define(2, 2, getItem)],
  ['States.ArrayLength', define(1, 1, (args) => array(args[0]).length)],
  ['States.ArrayUnique', define(1, 1, unique)],
  ['States.Base64Encode', define(1, 1, encode)],
  ['States.Base64Decode', define(1, 1, decode)],
  ['States.Hash', define(2, 2, hash)],
  ['States.JsonMerge', define(3, 3, merge)],
  ['States.MathRandom', define(2, 3, random)],
  ['States.MathAdd', define(2, 2, ([a, b]) => int32(int32(Math.round(number(a))) + int32(Math.round(number(b)))))],
  ['States.StringSplit', define(2, 2, split)],
  ['States.UUID', define(0, 0, uuid)],
]);
