/** A worker as a service of its operating system: what that is told of it. */

/** What is to be run, and how. */
export interface WorkerService {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Absolute: what paths among the arguments are relative to. */
  readonly folder: string;
  /** Folders beside it that are written to. */
  readonly writes: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** How long a stop waits for actions that run. */
  readonly drainMs: number;
}

/** After its drain a worker gives back what still runs, tells the store, and ends. */
const AFTER_DRAIN_S = 15;

/** How long a service manager waits for a worker to end before it kills it, in seconds. */
export const stopSeconds = ({ drainMs }: WorkerService): number => Math.ceil(drainMs / 1_000) + AFTER_DRAIN_S;

/** What of an environment a service is given too: where it works, and never a secret. */
const KEPT = ['FLOWBEAT_STACK', 'AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE'];

/** The variables that a service keeps of the environment that it is printed in. */
export const keptOf = (env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(KEPT.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
