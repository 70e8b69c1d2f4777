import { spawnSync } from 'node:child_process';
import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type AssetCode, Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** The context key of a folder with a bundle for each function, used instead of ours. */
export const FUNCTIONS_FOLDER = 'flowbeat:functions';

/** Whether this module is a source of the repository; in the package it is compiled, and the bundles lie beside it. */
const FROM_SOURCE = import.meta.filename.endsWith('.ts');
const ROOT = join(import.meta.dirname, '..');
const BUNDLES = FROM_SOURCE ? join(ROOT, 'dist', 'functions') : join(ROOT, 'functions');

/** What handlers import as `flowbeat/worker`: in a bundle nothing looks for it at run time. */
export const WORKER_SDK = join(ROOT, 'sdk', FROM_SOURCE ? 'worker.ts' : 'worker.js');

/** The folder that holds a function's bundle. In the repository it is bundled first, where it is missing or older than any source. */
export function bundleFolder(scope: Construct, name: string): string {
  const given: unknown = scope.node.tryGetContext(FUNCTIONS_FOLDER);
  if (typeof given === 'string') return found(join(given, name), name);
  if (FROM_SOURCE) bundleWhatIsOld();
  return found(join(BUNDLES, name), name);
}

/** A function's code. */
export const bundleOf = (scope: Construct, name: string): AssetCode =>
  // Declarations and compiled schemas of the package lie in the same folders.
  Code.fromAsset(bundleFolder(scope, name), { exclude: ['*.js', '*.d.ts'] });

function found(folder: string, name: string): string {
  if (existsSync(join(folder, 'index.mjs'))) return folder;
  throw new Error(`The function ${name} is not bundled: there is no index.mjs in ${folder}.`);
}

const SOURCES = ['engine', 'ports', 'scheduler', 'adapters', 'http', 'actions', 'sdk', 'functions'];

/** The time of the newest source, looked for once a process: nobody edits while a synthesis runs. */
let checked = false;

function bundleWhatIsOld(): void {
  if (checked) return;
  checked = true;
  const newest = latest(globSync(`{${SOURCES.join(',')}}/**/*.ts`, { cwd: ROOT }));
  const handlers = globSync('functions/*/handler.ts', { cwd: ROOT });
  const bundles = handlers.map((handler) => handler.replace(/^/, 'dist/').replace(/handler\.ts$/, 'index.mjs'));
  if (bundles.every((bundle) => existsSync(join(ROOT, bundle)) && modified(bundle) >= newest)) return;
  const { status } = spawnSync(process.execPath, [join(ROOT, 'bin', 'bundle-functions.mjs')], {
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error('The functions could not be bundled; what stands above says why.');
}

const modified = (path: string): number => statSync(join(ROOT, path)).mtimeMs;
const latest = (paths: readonly string[]): number => Math.max(0, ...paths.map(modified));
