/**
 * Numbers, integers and dates by picture, against the suite of the language and against its reference implementation: seeded values and pictures made by
 * a grammar of pictures. A result that the reference only gets by accident is not compared (`isAccident` says which).
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import jsonata from 'jsonata';
import { describe, expect, test } from 'vitest';
import { BoundReached, JsonataError } from '#engine/jsonata/error';
import { defaultBounds, Meter } from '#engine/jsonata/meter';
import { fromMillis, toMillis } from '#engine/jsonata/pictures/date-picture';
import { formatInteger, parseInteger } from '#engine/jsonata/pictures/integer-picture';
import { formatNumber } from '#engine/jsonata/pictures/number-picture';
import {
  datePicture,
  family,
  instant,
  integerPicture,
  joined,
  nearly,
  number,
  numberOptions,
  numberPicture,
  small,
  textOf,
  wholePicture,
  zone,
} from '#test/engine/jsonata-pictures';

/** The functions under test, with the signatures that the language gives them. */
const bindOurs = (expression: jsonata.Expression, now: number): void => {
  expression.registerFunction(
    'formatNumber',
    (value?: number, picture = '', options?: Record<string, string>) =>
      value === undefined ? undefined : formatNumber(value, picture, options, new Meter()),
    '<n-so?:s>',
  );
  expression.registerFunction(
    'formatInteger',
    (value?: number, picture = '') => (value === undefined ? undefined : formatInteger(value, picture, new Meter())),
    '<n-s:s>',
  );
  expression.registerFunction(
    'parseInteger',
    (text?: string, picture = '') => (text === undefined ? undefined : parseInteger(text, picture, new Meter())),
    '<s-s:n>',
  );
  expression.registerFunction(
    'fromMillis',
    (millis?: number, picture?: string, zone?: string) =>
      millis === undefined ? undefined : fromMillis(millis, picture, zone, new Meter()),
    '<n-s?s?:s>',
  );
  expression.registerFunction(
    'toMillis',
    (text?: string, picture?: string) => (text === undefined ? undefined : toMillis(text, picture, now, new Meter())),
    '<s-s?:n>',
  );
};

/** What comes out: a value, nothing, or the code of an error. */
type Outcome = { readonly value: unknown } | { readonly code: string };

const ours = (run: () => unknown): Outcome => {
  try {
    return { value: run() };
  } catch (error) {
    if (error instanceof JsonataError) return { code: error.code };
    throw error;
  }
};

// Data to test against, beside the repository; no part of the product.
const suite = fileURLToPath(new URL('../../../shared/jsonata-suite/', import.meta.url));
const haveSuite = existsSync(suite);

describe(`the suite of the language${haveSuite ? '' : ' (skipped: its cases are not at hand)'}`, () => {
  const read = (name: string): unknown => JSON.parse(readFileSync(`${suite}${name}`, 'utf8'));
  interface Case {
    readonly id: string;
    readonly expr: string;
    readonly data?: unknown;
    readonly dataset?: string | null;
    readonly bindings?: Record<string, unknown>;
    readonly result?: unknown;
    readonly code?: string;
  }
  const cases = haveSuite
    ? (read('cases.json') as Case[]).filter((each) =>
        /formatNumber|formatInteger|parseInteger|fromMillis|toMillis/.test(each.expr),
      )
    : [];
  const datasets = haveSuite ? (read('datasets.json') as Record<string, unknown>) : {};

  test.skipIf(!haveSuite)('has cases of these functions', () => {
    expect(cases.length).toBeGreaterThan(100);
  });

  for (const each of cases)
    test(each.id, async () => {
      const expression = jsonata(each.expr);
      bindOurs(expression, Date.now());
      const input = typeof each.dataset === 'string' ? datasets[each.dataset] : each.data;
      const outcome = await expression.evaluate(input, each.bindings).then(
        (value: unknown) => ({ value }),
        (error: { code: string }) => ({ code: error.code }),
      );
      expect(outcome).toEqual(each.code === undefined ? { value: each.result } : { code: each.code });
    });
});

