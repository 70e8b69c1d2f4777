import { describe, expect, test } from 'vitest';
import { BoundReached } from '#engine/jsonata/error';
import { Meter } from '#engine/jsonata/meter';
import { compileRegex, RegexSyntaxError } from '#engine/jsonata/regex/regex';

const hostMatch = (source: string, flags: string, text: string, from: number) => {
  const regex = new RegExp(source, `${flags}g`);
  regex.lastIndex = from;
  const found = regex.exec(text);
  if (found === null) return undefined;
  return { start: found.index, end: found.index + found[0].length, groups: found.slice(1) };
};

const match = (source: string, flags: string, text: string, from = 0) =>
  compileRegex(source, flags).exec(text, from, new Meter());

const refusal = (source: string, flags = ''): RegexSyntaxError => {
  try {
    compileRegex(source, flags);
  } catch (error) {
    if (error instanceof RegexSyntaxError) return error;
    throw error;
  }
  throw new Error(`${source} is not refused`);
};

/** A source, its flags, and texts; each is searched from every offset, and the host says what is found. */
const alike: Record<string, readonly (readonly [source: string, flags: string, ...texts: string[]])[]> = {
  priority: [
    ['a|ab', '', 'xab'],
    ['(a|ab)(c|bcd)(d*)', '', 'abcd'],
    ['a+?b*', '', 'aabb'],
    ['(a+)(b+)?', '', 'aab', 'aa'],
    ['', '', '', 'ab'],
    ['(z)((a+)?(b+)?(c))*', '', 'zaacbbbcac'],
    ['(?:a|b)+?$', 'm', 'ab\nba'],
  ],
  'turns that match the empty text': [
    ['(a*)*', '', 'b', 'aab'],
    ['(a*)+', '', 'b', 'aab'],
    ['(a?)??b', '', 'ab', 'b'],
    ['(?:a*?)*?b', '', 'aab'],
    ['(?:|a)+', '', 'aaa'],
    ['(?:a?){2,3}b', '', 'aaab', 'b'],
    ['(?:(a?)(b?)){2,}', '', 'ab', 'ba', ''],
    ['((a?){0,1}b?)*c', '', 'aabbc'],
    ['(?:^)*(?:\\b)+a', '', 'a'],
    ['(?:){3}a|(?:)*b|(x){0}', '', 'a', 'b', 'c'],
  ],
  quantifiers: [
    ['a{2}', '', 'aaaa'],
    ['a{2,}?b', '', 'aaab', 'ab'],
    ['(a){1,3}(a)', '', 'aaaa'],
    ['(?:ab){2,3}?', '', 'abababab'],
    ['a{0}b', '', 'ab'],
    ['x{,3}', '', 'xx{,3}'],
    ['x{1', '', 'x{1'],
    ['x{a}{', '', 'x{a}{'],
    ['}]', '', '}]'],
    ['a{1}{', '', 'a{'],
  ],
  sets: [
    ['[^]', '', '\n'],
    ['a[]|b', '', 'ab'],
    ['[a-cx-]+', '', 'dabc-x'],
    ['[\\d-x]+', '', '0-x9w'],
    ['[a-\\d]+', '', 'a-0b'],
    ['[\\w\\s]+', '', '-a \n_'],
    ['[^\\W]+', '', '-a1'],
    ['[\\D]', '', '1a'],
    ['[\\S\\s]+', '', 'a b'],
    ['[\\b]', '', 'a\b'],
    ['[\\]\\\\^]+', '', 'a]\\^'],
    ['[Ā-ſ￿]+', '', 'aĀſ￿b', 'ƀ'],
    ['[^Ā-ſ]+', '', 'ÿĀƀ'],
    ['[z\\-a]+', '', 'y-'],
    ['.+', '', 'a\u2028b\rc\nd'],
    ['\\s+', '', 'a\u00a0\ufeff\u3000\u180e'],
  ],
  places: [
    ['^a', '', 'a\na'],
    ['^a', 'm', 'a\na'],
    ['a$', '', 'a\na'],
    ['a$', 'm', 'a\r\na', 'a\u2029b'],
    ['^$', 'm', 'a\n\nb'],
    ['\\ba\\b', '', 'ba a'],
    ['\\Ba\\B', '', 'bab a'],
    ['$^', '', '', 'a'],
    ['(?:^a|b)c', '', 'acbc'],
  ],
  escapes: [
    ['\\x41\\u0042\\x4\\u00\\u{2}', '', 'ABx4u00uu'],
    ['\\cA\\cj\\c1', '', '\u0001\n\\c1'],
    ['[\\c1\\c_\\c*]+', '', '\u0011\u001f\\c*'],
    ['\\0\\01\\012\\377\\400', '', '\0\u0001\n\u00ff\u00200'],
    ['\\18\\8\\9', '', '\u000188'.concat('9')],
    ['[\\1\\8\\101\\777]+', '', '\u00018A\u003f7'],
    ['\\t\\n\\v\\f\\r', '', '\t\n\v\f\r'],
    ['\\/\\.\\*\\-\\p\\a\\k\\_', '', '/.*-pak_'],
  ],
  'upper and lower case': [
    ['aBc', 'i', 'AbC'],
    ['[a-c]+', 'i', 'xABc'],
    ['[^a-c]+', 'i', 'ABxC'],
    ['é+', 'i', 'ÉéE'],
    ['ß', 'i', 'ẞ', 'ß', 'SS'],
    ['ſ|K', 'i', 's', 'ſ', 'k', '\u212a'],
    ['µ', 'i', 'μ', 'Μ'],
    ['[Σ]', 'i', 'σ', 'ς'],
    ['[\\W_]', 'i', 'k', '\u212a'],
    ['\\w', 'i', 'ſ', 'K'],
    ['[Z-a]+', 'i', 'zA_['],
  ],
  groups: [
    ['(?<year>\\d{4})-(?<m>\\d\\d)', '', 'on 2026-11-26'],
    ['(?<$é_1>a)', '', 'a'],
    ['(?:(a)|(b)|(c))+', '', 'abcab'],
    ['((((a))))', '', 'a'],
    ['(a)?b', '', 'b'],
    ['()', '', 'a'],
  ],
};

