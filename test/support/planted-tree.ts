import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '#test/support/command';

/** What configures the gates. A planted tree is judged by the repository's own rules, not by a copy of them. */
const configuration = [
  '.dependency-cruiser.mjs',
  '.gitignore',
  'biome.json',
  'engine/globals.d.ts',
  'engine/tsconfig.json',
  'knip.json',
  'package.json',
  'tsconfig.json',
];

export interface PlantedTree extends AsyncDisposable {
  readonly path: string;
}

/** A temporary repository with the real configuration and dependencies, and these files alone for sources. */
export async function plantTree(files: Readonly<Record<string, string>>): Promise<PlantedTree> {
  const path = await mkdtemp(join(tmpdir(), 'flowbeat-gate-'));
  await symlink(join(root, 'node_modules'), join(path, 'node_modules'));
  // Biome reads .gitignore only inside a git repository.
  await mkdir(join(path, '.git'));
  for (const file of configuration) await cp(join(root, file), join(path, file));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), text);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