/** What the reference makes of it; undefined where it fails as no expression should, with an error of its host. */
const reference = async (
  expression: jsonata.Expression,
  bindings: Record<string, unknown>,
): Promise<Outcome | undefined> => {
  try {
    return { value: await expression.evaluate(undefined, bindings) };
  } catch (error) {
    const { code } = error as { code?: string };
    return code === undefined ? undefined : { code };
  }
};

const runs = 400;
const seeded = { numRuns: runs, seed: 2026 };

/**
 * Where the reference has no result worth having: NaN or undefined within a text, and components that it does not know but for their letter, of which we
 * say so.
 */
const isAccident = (wanted: Outcome, got: Outcome): boolean =>
  'code' in got
    ? got.code === 'D3132' && !('code' in wanted && wanted.code === 'D3132')
    : 'value' in wanted && /NaN|undefined/.test(String(wanted.value));

describe('as the reference', () => {
  /** Compares, and counts how much there was to compare: a grammar that only makes errors would prove nothing. */
  const alike = async <T>(
    arbitrary: fc.Arbitrary<T>,
    expected: (drawn: T) => Promise<Outcome | undefined>,
    actual: (drawn: T) => Outcome,
  ): Promise<void> => {
    let values = 0;
    await fc.assert(
      fc.asyncProperty(arbitrary, async (drawn) => {
        const wanted = await expected(drawn);
        const got = actual(drawn);
        if (wanted === undefined || isAccident(wanted, got)) return;
        if ('value' in wanted && wanted.value !== undefined) values++;
        expect(got).toEqual(wanted);
      }),
      seeded,
    );
    expect(values).toBeGreaterThan(runs / 4);
  };

  test('formatNumber', async () => {
    const expression = jsonata('$formatNumber($value, $picture, $options)');
    await alike(
      fc.record({ value: number, picture: numberPicture, options: numberOptions }),
      (drawn) => reference(expression, drawn),
      ({ value, picture, options }) => ours(() => formatNumber(value, picture, options, new Meter())),
    );
  });

  test('formatInteger', async () => {
    const expression = jsonata('$formatInteger($value, $picture)');
    await alike(
      fc.record({ value: fc.oneof(small, number), picture: integerPicture }),
      (drawn) => reference(expression, drawn),
      ({ value, picture }) => ours(() => formatInteger(value, picture, new Meter())),
    );
  });

  test('parseInteger', async () => {
    const expression = jsonata('$parseInteger($text, $picture)');
    const words = textOf(family('one', ' ', ' hundred', ' and ', '-', ', ', 'twenty', 'seventh', 'million', 'x'), 8);
    const drawn = fc
      .record({ value: small, picture: integerPicture, other: integerPicture, free: words, how: fc.nat(9) })
      .map(({ value, picture, other, free, how }) => {
        const made = ours(() => formatInteger(value, how < 7 ? picture : other, new Meter()));
        return { text: how < 9 && 'value' in made ? String(made.value) : free, picture };
      });
    await alike(
      drawn,
      (each) => reference(expression, each),
      ({ text, picture }) => ours(() => parseInteger(text, picture, new Meter())),
    );
  });

  test('fromMillis', async () => {
    const expression = jsonata('$fromMillis($millis, $picture, $zone)');
    await alike(
      fc.record({ millis: instant, picture: fc.oneof(datePicture, wholePicture), zone }),
      (drawn) => reference(expression, drawn),
      ({ millis, picture, zone }) => ours(() => fromMillis(millis, picture, zone, new Meter())),
    );
  });

  test('toMillis', async () => {
    const expression = jsonata('{ "value": $toMillis($text, $picture), "now": $millis() }');
    let now = 0;
    // The reference takes these for signs of its regular expression.
    const strangeZone = /\[\s*z[^\]]*[^\]0-9a-z:,*\s-]/i;
    const drawn = fc
      .record({
        millis: instant,
        picture: fc.oneof(datePicture, wholePicture),
        other: wholePicture,
        zone,
        how: fc.nat(9),
      })
      .filter(({ picture }) => !strangeZone.test(picture))
      .map(({ millis, picture, other, zone, how }) => {
        const made = ours(() => fromMillis(millis, how < 9 ? picture : other, zone, new Meter()));
        const text = 'value' in made ? String(made.value) : '';
        const at = Math.abs(millis) % (text.length + 1);
        // As it was written, in the other case, with a character too few, one twice.
        const texts = [
          text.toUpperCase(),
          text.slice(0, at) + text.slice(at + 1),
          text.slice(0, at + 1) + text.slice(at),
        ];
        return { text: texts[how] ?? text, picture };
      });
    await alike(
      drawn,
      async (each) => {
        const outcome = await reference(expression, each);
        if (outcome === undefined || 'code' in outcome) return outcome;
        const found = outcome.value as { value?: number; now: number };
        now = found.now;
        return { value: Number.isNaN(found.value) ? undefined : found.value };
      },
      ({ text, picture }) => ours(() => toMillis(text, picture, now, new Meter())),
    );
  });

  test('toMillis of ISO 8601', async () => {
    const expression = jsonata('$toMillis($text)');
    const two = (least: number, most: number) =>
      fc.integer({ min: least, max: most }).map((value) => String(value).padStart(2, '0'));
    const time = joined(
      fc.constant('T'),
      two(0, 23),
      fc.constant(':'),
      two(0, 61),
      fc.constant(':'),
      two(0, 61),
      family('', '', '.5', '.123', '.1239999'),
      // Without an offset the reference takes the time zone of its host, so there is always one.
      fc.oneof(family('Z', 'Z', '+0100'), joined(family('+', '-'), two(0, 24), family(':', ''), two(0, 60))),
    );
    const day = joined(
      // Of earlier years its host guesses the century where the timestamp is not quite as ISO 8601 has it.
      fc.integer({ min: 1000, max: 9999 }).map(String),
      fc.oneof(
        { weight: 1, arbitrary: family('', 'Z') },
        { weight: 4, arbitrary: joined(fc.constant('-'), two(1, 12), fc.constant('-'), two(1, 31)) },
      ),
    );
    await alike(
      // Nor can one say what its host makes of an offset without a time.
      nearly(joined(day, fc.oneof(time, fc.constant(''))), '0-:TZ+').filter((text) =>
        /T.*(Z|[-+]..:?..)$|^[^T:]*-..$|^[^T]{4,5}$/.test(text),
      ),
      async (text) => {
        const outcome = await reference(expression, { text });
        return outcome && 'value' in outcome && Number.isNaN(outcome.value) ? { code: 'D3110' } : outcome;
      },
      (text) => ours(() => toMillis(text, undefined, 0, new Meter())),
    );
  });
});

