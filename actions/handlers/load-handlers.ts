import { stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { activitiesOf } from '#actions/handlers/exports';
import { freshUrl, importModule, isCalledCommonJs, withoutMarks } from '#actions/handlers/module-graph';
import { HANDLERS_INVALID, type LoadedActivities } from '#actions/handlers/registry';
import { syntaxPlace } from '#actions/handlers/syntax-place';
import { FlowbeatError } from '#ports/errors';

const EXTENSIONS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];

/**
 * Imports a user's handlers: `export default defineActivities({…})`, or named exports that are functions. `fresh` reads the files anew
 * (`dev` reloads them when they change); each such load stays in memory, so only use it there. Rejected with HANDLERS_INVALID.
 */
export async function loadHandlers(
  path: string,
  options: { readonly fresh?: boolean } = {},
): Promise<LoadedActivities> {
  const file = resolve(path);
  await mustBeModule(file);
  const url = pathToFileURL(file).href;
  const module = options.fresh === true || isCalledCommonJs(file) ? freshUrl(url) : url;
  try {
    return { activities: activitiesOf(await importModule(module), file), module };
  } catch (error) {
    throw await broken(file, error);
  }
}

async function mustBeModule(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) throw invalid(file, `There is no handlers file ${file}.`);
  if (!found.isFile()) throw invalid(file, `${file} is no file; name the module that exports the handlers.`);
  if (!EXTENSIONS.includes(extname(file))) {
    throw invalid(file, `${file} is no module of handlers; its name must end in ${EXTENSIONS.join(', ')}.`);
  }
}

async function broken(file: string, error: unknown): Promise<FlowbeatError> {
  if (error instanceof FlowbeatError) return error;
  if (!(error instanceof Error)) return invalid(file, `${file} threw ${String(error)} while it was loaded.`, error);
  const place = await syntaxPlace(file, error);
  return invalid(file, `${file} cannot be loaded: ${withoutMarks(`${error.name}: ${error.message}${place}`)}`, error);
}

function invalid(file: string, message: string, cause?: unknown): FlowbeatError {
  return new FlowbeatError('rejected', HANDLERS_INVALID, message, { path: file }, cause);
}
