import { expect, test } from 'vitest';
import { apiEnv } from '#functions/api/env';

const basePath = apiEnv.shape.FLOWBEAT_BASE_PATH;

test.each(['/a', '/flow', '/team/flow'])('%s is a base path', (path) => {
  expect(basePath.parse(path)).toBe(path);
});

test.each(['', '/', 'flow', '/flow/', '//flow'])('"%s" is none', (path) => {
  expect(basePath.safeParse(path).success).toBe(false);
});
