import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { TemporaryFolder } from '#test/support/temporary-folder';
import { bundle, functionNames } from '../../bin/bundle-functions.mjs';

const MIB = 1024 * 1024;

test('each function is one module that exports a handler and needs nothing beside it; api and advance have less than 2 MiB', async () => {
  // Outside of the project: there is no node_modules above it.
  using folder = new TemporaryFolder();
  const names = functionNames();
  const sizes = await bundle(undefined, { out: folder.path });
  expect(Object.keys(sizes)).toEqual(names);
  expect(names).toContain('advance');
  for (const name of ['api', 'advance']) expect(sizes[name] ?? 0, name).toBeLessThan(2 * MIB);
  const types = names.map((name) => `'${name}',typeof (await import('./${name}/index.mjs')).handler`).join(',');
  const program = ['--input-type=module', '--eval', `console.log(JSON.stringify([${types}]))`];
  const told = execFileSync(process.execPath, program, { cwd: folder.path, encoding: 'utf8' });
  expect(JSON.parse(told)).toEqual(names.flatMap((name) => [name, 'function']));
});

test('a function that is not there is refused by name', async () => {
  await expect(bundle(['nothing'])).rejects.toThrow('There is no function "nothing"');
});
