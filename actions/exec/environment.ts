import type { ExecInput } from '#actions/exec/input';
import type { ActionNames } from '#actions/handler-context';

/** An environment, as processes have it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What every command inherits: what programs need to find things and to speak the user's language. The rest of the worker's environment is
 * not handed on unless the chart says so (`inheritEnv`): a run should not depend on how its worker was started. This keeps runs alike, it
 * keeps no secrets: a command runs as the worker's user and can read what the worker can.
 */
const INHERITED = new Set([
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR', 'TEMP', 'TMP'],
  // Windows programs do not start without these.
  ...[
    'SYSTEMROOT',
    'SYSTEMDRIVE',
    'WINDIR',
    'COMSPEC',
    'PATHEXT',
    'USERPROFILE',
    'APPDATA',
    'LOCALAPPDATA',
    'PROGRAMDATA',
  ],
]);

/** The environment of a command: what it inherits, then what names the action, then the chart's `env`. */
export function environmentOf(worker: Environment, input: ExecInput, names: ActionNames): Environment {
  const { inheritEnv } = input;
  const also = Array.isArray(inheritEnv) ? new Set(inheritEnv) : undefined;
  const inherits = (name: string) =>
    inheritEnv === true || INHERITED.has(name.toUpperCase()) || name.startsWith('LC_') || also?.has(name) === true;
  return {
    ...Object.fromEntries(Object.entries(worker).filter(([name]) => inherits(name))),
    FLOWBEAT_IDEMPOTENCY_KEY: names.idempotencyKey,
    FLOWBEAT_ATTEMPT: String(names.attempt),
    FLOWBEAT_RUN: names.run,
    ...(names.token === undefined ? {} : { FLOWBEAT_TASK_TOKEN: names.token }),
    ...input.env,
  };
}
