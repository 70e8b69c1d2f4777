/**
 * The functions that an expression of a chart has: JSONata's, without `$eval`, and those that Step Functions adds (AWS: "Transforming data with
 * JSONata in Step Functions", "JSONata functions provided by Step Functions").
 */
import { digests, sha256 } from '#engine/expression/hash';
import { raise } from '#engine/jsonata/error';
import { collectionLibrary } from '#engine/jsonata/library/collections';
import { dateLibrary } from '#engine/jsonata/library/dates';
import { define, defineOf, type Library } from '#engine/jsonata/library/define';
import { numberLibrary } from '#engine/jsonata/library/numbers';
import { stringLibrary } from '#engine/jsonata/library/strings';
import type { Meter } from '#engine/jsonata/meter';
import { Frame, Sequence, type Value } from '#engine/jsonata/values/value';
import { unitInterval } from '#engine/random';

/** Of an array that is made. */
const partCost = 4;

const partition = (items: readonly Value[], size: number, meter: Meter): Value => {
  const width = Math.floor(size);
  if (width < 1) raise('D3141', 'the second argument of $partition must be at least 1');
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

const range = (first: number, last: number, step: number, meter: Meter): Value => {
  if (step === 0) raise('D3141', 'the third argument of $range must not be 0');
  const most = Math.max(0, Math.floor((last - first) / step) + 1);
  meter.items(most);
  const items = new Sequence();
  // Each from the first one: a step that is added again and again adds up what it is rounded by, or is lost to it.
  for (let i = 0; i < most; i++) items.push(first + i * step);
  return items;
};

/** What a digest takes, and for each character, which may be three bytes. */
const hashCost = 300;
const characterCost = 5;
/** How much longer the digests of 64-bit words take. */
const longFactor = 12;

const hash = (text: string, algorithm: string, meter: Meter): string => {
  // A hash takes several steps for each character.
  const factor = algorithm === 'SHA-384' || algorithm === 'SHA-512' ? longFactor : 1;
  meter.burn(factor * (hashCost + characterCost * text.length));
  const digest = Object.hasOwn(digests, algorithm) ? digests[algorithm] : undefined;
  return digest === undefined
    ? raise('D3141', `the second argument of $hash is one of ${Object.keys(digests).join(', ')}`)
    : digest(new TextEncoder().encode(text));
};

const uuidCost = 150;

const uuid = (random: () => number): string => {
  const byte = (keep: number, set: number): string =>
    ((Math.floor(random() * 256) & keep) | set).toString(16).padStart(2, '0');
  const bytes = Array.from({ length: 16 }, (_, i) =>
    byte(i === 6 ? 0x0f : i === 8 ? 0x3f : 0xff, i === 6 ? 0x40 : i === 8 ? 0x80 : 0),
  );
  const part = (from: number, to: number): string => bytes.slice(from, to).join('');
  return [part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 16)].join('-');
};

/** A number of [0, 1) that follows from a seed. */
const seeded = (seed: number): number => unitInterval(sha256(new TextEncoder().encode(String(seed))));

const parse = (text: string, meter: Meter): Value => {
  meter.burn(2 * text.length);
  try {
    return JSON.parse(text) as Value;
  } catch (error) {
    return raise('D3141', `the argument of $parse is no JSON: ${(error as Error).message}`);
  }
};

const added: Library = [
  defineOf('partition', '<an:a>', 2, ([items, size], machine) =>
    partition(items as readonly Value[], size as number, machine.meter),
  ),
  defineOf('range', '<nnn:a>', 3, ([first, last, step], machine) =>
    range(first as number, last as number, step as number, machine.meter),
  ),
  defineOf('hash', '<ss:s>', 2, ([text, algorithm], machine) =>
    hash(text as string, algorithm as string, machine.meter),
  ),
  define('random', '<n?:n>', 1, ([seed], machine) => {
    if (seed === undefined) return machine.host.random();
    machine.meter.burn(2 * hashCost);
    return seeded(seed as number);
  }),
  define('uuid', '<:s>', 0, (_args, machine) => {
    machine.meter.burn(uuidCost);
    return uuid(machine.host.random);
  }),
  defineOf('parse', '<s:x>', 1, ([text], machine) => parse(text as string, machine.meter)),
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
