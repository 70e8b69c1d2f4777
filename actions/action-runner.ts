import { availableParallelism } from 'node:os';
import type { Environment } from '#actions/exec/environment';
import { type ExecShared, runExec } from '#actions/exec/exec-action';
import { GroupWatcher } from '#actions/exec/group-watcher';
import { type ActivitySource, type Registry, registerHandlers } from '#actions/handlers/registry';
import { AbortWatch } from '#actions/in-process/abort-watch';
import { type InProcess, InProcessAction } from '#actions/in-process/in-process-action';
import { isIntegration, runIntegration } from '#actions/integration/integration-action';
import { ERRORS, failure } from '#actions/outcome';
import { HandlerProcess } from '#actions/process/handler-process-host';
import { runInThread, type ThreadShared } from '#actions/thread/run-in-thread';
import { ThreadPool } from '#actions/thread/thread-pool';
import type { ActionCall, ActionOutcome, ActionRunner } from '#ports/action';
import type { Clock } from '#ports/clock';
import type { Integrations } from '#ports/integrations';
import { SILENT, type Telemetry } from '#ports/telemetry';

/** What a runner of actions is made of. */
export interface ActionRunnerOptions {
  /** Handlers: of `loadHandlers`, or as values, which cannot be isolated. */
  readonly activities: ActivitySource | readonly ActivitySource[];
  readonly clock: Clock;
  /** How many threads there may be for handlers that are `isolate: 'thread'`, and how many processes for `isolate: 'process'`; more of their actions than that wait. One a core. */
  readonly threads?: number;
  /** Whether it runs commands (the resource `exec`), and from which environment; that of this process where only `true` is said. */
  readonly exec?: boolean | ExecOptions;
  /** The services that Tasks may call; absent: such a Task fails. */
  readonly integrations?: Integrations;
  /** Told of results that came too late (`action.late`). */
  readonly telemetry?: Telemetry;
}

/** How commands are run. */
export interface ExecOptions {
  readonly environment?: Environment;
  /** Milliseconds from SIGTERM to SIGKILL. Must lie well below the failover window: a worker that lost its lease has no longer. */
  readonly killGraceMs?: number;
}

/** Long enough to remove a temporary file; a third of the shortest sensible window. */
const KILL_GRACE_MS = 1_000;

/** A runner that owns threads and processes. */
export interface ClosableActionRunner extends ActionRunner {
  /** Ends idle threads and what else it holds. Abort the actions under way first; what still runs is ended by force. */
  close(): Promise<void>;
}

/** Runs the actions of one worker: its handlers, calls of services and, where `exec` is set, commands. Throws HANDLERS_INVALID. */
export function createActionRunner(options: ActionRunnerOptions): ClosableActionRunner {
  return new LocalActionRunner(options);
}

class LocalActionRunner implements ClosableActionRunner {
  readonly activities: ReadonlySet<string>;
  readonly #handlers: Registry;
  readonly #inProcess: InProcess;
  readonly #threads: ThreadShared;
  readonly #processes: ThreadShared;
  /** Of processes for handlers; `exec` has its own. */
  readonly #watcher = new GroupWatcher();
  readonly #exec: ExecShared | undefined;
  readonly #integrations: Integrations | undefined;
  readonly #clock: Clock;

  constructor(options: ActionRunnerOptions) {
    const { activities, clock, telemetry = SILENT, exec = false, threads = availableParallelism() } = options;
    this.#handlers = registerHandlers(Array.isArray(activities) ? activities : [activities]);
    this.activities = new Set([...this.#handlers.keys(), ...(exec === false ? [] : ['exec'])]);
    this.#exec = exec === false ? undefined : execShared(clock, exec === true ? {} : exec);
    this.#integrations = options.integrations;
    this.#clock = clock;
    this.#threads = { clock, pool: new ThreadPool(clock, threads) };
    const makeProcess = () => new HandlerProcess(clock, this.#watcher, process.env);
    this.#processes = { clock, pool: new ThreadPool(clock, threads, makeProcess) };
    this.#inProcess = { clock, telemetry, abortWatch: new AbortWatch(clock) };
  }

  run(call: ActionCall): Promise<ActionOutcome> {
    const { kind, name, text } = call.resource;
    if (kind === 'exec' && this.#exec !== undefined) return runExec(this.#exec, call);
    if (isIntegration(call) && this.#integrations) return runIntegration(this.#integrations, this.#clock, call);
    const registered = kind === 'activity' ? this.#handlers.get(name) : undefined;
    if (registered?.isolate === 'thread') return runInThread(this.#threads, call, registered.module ?? '');
    if (registered?.isolate === 'process') return runInThread(this.#processes, call, registered.module ?? '');
    if (registered !== undefined) return new InProcessAction(this.#inProcess, call).run(registered.handler);
    return Promise.resolve(failure(ERRORS.noHandler, `This worker has no handler for ${text}.`));
  }

  async close(): Promise<void> {
    this.#inProcess.abortWatch.stop();
    this.#exec?.watcher.close();
    await Promise.all([this.#threads.pool.close(), this.#processes.pool.close()]);
    this.#watcher.close();
  }
}

/** An environment that is handed on is no configuration, so it may be read here. */
function execShared(clock: Clock, { environment = process.env, killGraceMs = KILL_GRACE_MS }: ExecOptions): ExecShared {
  return { clock, environment, killGraceMs, watcher: new GroupWatcher() };
}
