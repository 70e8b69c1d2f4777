import { expect, test } from 'vitest';
import { oneLine } from '#cli/render/style';

test.each([
  ['a   b', 'a   b'],
  ['a \n\t b', 'a b'],
  ['a\u001b[2Jb', 'a\\x1b[2Jb'],
])('%j in one line', (text, line) => {
  expect(oneLine(text)).toBe(line);
});