describe('otherwise than the reference', () => {
  const meter = new Meter();

  test('numbers from 1e21 on have all their digits', () => {
    expect(formatInteger(1e21, '#,##0', meter)).toBe('1,000,000,000,000,000,000,000');
    expect(formatNumber(1.5e21, '#,##0.0', undefined, meter)).toBe('1,500,000,000,000,000,000,000.0');
  });

  test('more places than the host can write, and a percentage that is no number any more', () => {
    expect(formatNumber(0.5, `0.${'0'.repeat(150)}`, undefined, meter)).toBe(`0.5${'0'.repeat(149)}`);
    expect(formatNumber(-1e308, '#,##0.00%', { infinity: '∞' }, meter)).toBe('-∞%');
  });

  test('no instant, no number and no component are errors or no number, never a text with NaN or undefined', () => {
    expect(ours(() => fromMillis(1e20, undefined, undefined, meter))).toEqual({ code: 'D1001' });
    expect(ours(() => fromMillis(0, undefined, 'UTC', meter))).toEqual({ code: 'D1001' });
    expect(ours(() => formatInteger(Number.POSITIVE_INFINITY, 'A', meter))).toEqual({ code: 'D1001' });
    expect(ours(() => fromMillis(0, '[q1]', undefined, meter))).toEqual({ code: 'D3132' });
    expect(ours(() => fromMillis(0, '[fN]', undefined, meter))).toEqual({ code: 'D3133' });
    expect(parseInteger('none', '0', meter)).toBeNaN();
    expect(parseInteger('four and no more', 'w', meter)).toBeNaN();
    for (const text of ['2018-13-01', '2018-01-00', '2018-01-32', '2018-01-01T24:00:01Z', '2018.5', '2018-01-01+01:00'])
      expect(ours(() => toMillis(text, undefined, 0, meter))).toEqual({ code: 'D3110' });
    expect(toMillis('2018-02-30T24:00:00Z', undefined, 0, meter)).toBe(Date.UTC(2018, 2, 3));
  });

  test('the weeks of the first century are its own', () => {
    const at = new Date(0).setUTCFullYear(50, 0, 3);
    expect(fromMillis(at, '[Y0001]-[d001] [X0001]-W[W01]-[F1]', undefined, meter)).toBe('0050-003 0050-W01-1');
  });
});