describe.each(Object.entries(alike))('matches as the host does: %s', (_, cases) => {
  test.each(cases)('/%s/%s', (source, flags, ...texts) => {
    for (const text of texts) {
      for (let from = 0; from <= text.length + 1; from++) {
        expect({ text, from, match: match(source, flags, text, from) }).toEqual({
          text,
          from,
          match: hostMatch(source, flags, text, from),
        });
      }
    }
  });
});

test('every unit is equal to the same others as in the host, with and without the flag i', () => {
  const every = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).join('');
  for (const [source, flags] of [
    ['[\\s]', ''],
    ['\\W', ''],
    ['.', ''],
    ['[a-zà-ÿα-ωа-я\u0100-\u0200]', 'i'],
    ['[^\u1e00-\u2200\ua640-\uab6f]', 'i'],
    ['[ß-\u0250]', 'i'],
  ] as const) {
    const regex = compileRegex(source, flags);
    const meter = new Meter();
    let ours = '';
    for (let at = 0; ; ) {
      const found = regex.exec(every, at, meter);
      if (found === undefined) break;
      ours += every.slice(found.start, found.end);
      at = found.end;
    }
    expect(ours === (every.match(new RegExp(source, `${flags}g`)) ?? []).join(''), `/${source}/${flags}`).toBe(true);
  }
});

test('a regular expression keeps its source and flags, and says its size', () => {
  expect(compileRegex('ab+', 'gi')).toMatchObject({ source: 'ab+', flags: 'gi', size: 4 });
});

