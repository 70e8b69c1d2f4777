import { HANDLERS_INVALID } from '#actions/handlers/registry';
import { rejected } from '#ports/errors';
import { type Activities, type Activity, checkActivity, isDefined } from '#sdk/define-activities';

/**
 * The handlers that a module exports: those of its default export, if that is an object of them (`defineActivities`, or a plain one);
 * else each named export that is a function or `{ handler, isolate }`. Other exports (constants, classes) are its own business.
 */
export function activitiesOf(module: Readonly<Record<string, unknown>>, file: string): Activities {
  const exported = defaultOf(module);
  const found: Record<string, Activity> = {};
  for (const [name, value] of Object.entries(exported ?? module)) {
    if (exported === undefined && (name === 'default' || name === 'module.exports' || !looksLikeHandler(value)))
      continue;
    try {
      checkActivity(name, value);
    } catch (error) {
      throw rejected(HANDLERS_INVALID, `${file}: ${(error as Error).message}`, { path: file, activity: name });
    }
    found[name] = value;
  }
  if (Object.keys(found).length > 0) return found;
  throw rejected(
    HANDLERS_INVALID,
    `${file} exports no handlers. Write "export default defineActivities({ name: handler })", or export functions by name.`,
    { path: file },
  );
}

/** The default export, where it holds handlers. A CommonJS module has its exports both there and by name. */
function defaultOf(module: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  const value = module.default;
  if (isDefined(value)) return value;
  if (typeof value !== 'object' || value === null || value === module['module.exports']) {
    // `exports.default = …` of a module that a compiler made CommonJS.
    const inner: unknown =
      typeof value === 'object' && value !== null && 'default' in value ? value.default : undefined;
    return isDefined(inner) ? inner : undefined;
  }
  return value as Readonly<Record<string, unknown>>;
}

function looksLikeHandler(value: unknown): boolean {
  if (typeof value === 'function') return !/^class\b/.test(Function.prototype.toString.call(value));
  return typeof value === 'object' && value !== null && 'handler' in value && typeof value.handler === 'function';
}