describe('hostile input ends by a bound', () => {
  const many = 100_000;
  const text = (unit: string, count = many): string => unit.repeat(count);
  const bounded: readonly (readonly [string, (meter: Meter) => unknown])[] = [
    ['a number of a thousand million in Roman numerals', (meter) => formatInteger(1e15, 'I', meter)],
    ['the largest number in Roman numerals', (meter) => formatInteger(Number.MAX_VALUE, 'i', meter)],
    ['irregular separators', (meter) => formatInteger(1, text('0,:'), meter)],
    ['separators to take out', (meter) => parseInteger(text('1'), text(',:0'), meter)],
    ['a picture larger than any text', (meter) => formatInteger(1, text('0', 50 * many), meter)],
    ['a width', (meter) => fromMillis(0, '[Y,9999999999]', undefined, meter)],
    ['a width beyond all numbers', (meter) => fromMillis(0, `[D01,${text('9', 400)}]`, undefined, meter)],
    ['many markers', (meter) => fromMillis(0, text('[Y]'), undefined, meter)],
    ['irregular separators of a number', (meter) => formatNumber(1, `${text('0,')}00,0.0`, undefined, meter)],
    ['long separators', (meter) => formatNumber(1, text('0'), { 'grouping-separator': text('0', 50_000) }, meter)],
    [
      'a long point',
      (meter) =>
        formatNumber(1, text('0', 99), { 'zero-digit': text('0', 9999), 'decimal-separator': text('0', 9999) }, meter),
    ],
    ['a long zero', (meter) => formatNumber(1, text('0', 1000), { 'zero-digit': text('0', many) }, meter)],
    ['numbers that touch', (meter) => toMillis(`${text('I', 3000)}!`, text('[YI]', 30), 0, meter)],
    ['names that touch', (meter) => toMillis(`${text('a', 3000)}!`, text('[MN]', 30), 0, meter)],
    ['words that touch', (meter) => toMillis(`${text('seventeen')}!`, '[Yw][Mw][Dw]', 0, meter)],
    ['a long literal', (meter) => toMillis(text('a'), `[PN]${text('a')}b`, 0, meter)],
  ];

  test.each(bounded)('%s', (_, run) => {
    let caught: unknown;
    try {
      run(new Meter());
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(BoundReached);
  });

  test('the largest number in words', () => {
    expect(formatInteger(Number.MAX_VALUE, 'w', new Meter())).toMatch(/^one hundred .* trillion trillion/);
  });

  test('what can be done within the bounds is done', () => {
    const meter = new Meter();
    expect(formatInteger(1, text('0', 100_000), meter)).toHaveLength(100_000);
    expect(toMillis(`${text('I', 100)}!`, text('[YI]', 30), 0, meter)).toBeUndefined();
    expect(toMillis('2018  ', `[Y0001]${text(' ', 2)}`, 0, meter)).toBe(Date.UTC(2018, 0));
    expect(toMillis(`2018-01-01T00:00:00.${text('9')}Z`, undefined, 0, meter)).toBe(Date.UTC(2018, 0) + 999);
    expect(meter.fuel).toBeLessThan(defaultBounds.fuel);
  });
});