describe('refuses', () => {
  test.each([
    ['(?=a)', 'look-ahead is not supported', 0],
    ['a(?!b)', 'look-ahead is not supported', 1],
    ['(?<=a)b', 'look-behind is not supported', 0],
    ['(?<!a)b', 'look-behind is not supported', 0],
    ['(a)\\1', 'back-references are not supported', 3],
    ['\\1(a)', 'back-references are not supported', 0],
    ['(?<n>a)\\k<n>', 'back-references are not supported', 7],
    ['(?i:a)', 'flags for a part', 0],
    ['(?-i:a)', 'flags for a part', 0],
    ['(?<n>a)|(?<n>b)', 'a second group with the name n', 11],
    ['(?<1>a)', 'a group name that is none', 3],
    ['(?<na', 'a group name that is none', 3],
    ['(?', 'a group of no known kind', 0],
    ['(a', 'a ( without its )', 0],
    ['a)', 'a ) without its (', 1],
    ['a[b', 'a [ without its ]', 1],
    ['[b-a]', 'out of order', 1],
    ['a{3,2}', 'out of order', 1],
    ['*a', 'nothing to repeat', 0],
    ['a**', 'nothing to repeat', 2],
    ['^+', 'nothing to repeat', 1],
    ['\\b{2}', 'nothing to repeat', 4],
    ['a\\', 'a \\ at the end', 1],
  ])('%s: %s', (source, message, offset) => {
    const error = refusal(source);
    expect(error.message).toContain(message);
    expect(error.offset).toBe(offset);
  });

  test.each(['s', 'u', 'y', 'v', 'd'])('the flag %s', (flag) => {
    expect(refusal('a', flag).message).toContain(`the flag ${flag} is not supported`);
  });

  test.each([
    ['(a{1000}){1000}', 'more than 4000 instructions'],
    ['a{2147483647}', 'more than 4000 instructions'],
    ['a{0,99999999999}', 'more than 4000 instructions'],
    ['(?:(?:){4000}|){4000}{'.repeat(2), 'more than 4000 instructions'],
    [`${'('.repeat(20)}a*${')+'.repeat(20)}`, 'more than 4000 instructions'],
    [`${'(?:'.repeat(3000)}a`, 'nest deeper than 200'],
    ['()'.repeat(101), 'more than 100 groups'],
    ['a'.repeat(10_001), 'longer than 10000 characters'],
  ])('what would be too large: %.40s', (source, message) => {
    expect(refusal(source).message).toContain(message);
  });
});

test('empty parts cost nothing, however often they repeat', () => {
  expect(compileRegex(`${'(?:'.repeat(100)}${'){1000}'.repeat(100)}`, '').size).toBe(1);
});

describe('a hostile expression ends by an answer or for want of fuel', () => {
  const aaa = `${'a'.repeat(50_000)}b`;
  const outcome = (source: string) => {
    try {
      return compileRegex(source, '').exec(aaa, 0, new Meter());
    } catch (error) {
      if (error instanceof BoundReached) return 'out of fuel';
      throw error;
    }
  };

  test.each(['(a+)+$', '(a|aa)+$', '(a|a?)+c', '(.*)*x', '(.*){1,30}[bc]$x', '([a-z]+)*\\d', '(?:a?){30}a{30}c'])(
    '/%s/ on 50,000 characters',
    (source) => {
      expect([undefined, 'out of fuel']).toContain(outcome(source));
    },
  );

  test('fuel grows with the text, not with the ways through it', () => {
    const spent = (length: number): number => {
      const meter = new Meter();
      compileRegex('(a+)+$', '').exec(`${'a'.repeat(length)}b`, 0, meter);
      return meter.bounds.fuel - meter.fuel;
    };
    expect(spent(20_000) / spent(10_000)).toBeCloseTo(2, 2);
    expect(spent(100_000)).toBeLessThan(1_500_000);
  });

  test('a text that is only passed over takes fuel too', () => {
    const text = 'a'.repeat(1_000_000);
    for (const source of ['b', '[bc]', 'c*?b']) {
      const meter = new Meter({ fuel: 10_000, depth: 1, size: 1 });
      expect(() => compileRegex(source, '').exec(text, 0, meter)).toThrow(BoundReached);
    }
  });

  test('an expression that ran out of fuel leaves the next one unharmed', () => {
    const regex = compileRegex('(a+)+$', '');
    expect(() => regex.exec(aaa, 0, new Meter({ fuel: 1000, depth: 1, size: 1 }))).toThrow(BoundReached);
    expect(regex.exec('xaa', 0, new Meter())).toEqual({ start: 1, end: 3, groups: ['aa'] });
    expect(match('b', '', 'ab')).toEqual({ start: 1, end: 2, groups: [] });
  });
});
