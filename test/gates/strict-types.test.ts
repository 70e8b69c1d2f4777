import { expect, test } from 'vitest';
import { runCommand } from '#test/support/command';
import { plantTree } from '#test/support/planted-tree';

test.each([
  ['an element that may be missing', 'export const x: number = [1][0];', 'TS2322'],
  ['an enum, which Node cannot strip', 'export enum Status {\n  On,\n}', 'TS1294'],
  [
    'a type imported as a value',
    "import { MakeDirectoryOptions } from 'node:fs';\nexport type X = MakeDirectoryOptions;",
    'TS1484',
  ],
  ['an optional property set to undefined', 'export const x: { y?: number } = { y: undefined };', 'TS2375'],
])('%s does not compile', async (_what, text, error) => {
  await using tree = await plantTree({ 'workers/planted.ts': text });
  const { stdout, code } = await runCommand('tsc', ['--noEmit'], { cwd: tree.path });
  expect(stdout).toContain(error);
  expect(code).not.toBe(0);
});
