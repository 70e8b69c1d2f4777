/**
 * The functions that an expression of a chart has: JSONata's, without `$eval`, and those that Step Functions adds (AWS: "Transforming data with
 * JSONata in Step Functions", "JSONata functions provided by Step Functions").
 */
import { digests, hashWork, randomWork } from '#engine/expression/hash';
import { raise } from '#engine/jsonata/error';
import { collectionLibrary } from '#engine/jsonata/library/collections';
import { dateLibrary } from '#engine/jsonata/library/dates';
import { define, defineOf, type Library } from '#engine/jsonata/library/define';
import { numberLibrary } from '#engine/jsonata/library/numbers';
import { stringLibrary } from '#engine/jsonata/library/strings';
import type { Meter } from '#engine/jsonata/meter';
import { Frame, isList, Sequence, type Value } from '#engine/jsonata/values/value';
import { SeededRandom } from '#engine/random';

/** Of an array that is made. */
const partCost = 6;

// What they answer to arguments that are missing, cut or out of bounds was measured on AWS (floci, issue 2662 and pull request 2676).

const partition = (given: Value, size: number | undefined, meter: Meter): Value => {
  // AWS's words: its signature names no type.
  if (!isList(given)) return raise('T0412', 'Argument 1 of function must be an array of undefined');
  const items: readonly Value[] = given;
  const width = Math.trunc(size ?? items.length);
  if (width < 0) raise('D3137', 'Second argument must be zero or greater');
  if (!(width >= 1) || items.length === 0) return undefined;
  meter.items(items.length);
  const parts: Value[] = [];
  let part: Value[] = [];
  for (const item of items) {
    if (part.length === 0) {
      meter.burn(partCost);
      parts.push(part);
    }
    part.push(item);
    if (part.length >= width) part = [];
  }
  return parts;
};

const range = (bounds: readonly (number | undefined)[], meter: Meter): Value => {
  if (bounds.some((bound) => bound === undefined)) return undefined;
  const [first, last, step] = bounds.map((bound) => Math.trunc(bound as number)) as [number, number, number];
  const most = Math.floor((last - first) / step) + 1;
  if (step === 0 || !(most >= 1)) return undefined;
  meter.items(most);
  const items = new Sequence();
  // Each from the first one: a step that is added again and again adds up what it is rounded by, or is lost to it.
  for (let i = 0; i < most; i++) items.push(first + i * step);
  return items;
};

const hash = (text: string, algorithm: string | undefined, meter: Meter): Value => {
  if (algorithm === undefined) return undefined;
  meter.burn(hashWork(algorithm, text.length));
  const digest = Object.hasOwn(digests, algorithm) ? digests[algorithm] : undefined;
  return digest === undefined
    ? raise('D3137', `Hash algorithm '${algorithm}' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5`)
    : digest(new TextEncoder().encode(text));
};

/** How many numbers a UUID is made of, 48 bits of each. */
const drawsOfUuid = 3;

const uuid = (random: () => number): string => {
  const draws = Array.from({ length: drawsOfUuid }, () =>
    Math.floor(random() * 2 ** 48)
      .toString(16)
      .padStart(12, '0'),
  );
  const hex = draws.join('');
  const part = (from: number, to: number): string => hex.slice(from, to);
  // RFC 9562, version 4: the version, and two bits of the variant.
  const variant = ((Number.parseInt(part(16, 17), 16) & 3) | 8).toString(16);
  return `${part(0, 8)}-${part(8, 12)}-4${part(13, 16)}-${variant}${part(17, 20)}-${part(20, 32)}`;
};

const parse = (text: string, meter: Meter): Value => {
  meter.burn(24 + 6 * text.length);
  let value: Value;
  try {
    value = JSON.parse(text) as Value;
  } catch (error) {
    return invalidJson((error as Error).message);
  }
  if (membersOf(value) !== colonsIn(text)) invalidJson('a key is there twice');
  return value;
};

const invalidJson = (why: string): never => raise('D3137', `Invalid JSON: ${why}`);

/** How many members the objects of a value have. Throws `JsonataError` D3137 where a number of it is too large. */
const membersOf = (value: Value): number => {
  let members = 0;
  const open = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === 'number' && !Number.isFinite(next)) invalidJson('a number is too large');
    if (typeof next !== 'object' || next === null) continue;
    const below = Object.values(next) as Value[];
    if (!isList(next)) members += below.length;
    for (const each of below) open.push(each);
  }
  return members;
};

/** How many members JSON has, those that repeat a key included: outside of strings each has one colon. */
const colonsIn = (json: string): number => json.replace(/"(?:[^"\\]|\\.)*"/gs, '').split(':').length - 1;

const added: Library = [
  defineOf('partition', '<xn?:a>', 2, ([items, size], machine) =>
    partition(items, size as number | undefined, machine.meter),
  ),
  defineOf('range', '<nnn?:a>', 3, ([first, last, step], machine) =>
    range([first, last, step] as (number | undefined)[], machine.meter),
  ),
  defineOf('hash', '<ss?:s>', 2, ([text, algorithm], machine) =>
    hash(text as string, algorithm as string | undefined, machine.meter),
  ),
  define('random', '<n?:n>', 1, ([seed], machine) => {
    machine.meter.burn(randomWork);
    if (seed === undefined) return machine.host.random();
    machine.meter.burn(randomWork);
    return new SeededRandom(seed as number).unit();
  }),
  define('uuid', '<:s>', 0, (_args, machine) => {
    machine.meter.burn(drawsOfUuid * randomWork);
    return uuid(machine.host.random);
  }),
  defineOf('parse', '<s?:x>', 1, ([text], machine) => parse(text as string, machine.meter)),
];

const functions = new Map<string, Value>([
  ...numberLibrary,
  ...stringLibrary,
  ...collectionLibrary,
  ...dateLibrary,
  ...added,
]);

/** The names of all functions that an expression of a chart has, without their `$`. */
export const statesFunctions: ReadonlySet<string> = new Set(functions.keys());

/** The scope around the expressions of charts. */
export const statesFrame = new Frame(undefined, functions);
