// Bundles each function of functions/ into a folder of dist/functions/ that a Lambda can be made of.
import { globSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { root } from './toolchain.mjs';

const names = globSync('functions/*/handler.ts', { cwd: root }).map((file) => basename(dirname(file)));

await Promise.all(names.map(bundle));

async function bundle(name) {
  const folder = join(root, 'dist', 'functions', name);
  rmSync(folder, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: [join(root, 'functions', name, 'handler.ts')],
    outfile: join(folder, 'index.mjs'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    logLevel: 'warning',
    // What CommonJS packages that it bundles ask for.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
}
