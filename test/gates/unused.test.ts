import { expect, test } from 'vitest';
import { runCommand } from '#test/support/command';
import { plantTree } from '#test/support/planted-tree';

test.each([
  ['a file that nothing imports', { 'cli/planted.ts': 'export const x = 1;\n' }, 'cli/planted.ts'],
  [
    'an export that nothing imports',
    {
      'bin/main.ts': "import { used } from '#cli/planted';\n\nused();\n",
      'cli/planted.ts': 'export function used() {}\nexport function planted() {}\n',
    },
    'planted',
  ],
  ['a package that package.json does not name', { 'bin/main.ts': "import 'left-pad';\n" }, 'left-pad'],
])('%s is reported', async (_what, files, name) => {
  await using tree = await plantTree({ ...files });
  const { code, stdout } = await runCommand('npm', ['run', '--silent', 'unused'], { cwd: tree.path });
  expect(stdout).toContain(name);
  expect(code).not.toBe(0);
});
