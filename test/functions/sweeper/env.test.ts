import { expect, test } from 'vitest';
import { sweeperEnv } from '#functions/sweeper/env';

const retention = sweeperEnv.shape.FLOWBEAT_RETENTION_DAYS;

test('runs are archived after 90 days, after as many as are named, or never', () => {
  expect(retention.parse(undefined)).toBe(90);
  expect(retention.parse('15')).toBe(15);
  expect(retention.parse('3650')).toBe(3650);
  expect(retention.parse('keep')).toBe(0);
  expect(retention.parse('0')).toBe(0);
});

test('a retention that is no number of days, or shorter than a message lives, is refused by what would do', () => {
  for (const bad of ['14', '1', '-20', '20.5', '', 'never', '90d', '1e3']) {
    expect(() => retention.parse(bad), bad).toThrow('15 at least, or \\"keep\\"');
  }
});
