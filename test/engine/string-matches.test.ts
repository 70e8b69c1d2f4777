import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparators } from '#engine/chart/compile-choice';

const matches = (text: string, pattern: string) => comparators.get('StringMatches')?.compare(text, pattern);

/** The same by trying everything. */
const tried = (text: string, pattern: string): boolean => {
  if (pattern === '') return text === '';
  if (pattern[0] === '*') return tried(text, pattern.slice(1)) || (text !== '' && tried(text.slice(1), pattern));
  const skipped = pattern[0] === '\\' && pattern.length > 1 ? 1 : 0;
  return text[0] === pattern[skipped] && tried(text.slice(1), pattern.slice(skipped + 1));
};

test.each([
  ['report.txt', '*.txt', true],
  ['a*b', 'a\\*b', true],
  ['axb', 'a\\*b', false],
  ['a\\', 'a\\', true],
  ['abab', '*ab', true],
  ['ab', 'ab*ab', false],
  ['', '**', true],
])('%s %s', (text, pattern, expected) => {
  expect(matches(text, pattern)).toBe(expected);
});

test('any text and pattern match as trying everything says', () => {
  const of = (...characters: string[]) =>
    fc.array(fc.constantFrom(...characters), { maxLength: 9 }).map((all) => all.join(''));
  fc.assert(
    fc.property(of('a', 'b', '*', '\\'), of('a', 'b', '*', '\\'), (text, pattern) => {
      expect(matches(text, pattern)).toBe(tried(text, pattern));
    }),
    { numRuns: 3_000 },
  );
});

test('a long pattern that nearly stands everywhere in a long text is told in one go', () => {
  const text = 'a'.repeat(1_000_000);
  const most = 'a'.repeat(300_000);
  expect(matches(text, `*${most}b*`)).toBe(false);
  expect(matches(text, `*b${most}*`)).toBe(false);
  expect(matches(`${text}b`, `*${most}b`)).toBe(true);
});
