import { describe, expect, test } from 'vitest';
import { checkSchedule, nextSlot, slotsBetween } from '#engine/schedule';
import { epoch } from '#engine/time';
import { parseTimeExpression, TimeExpressionError } from '#engine/time-expression';

const at = (text: string) => epoch(Date.parse(text));
const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());

describe('time expressions', () => {
  test.each([
    ['+3m', 180_000],
    ['+10y', 10 * 365 * 86_400_000],
    ['+30s', 30_000],
    ['+500ms', 500],
    ['+m', 60_000],
    ['+1h30m', 5_400_000],
    ['+1d2h3m4s5ms', 93_784_005],
    ['+1M', 30 * 86_400_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseTimeExpression(text)).toBe(ms);
  });

  test.each([
    '0',
    '+0s',
    '+0h0m',
    '',
    '+',
    '3m',
    '-3m',
    '+3',
    '+3x',
    '+3m1h',
    '+1m1m',
    '+ 3m',
    '+3m ',
    '+1.5h',
    '+99999y',
    '+9e9y',
  ])('%j is a configuration error', (text) => {
    expect(() => parseTimeExpression(text)).toThrow(TimeExpressionError);
    expect(() => parseTimeExpression(text)).toThrow(expect.objectContaining({ code: 'INVALID_TIME_EXPRESSION' }));
  });
});

describe('schedules', () => {
  test('the next slot, in the time zone', () => {
    expect(iso(nextSlot('0 2 * * *', 'Europe/Berlin', at('2026-01-10T00:00:00Z')))).toBe('2026-01-10T01:00:00.000Z');
    expect(iso(nextSlot('0 2 * * *', 'Europe/Berlin', at('2026-07-10T00:00:00Z')))).toBe('2026-07-11T00:00:00.000Z');
    expect(iso(nextSlot('*/10 * * * * *', 'UTC', at('2026-01-10T00:00:00Z')))).toBe('2026-01-10T00:00:10.000Z');
  });

  test('a slot is after the time asked for, never at it', () => {
    expect(iso(nextSlot('0 * * * *', 'UTC', at('2026-01-10T01:00:00Z')))).toBe('2026-01-10T02:00:00.000Z');
    expect(iso(nextSlot('0 * * * *', 'UTC', at('2026-01-10T00:59:59.999Z')))).toBe('2026-01-10T01:00:00.000Z');
  });

  test('slots between: the first excluded, the last included, bounded', () => {
    const slots = slotsBetween('0 * * * *', 'UTC', at('2026-01-10T00:00:00Z'), at('2026-01-10T03:00:00Z'));
    expect(slots.map(iso)).toEqual([
      '2026-01-10T01:00:00.000Z',
      '2026-01-10T02:00:00.000Z',
      '2026-01-10T03:00:00.000Z',
    ]);
    expect(slotsBetween('* * * * * *', 'UTC', at('2026-01-10T00:00:00Z'), at('2027-01-10T00:00:00Z'), 5)).toHaveLength(
      5,
    );
  });

  test('each slot once where the clocks go back, one where they go forward', () => {
    const autumn = slotsBetween('30 2 * * *', 'Europe/Berlin', at('2026-10-24T12:00:00Z'), at('2026-10-26T12:00:00Z'));
    expect(autumn).toHaveLength(2);
    const spring = slotsBetween('30 2 * * *', 'Europe/Berlin', at('2026-03-28T12:00:00Z'), at('2026-03-30T12:00:00Z'));
    expect(spring).toHaveLength(2);
  });

  test.each([
    ['0 2 * * *', 'Europe/Berlin', []],
    ['0 2 * *', 'UTC', ['schedule']],
    ['61 2 * * *', 'UTC', ['schedule']],
    ['0 0 31 2 *', 'UTC', ['schedule']],
    ['tomorrow at noon sharp please', 'UTC', ['schedule']],
    ['0 2 * * *', 'Mars/Olympus', ['timezone']],
    ['nonsense', 'Mars/Olympus', ['timezone', 'schedule']],
  ])('%s in %s: wrong are %j', (schedule, timezone, fields) => {
    expect(checkSchedule(schedule, timezone).map((problem) => problem.field)).toEqual(fields);
  });

  test.each([
    ['61 2 * * *', "'61' is no minute (0 to 59), which is field 1 of '61 2 * * *'."],
    ['0 61 2 * * *', "'61' is no minute (0 to 59), which is field 2 of '0 61 2 * * *'."],
    ['0 2 * * FOO', "'FOO' is no weekday (0 to 7, or SUN to SAT), which is field 5 of '0 2 * * FOO'."],
    ['0 */99 * * *', "'*/99' is no hour (0 to 23), which is field 2 of '0 */99 * * *'."],
    ['@often', "'@often' is no schedule; by name there are @hourly, @daily, @weekly, @monthly and @yearly."],
  ])('%s: the message names the field', (schedule, message) => {
    expect(checkSchedule(schedule, 'UTC').map((problem) => problem.message)).toEqual([message]);
  });

  test.each(['@hourly', '@daily', '@weekly', '@monthly', '@yearly'])('%s is a schedule', (schedule) => {
    expect(checkSchedule(schedule, 'UTC')).toEqual([]);
  });

  test('each wrong field is told, and a time zone like the one given', () => {
    expect(checkSchedule('61 25 * * *', 'Europe/Berln')).toEqual([
      expect.objectContaining({ field: 'timezone', suggestion: "did you mean 'Europe/Berlin'?" }),
      expect.objectContaining({ message: "'61' is no minute (0 to 59), which is field 1 of '61 25 * * *'." }),
      expect.objectContaining({ message: "'25' is no hour (0 to 23), which is field 2 of '61 25 * * *'." }),
    ]);
  });
});
