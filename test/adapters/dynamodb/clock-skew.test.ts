import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClockSkew } from '#adapters/dynamodb/clock-skew';

const NOW = Date.UTC(2026, 10, 21);

/** What a request at `at` says, by a clock that is `skewMs` ahead, on the way there and back for so long. */
const answer = (at: number, skewMs: number, thereMs: number, backMs: number) => ({
  sentAt: at + skewMs,
  answeredAt: at + thereMs + backMs + skewMs,
  date: Math.floor((at + thereMs) / 1_000) * 1_000,
});

test('what is told is never more than it is, nor the other way round', () => {
  const requests = fc.array(fc.tuple(fc.nat(9_000), fc.nat(3_000), fc.nat(3_000)), { minLength: 1, maxLength: 20 });
  const property = fc.property(fc.integer({ min: -60_000, max: 60_000 }), requests, (skewMs, sent) => {
    const skew = new ClockSkew();
    let at = NOW;
    for (const [pause, there, back] of sent) {
      at += pause;
      skew.note(answer(at, skewMs, there, back), at - NOW);
    }
    expect(Math.abs(skew.ms)).toBeLessThanOrEqual(Math.abs(skewMs));
    if (skew.ms !== 0) expect(Math.sign(skew.ms)).toBe(Math.sign(skewMs));
  });
  fc.assert(property, { numRuns: 2_000 });
});

test('a few answers at other parts of a second tell it closely', () => {
  for (const skewMs of [-2_500, 2_500]) {
    const skew = new ClockSkew();
    for (let i = 0; i < 10; i++) skew.note(answer(NOW + i * 1_100, skewMs, 5, 5), i * 1_100);
    expect(Math.abs(skew.ms)).toBeGreaterThan(2_350);
    expect(Math.sign(skew.ms)).toBe(Math.sign(skewMs));
  }
});

test('what was learnt holds for a minute, and not when a clock was set', () => {
  const skew = new ClockSkew();
  expect(skew.ms).toBe(0);
  expect(skew.note(answer(NOW, 5_000, 0, 0), 0)).toBe(true);
  expect(skew.ms).toBe(4_000);
  expect(skew.note(answer(NOW + 30_000, 0, 0, 0), 30_000)).toBe(false);
  expect(skew.ms).toBe(0);
  expect(skew.note(answer(NOW + 80_000, -5_000, 0, 0), 80_000)).toBe(false);
  expect(skew.ms).toBe(-5_000);
  expect(skew.note(answer(NOW + 140_000, -5_000, 0, 999), 140_000)).toBe(true);
  expect(skew.ms).toBe(-4_001);
});
