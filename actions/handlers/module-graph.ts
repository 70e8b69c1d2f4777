import { readFileSync } from 'node:fs';
import { findPackageJSON, type ResolveHookContext, registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Marks the URLs of a module graph that is loaded by our rules; the number makes each load of it another graph. */
const MARK = 'flowbeat-load';

const MARKED = new RegExp(`[?&]${MARK}=\\d+`, 'g');

/** What a CommonJS file cannot hold: an import or export statement. */
const ESM_STATEMENT =
  /^\s*(?:import\s*(?:[\w{*'"]|type\b)|export\s+(?:[{*]|default\b|const\b|let\b|async\b|function\b|class\b|type\b|interface\b))/m;

let loads = 0;
let hooked = false;

/**
 * A URL of the file that no import has seen yet, so that it and the files it imports are read anew. Those in `node_modules` are not:
 * they do not change under a developer's hands.
 */
export function freshUrl(url: string): string {
  const fresh = new URL(url);
  fresh.searchParams.set(MARK, String(++loads));
  return fresh.href;
}

/** The file of a module's URL, for people. */
export const fileOf = (url: string): string => fileURLToPath(url);

/** A text without the marks of URLs, which mean nothing to people: the places of a stack, an error's message. */
export const withoutMarks = (text: string): string => text.replaceAll(MARKED, '');

/** Imports a module by its URL, in any thread; one of `freshUrl` with all its graph. */
export async function importModule(url: string): Promise<Readonly<Record<string, unknown>>> {
  if (!hooked && markOf(url) !== null) hook();
  return import(url);
}

/** Whether the name of `file` and its package.json make it CommonJS, whatever it holds. */
export function isCalledCommonJs(file: string): boolean {
  const manifest = /\.[jt]s$/.test(file) ? findPackageJSON(pathToFileURL(file)) : undefined;
  if (manifest === undefined) return false;
  try {
    return JSON.parse(readFileSync(manifest, 'utf8')).type === 'commonjs';
  } catch {
    return false; // Node itself says what is wrong with the manifest.
  }
}

/**
 * Two rules for the marked graphs. What a marked module imports by path is marked alike. And a file with import statements is an ES
 * module even where package.json says `"type": "commonjs"`: `npm init -y` writes that since npm 11, and the handlers of a new user would
 * not load.
 */
function hook(): void {
  hooked = true;
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const mark = context.parentURL === undefined ? null : markOf(context.parentURL);
      if (mark === null || !isOwnFile(specifier, resolved.url, context)) return resolved;
      const url = new URL(resolved.url);
      url.searchParams.set(MARK, mark);
      return { ...resolved, url: url.href };
    },
    load(url, context, next) {
      if (markOf(url) === null || !/^commonjs/.test(context.format ?? '') || !hasEsmStatements(url))
        return next(url, context);
      return next(url, { ...context, format: context.format === 'commonjs' ? 'module' : 'module-typescript' });
    },
  });
}

function isOwnFile(specifier: string, url: string, context: ResolveHookContext): boolean {
  const byPath = /^(?:\.{0,2}\/|file:|#)/.test(specifier);
  return byPath && url.startsWith('file:') && !url.includes('/node_modules/') && context.conditions.includes('import');
}

function hasEsmStatements(url: string): boolean {
  return ESM_STATEMENT.test(readFileSync(fileURLToPath(url), 'utf8'));
}

function markOf(url: string): string | null {
  return url.startsWith('file:') && url.includes(MARK) ? new URL(url).searchParams.get(MARK) : null;
}
