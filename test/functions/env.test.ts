import { expect, test } from 'vitest';
import { installationEnv } from '#functions/env';

const fuel = installationEnv.shape.FLOWBEAT_EXPRESSION_FUEL;

test('the bounds of expressions are numbers within their range, or the default ones', () => {
  expect(fuel.parse(undefined)).toBeUndefined();
  expect(fuel.parse('50000')).toBe(50_000);
  for (const bad of ['', '999', '1.5', 'many', '1e99']) expect(() => fuel.parse(bad), bad).toThrow();
});
