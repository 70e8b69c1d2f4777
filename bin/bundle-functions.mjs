// Bundles functions/*/handler.ts into dist/functions/<name>/index.mjs: one file a Lambda, all that it imports in it.
// As a program it bundles those that its arguments name, or all.
import { existsSync, globSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');

/** The names of all functions: folders with a handler. */
export const functionNames = () =>
  globSync('functions/*/handler.ts', { cwd: root })
    .map((path) => path.split(/[/\\]/).at(-2))
    .sort();

/**
 * Bundles functions and returns the size of each in bytes, by name. `out`: the folder that gets a folder for each, dist/functions where absent.
 * Its index.mjs exports `handler`, and needs nothing beside Node 24: not Lambda's own copy of the AWS SDK either, whose version changes unasked.
 */
export async function bundle(names = functionNames(), { out = join(root, 'dist', 'functions') } = {}) {
  const sizes = {};
  for (const name of names) {
    const entry = join(root, 'functions', name, 'handler.ts');
    if (!existsSync(entry)) throw new Error(`There is no function "${name}": ${functionNames().join(', ')}.`);
    const folder = join(out, name);
    rmSync(folder, { recursive: true, force: true });
    const { bytes, inputs } = await bundleFile(entry, join(folder, 'index.mjs'));
    sizes[name] = bytes;
    if (inputs['actions/thread/thread-pool.ts']) await addThreadProgram(folder);
  }
  return sizes;
}

/** zod brings its messages in fifty languages; ours are English. */
const englishOnly = {
  name: 'english-only',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
      resolveDir: join(root, 'node_modules', 'zod', 'v4', 'locales'),
    })),
};

async function bundleFile(entry, outfile) {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    // The SDK's own ES modules: its CommonJS is a third larger.
    mainFields: ['module', 'main'],
    conditions: ['module', 'import', 'node'],
    metafile: true,
    plugins: [englishOnly],
    logLevel: 'warning',
    absWorkingDir: root,
    // What CommonJS packages that it bundles ask for.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
  return Object.values(metafile.outputs)[0];
}

/** What handlers that are `isolate: thread` run in is found by the name that it has in the sources. */
async function addThreadProgram(folder) {
  const file = 'handler-thread.mjs';
  await bundleFile(join(root, 'actions', 'thread', 'handler-thread.ts'), join(folder, file));
  const imports = { '#actions/thread/handler-thread': `./${file}` };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ type: 'module', imports })}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  const sizes = await bundle(names.length > 0 ? names : undefined);
  for (const [name, bytes] of Object.entries(sizes)) console.error(`${name}: ${(bytes / 1024).toFixed(0)} KiB`);
}
