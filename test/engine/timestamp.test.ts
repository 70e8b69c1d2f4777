import { describe, expect, test } from 'vitest';
import { parseOffsetDateTime, parseTimestamp } from '#engine/timestamp';
import { endOf } from '#test/engine/support';

describe('the time that a run gives to a Wait state', () => {
  test.each<[string, string]>([
    ['2026-03-14T01:59:00Z', '2026-03-14T01:59:00Z'],
    ['2026-03-14t01:59:00z', '2026-03-14T01:59:00Z'],
    ['2026-03-14T01:59Z', '2026-03-14T01:59:00Z'],
    ['2026-03-14T01:59+18:00', '2026-03-13T07:59:00Z'],
    ['2026-03-14T01:59:30.123456789-02:30', '2026-03-14T04:29:30.123Z'],
    ['2026-03-14T01:59:00-00:00:30', '2026-03-14T01:59:30Z'],
  ])('%s', (text, same) => {
    expect(parseOffsetDateTime(text)).toBe(parseTimestamp(same));
  });

  test.each([
    '2026-03-14',
    '2026-03-14T01:59:00',
    '2026-03-14 01:59:00Z',
    '2026-03-14T01:59.5Z',
    '2026-03-14T01:59:00.1234567890Z',
    '2026-03-14T01:59:00+18:01',
    '2026-03-14T01:59:00+02',
    '2026-03-14T01:59:00+02:60',
    '2026-03-14T01:59:00Z:30',
    '2026-02-30T01:59:00Z',
    '',
  ])('%j is none', (text) => {
    expect(parseOffsetDateTime(text)).toBeUndefined();
  });
});

test.each<[string, string, string]>([
  ['2026-01-01T00:00:00.0001Z', '2026-01-01T00:00:00Z', 'TimestampGreaterThan'],
  ['2026-01-01T00:00:00.0001Z', '2026-01-01T00:00:00.00015Z', 'TimestampLessThan'],
  ['2026-01-01T00:00:00.1000Z', '2026-01-01T02:00:00.10+02:00', 'TimestampEquals'],
  ['2026-01-01T00:00:00.001Z', '2026-01-01T00:00:00.0009Z', 'TimestampGreaterThan'],
])('%s against %s: %s', (Variable, other, operator) => {
  const states = {
    C: { Type: 'Choice', Choices: [{ Variable: '$.at', [operator]: other, Next: 'Yes' }] },
    Yes: { Type: 'Pass', Result: 'yes', End: true },
  };
  expect(endOf(states, { at: Variable })).toMatchObject({ status: 'Succeeded', output: 'yes' });
});
