/** The engine's regular expressions against the host's, which are the definition: what both accept must match alike, groups included. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Meter } from '#engine/jsonata/meter';
import { compileRegex, type Regex, type RegexMatch, RegexSyntaxError } from '#engine/jsonata/regex/regex';

/** What the engine leaves out; everything else that it refuses, the host must refuse too. */
const leftOut = /not supported|more than 4000 instructions|a second group|a group name/;

const host = (source: string, flags: string): RegExp | undefined => {
  try {
    return new RegExp(source, `${flags}g`);
  } catch {
    return undefined;
  }
};

const ours = (source: string, flags: string): Regex | 'left out' | undefined => {
  try {
    return compileRegex(source, flags);
  } catch (error) {
    if (!(error instanceof RegexSyntaxError)) throw error;
    return leftOut.test(error.message) ? 'left out' : undefined;
  }
};

const hostMatch = (regex: RegExp, text: string, from: number): RegexMatch | undefined => {
  regex.lastIndex = from;
  const found = regex.exec(text);
  if (found === null) return undefined;
  return { start: found.index, end: found.index + found[0].length, groups: found.slice(1) };
};

const compare = (source: string, flags: string, text: string, from: number): void => {
  const mine = ours(source, flags);
  if (mine === 'left out') return;
  const theirs = host(source, flags);
  expect(mine === undefined, `refused: ${source}`).toBe(theirs === undefined);
  if (mine === undefined || theirs === undefined) return;
  const match = mine.exec(text, from, new Meter());
  expect({ source, flags, text, from, match }).toEqual({
    source,
    flags,
    text,
    from,
    match: hostMatch(theirs, text, from),
  });
};

const flags = fc.constantFrom('', 'i', 'm', 'im');
const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', 'A', 'B', '1', '_', ' ', '\n', '-', 'é', 'É', '\u2028'),
  maxLength: 7,
});
/** Texts of few letters, where long matches are likely. */
const dense = fc.string({ unit: fc.constantFrom('a', 'a', 'b', 'B', '\n'), maxLength: 7 });

const leaf = fc.constantFrom(
  ...[
    'a',
    'a',
    'b',
    'b',
    'c',
    'A',
    '.',
    '\\d',
    '\\w',
    '\\s',
    '\\W',
    '[ab]',
    '[^a]',
    '[a-c1]',
    '[^]',
    '[]',
    '[\\s\\d-]',
  ],
  ...['^', '$', '\\b', '\\B', '', '\\n', 'é', '[à-ý]'],
);
const quantifier = fc.constantFrom(
  ...['*', '+', '?', '{2}', '{0,2}', '{1,3}', '{2,}', '{0}', '{1}', '{0,1}'].flatMap((q) => [q, `${q}?`]),
);
const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
  pattern: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('part'),
    fc.array(tie('part'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
    fc.array(tie('part'), { minLength: 2, maxLength: 3 }).map((parts) => `(?:${parts.join('|')})`),
  ),
  part: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { arbitrary: leaf, weight: 3 },
    { arbitrary: tie('pattern').map((inside) => `(${inside})`), weight: 2 },
    { arbitrary: fc.tuple(tie('pattern'), quantifier).map(([inside, count]) => `(${inside})${count}`), weight: 3 },
    { arbitrary: fc.tuple(tie('pattern'), quantifier).map(([inside, count]) => `(?:${inside})${count}`), weight: 2 },
  ),
}));

/** The host backtracks: with four quantifiers one inside the other it may take hours for ten characters. */
const safe = pattern.filter((source) => (source.match(/[*+{]|\)\?|\?\?/g)?.length ?? 0) <= 3 && source.length <= 60);

const runs = 3000;

test('expressions made of parts match as the host says', () => {
  fc.assert(
    fc.property(safe, flags, fc.oneof(text, dense), fc.nat(3), (source, mode, subject, from) => {
      compare(source, mode, subject, from);
    }),
    { numRuns: runs },
  );
});

test('strings of syntax characters are read, or refused, as the host does', () => {
  const pieces = [
    ...'()[]{}|*+?^$\\.-ab,019',
    '(?:',
    '\\',
    '\\b',
    '\\c',
    '\\x',
    '\\u',
    '\\k',
    '\\8',
    '\\1',
    '{2}',
    '{1,',
    '(?<n>',
  ];
  const noise = fc.string({ unit: fc.constantFrom(...pieces), maxLength: 9 });
  const subject = fc.string({ unit: fc.constantFrom(...'ab01-,\\{}[]cxuk8\u0000\u0001\b\n'), maxLength: 8 });
  fc.assert(
    fc.property(noise, flags, subject, (source, mode, given) => {
      compare(source, mode, given, 0);
    }),
    { numRuns: runs },
  );
});
