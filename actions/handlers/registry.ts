import { fileOf } from '#actions/handlers/module-graph';
import { rejected } from '#ports/errors';
import type { Handler } from '#sdk/activity';
import { type Activities, checkActivity } from '#sdk/define-activities';

/** A handler as the runner looks it up. */
export interface RegisteredHandler {
  readonly handler: Handler;
  readonly isolate: 'none' | 'thread' | 'process';
  /** The URL from which a thread or process loads it; undefined where it came as a value. */
  readonly module: string | undefined;
}

/** Handlers by the name of their activity. */
export type Registry = ReadonlyMap<string, RegisteredHandler>;

/** The handlers of one module, as `loadHandlers` gives them. */
export interface LoadedActivities {
  readonly activities: Activities;
  /** The URL that they were imported from. */
  readonly module: string;
}

/** What a runner can be made of: handlers, with or without their module. */
export type ActivitySource = Activities | LoadedActivities;

/** The code of every error about handlers: the caller must change the module or its name. */
export const HANDLERS_INVALID = 'HANDLERS_INVALID';

/** All handlers of some sources. Rejected with HANDLERS_INVALID where two have one name, or a thread could not find one. */
export function registerHandlers(sources: readonly ActivitySource[]): Registry {
  const registry = new Map<string, RegisteredHandler>();
  for (const source of sources) {
    const { activities, module } = isLoaded(source) ? source : { activities: source, module: undefined };
    for (const [name, activity] of Object.entries(activities)) {
      const other = registry.get(name);
      if (other) {
        const files = [other.module, module].filter((url) => url !== undefined).map(fileOf);
        const where = files.length === 0 ? '' : ` (${[...new Set(files)].join(' and ')})`;
        throw invalid(`Two handlers are named "${name}"${where}; each activity has one.`, { activity: name, files });
      }
      registry.set(name, register(name, activity, module));
    }
  }
  return registry;
}

function register(name: string, activity: unknown, module: string | undefined): RegisteredHandler {
  try {
    checkActivity(name, activity);
  } catch (error) {
    throw invalid((error as Error).message, { activity: name });
  }
  if (typeof activity === 'function') return { handler: activity, isolate: 'none', module };
  const { handler, isolate = 'none' } = activity;
  if (isolate !== 'none' && module === undefined) {
    throw invalid(
      `The handler "${name}" is to run in a ${isolate}, which must import it: load its module with loadHandlers(path).`,
      { activity: name },
    );
  }
  return { handler, isolate, module };
}

/** An activity may be named "activities"; none can be named "module" and be a string. */
function isLoaded(source: ActivitySource): source is LoadedActivities {
  return typeof source['module' as keyof ActivitySource] === 'string';
}

function invalid(message: string, fields: Readonly<Record<string, unknown>>) {
  return rejected(HANDLERS_INVALID, message, fields);
}
