/** Inputs of expressions: documents of one shape, with members that are missing, lists that are empty, and values of other types now and then. */
import type { Json } from '#engine/json';
import type { Random } from '#test/support/random';

/** Texts that functions of texts look at closely. */
export const texts: readonly string[] = [
  '',
  'a',
  'b',
  'abc',
  'Hello, World',
  ' two  blanks ',
  'a,b,,c',
  '12',
  '-3.5',
  '1e3',
  '0x1F',
  'true',
  'ÄÖÜ ß',
  '日本語',
  'a😀b😀',
  'line\nbreak\ttab',
  'aaa bbb aaa',
  'x1y22z333',
  'key=value;k2=v2',
  'https://example.com/a b?q=ü&r=1#top',
  '%E4%BD%A0',
  'aGVsbG8=',
  '2017-11-07T15:12:37.121Z',
  'quote " and \\ slash',
];

const words: readonly string[] = ['red', 'green', 'blue', 'Red', 'a', 'b', 'zebra'];
const names: readonly string[] = ['ann', 'bob', 'cid', 'dee', 'ann'];

/** A number of the kinds that matter. */
export const numberOf = (random: Random): number => {
  const kind = random.between(0, 9);
  if (kind < 5) return random.between(0, 6);
  if (kind < 7) return random.between(-5, 200);
  if (kind === 7) return random.between(-2000, 2000) / 8;
  return random.pick([0.1, 1.5, 2.5, -0.5, 1234.5678, 1e10, 1e21, 1e-7, 0.30000000000000004, 1510067557121, -1]);
};

const listOf = <T>(random: Random, most: number, make: () => T): readonly T[] =>
  Array.from({ length: random.between(0, most) }, make);

const part = (random: Random): Json =>
  sometimes(random, {
    k: () => random.pick(names),
    v: () => numberOf(random),
    w: () => random.pick(words),
    list: () => listOf(random, 3, () => numberOf(random)),
  });

const item = (random: Random): Json =>
  sometimes(random, {
    id: () => random.between(1, 4),
    name: () => random.pick(names),
    price: () => numberOf(random),
    tags: () => listOf(random, 3, () => random.pick(words)),
    marks: () => listOf(random, 3, () => numberOf(random)),
    sub: () => part(random),
    parts: () => listOf(random, 3, () => part(random)),
  });

/** Each member, save that now and then it is missing, or something else. */
const sometimes = (random: Random, members: Readonly<Record<string, () => Json>>): Json => {
  const made: { [key: string]: Json } = {};
  for (const [key, make] of Object.entries(members)) {
    if (random.chance(0.06)) continue;
    made[key] = random.chance(0.02) ? odd(random, 2) : make();
  }
  return made;
};

/** Anything. */
export const odd = (random: Random, depth: number): Json => {
  const kind = random.between(0, depth > 0 ? 8 : 5);
  if (kind === 0) return null;
  if (kind === 1) return random.chance(0.5);
  if (kind <= 3) return numberOf(random);
  if (kind <= 5) return random.pick(texts);
  if (kind <= 7) return listOf(random, 3, () => odd(random, depth - 1));
  return Object.fromEntries(
    listOf(random, 3, () => [random.pick(['k', 'v', 'a', 'id', 'name']), odd(random, depth - 1)]),
  );
};

/** An input. */
export const inputOf = (random: Random): Json => {
  const document = sometimes(random, {
    n: () => numberOf(random),
    m: () => random.between(1, 5),
    s: () => random.pick(texts),
    t: () => random.pick(words),
    flag: () => random.chance(0.5),
    nil: () => null,
    nums: () => listOf(random, 5, () => numberOf(random)),
    strs: () => listOf(random, 4, () => random.pick(words)),
    items: () => listOf(random, 4, () => item(random)),
    one: () => item(random),
    nest: () => listOf(random, 3, () => listOf(random, 3, () => odd(random, 1))),
    mix: () => listOf(random, 4, () => odd(random, 2)),
    none: () => ({}),
    'odd key': () => odd(random, 2),
  });
  if (random.chance(0.93)) return document;
  return random.pick([[document], [document, document], odd(random, 3)]);
};
