// `prepack`: builds what the package holds into dist/. Why it is done this way: docs/decisions/0001-packing.md
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installIfNeeded, newEnoughNode, root } from './toolchain.mjs';

installIfNeeded();

const dist = join(root, 'dist');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

rmSync(dist, { recursive: true, force: true });
compile();
copyOtherFiles();
writeManifest();
await bundleFunctions();
refuseSourceNames();

function compile() {
  const compiler = join(root, 'node_modules', 'tsc', 'bin', 'tsc');
  const args = [compiler, '-p', join(root, 'bin', 'tsconfig.pack.json')];
  const { status } = spawnSync(newEnoughNode(), args, { stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}

/** Charts, pages and the like that lie beside the sources. */
function copyOtherFiles() {
  for (const folder of shippedFolders()) {
    cpSync(join(root, folder), join(dist, folder), {
      recursive: true,
      filter: (path) => !/\.m?ts$|tsconfig\.json$|\.md$/.test(path),
    });
  }
}

function shippedFolders() {
  const folders = Object.keys(manifest.imports).map((name) => name.replace(/^#|\/\*$/g, ''));
  return folders.filter((folder) => folder !== 'test' && existsSync(join(root, folder)));
}

/** A manifest of its own makes dist/ the scope in which its `#` imports are looked up, so that they find JavaScript. */
function writeManifest() {
  const { name, version, type } = manifest;
  const exports = { './worker': './sdk/worker.js', './cdk': './infra/index.js', './package.json': './package.json' };
  const imports = Object.fromEntries(shippedFolders().map((folder) => [`#${folder}/*`, `./${folder}/*.js`]));
  writeFileSync(join(dist, 'package.json'), `${JSON.stringify({ name, version, type, exports, imports }, null, 2)}\n`);
}

/** Prebuilt, so that a user's project bundles none of our sources. */
async function bundleFunctions() {
  const { bundle } = await import('./bundle-functions.mjs');
  await bundle();
}

/** The compiler rewrites import lines alone: `new URL('./beat-thread.ts', import.meta.url)` would name a file that is not there. */
function refuseSourceNames() {
  const found = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .filter((file) => /new URL\(\s*['"`][^'"`]*\.m?ts['"`]/.test(readFileSync(join(dist, file), 'utf8')));
  if (found.length === 0) return;
  console.error(
    `These name a .ts file that the package does not have: ${found.join(', ')}. Use import.meta.resolve('#folder/file').`,
  );
  process.exit(1);
}
