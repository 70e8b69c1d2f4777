/**
 * The functions that an expression of a chart has: JSONata's, without `$eval`, and those that Step Functions adds (AWS: "Transforming data with
 * JSONata in Step Functions", "JSONata functions provided by Step Functions").
 */
import { digests, hashWork, randomWork, sha256 } from '#engine/expression/hash';
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
const partCost = 6;

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

const hash = (text: string, algorithm: string, meter: Meter): string => {
  meter.burn(hashWork(algorithm, text.length));
  const digest = Object.hasOwn(digests, algorithm) ? digests[algorithm] : undefined;
  return digest === undefined
    ? raise('D3141', `the second argument of $hash is one of ${Object.keys(digests).join(', ')}`)
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

/** A number of [0, 1) that follows from a seed. */
const seeded = (seed: number): number => unitInterval(sha256(new TextEncoder().encode(String(seed))));

const parse = (text: string, meter: Meter): Value => {
  meter.burn(24 + 3 * text.length);
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
    machine.meter.burn(randomWork);
    if (seed === undefined) return machine.host.random();
    machine.meter.burn(randomWork);
    return seeded(seed as number);
  }),
  define('uuid', '<:s>', 0, (_args, machine) => {
    machine.meter.burn(drawsOfUuid * randomWork);
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
