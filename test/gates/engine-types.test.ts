import { expect, test } from 'vitest';
import { runCommand } from '#test/support/command';
import { plantTree } from '#test/support/planted-tree';

async function compileEngine(text: string): Promise<string> {
  await using tree = await plantTree({ 'engine/planted.ts': text });
  const { stdout, code } = await runCommand('tsc', ['--noEmit', '-p', 'engine'], { cwd: tree.path });
  return code === 0 ? 'compiles' : stdout;
}

test.each([
  ['a global of Node', 'export const x: unknown = process.env.HOME;', "Cannot find name 'process'"],
  ['a buffer', "export const x: unknown = Buffer.from('x');", "Cannot find name 'Buffer'"],
  ['a timer', 'export const x: unknown = setTimeout(() => 1, 1);', "Cannot find name 'setTimeout'"],
  ['a request', "export const x: unknown = fetch('x');", "Cannot find name 'fetch'"],
  ['the DOM', 'export const x: unknown = document.title;', "Cannot find name 'document'"],
  ['a module of Node', "import { hostname } from 'node:os';\nexport const x: unknown = hostname();", "'node:os'"],
])('%s does not compile in the engine', async (_what, text, message) => {
  expect(await compileEngine(text)).toContain(message);
});

test('what is pure compiles there', async () => {
  expect(await compileEngine("import { z } from 'zod';\nexport const x: unknown = z.string().parse('x');")).toBe(
    'compiles',
  );
});
