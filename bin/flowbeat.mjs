#!/usr/bin/env node
// The command `flowbeat`. Plain JavaScript, so that a Node which is too old can read it far enough to say so.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// The repository runs its sources; the package holds the JavaScript built of them, for Node strips no types below node_modules.
const source = new URL('./main.ts', import.meta.url);
const inRepository = existsSync(source);

if (Number.parseInt(process.versions.node, 10) >= 24) {
  // Sources without types are kept: without that, taking the types off costs each start 0.2 s and 60 MB for good. By a variable, so that threads
  // and worker processes find them too.
  if (inRepository) {
    const { enableCompileCache } = await import('node:module');
    process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/flowbeat', import.meta.url));
    enableCompileCache();
  }
  await import(inRepository ? source.href : new URL('../dist/bin/main.js', import.meta.url).href);
} else if (inRepository && existsSync(new URL('../node_modules/.bin/node', import.meta.url))) {
  const { runOnNewNode } = await import('./toolchain.mjs');
  await runOnNewNode('bin/main.ts', process.argv.slice(2));
} else {
  const remedy = inRepository
    ? 'run `npm start` once, which installs it'
    : 'install it from https://nodejs.org and try again';
  console.error(`flowbeat needs Node 24 or newer and found ${process.versions.node}: ${remedy}.`);
  process.exitCode = 2;
}
