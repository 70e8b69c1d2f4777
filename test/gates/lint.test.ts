import { expect, test } from 'vitest';
import { runCommand } from '#test/support/command';
import { plantTree } from '#test/support/planted-tree';

test.each([
  ['an unused variable', 'const unused = 1;\nexport const x = 2;\n', 'lint/correctness/noUnusedVariables'],
  ['an any', 'export const x: any = 2;\n', 'lint/suspicious/noExplicitAny'],
  [
    'a test that runs alone',
    "import { test } from 'vitest';\n\ntest.only('x', () => {});\n",
    'lint/suspicious/noFocusedTests',
  ],
  ['another format', 'export const x = {a: "b"}\n', 'format'],
  [
    'unsorted imports',
    "import { b } from './b.ts';\nimport { a } from './a.ts';\n\nexport const x = [a, b];\n",
    'organizeImports',
  ],
])('%s is reported', async (_what, text, rule) => {
  await using tree = await plantTree({ 'workers/planted.ts': text });
  const { code, stdout, stderr } = await runCommand('npm', ['run', '--silent', 'lint'], { cwd: tree.path });
  expect(stdout + stderr).toContain(rule);
  expect(code).not.toBe(0);
});
