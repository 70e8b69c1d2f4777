import { type ActivitySource, type Registry, registerHandlers } from '#actions/handlers/registry';
import { AbortWatch } from '#actions/in-process/abort-watch';
import { type InProcess, InProcessAction } from '#actions/in-process/in-process-action';
import { ERRORS, failure } from '#actions/outcome';
import type { ActionCall, ActionOutcome, ActionRunner } from '#ports/action';
import type { Clock } from '#ports/clock';
import { SILENT, type Telemetry } from '#ports/telemetry';

/** What a runner of actions is made of. */
export interface ActionRunnerOptions {
  /** Handlers: of `loadHandlers`, or as values, which cannot be isolated. */
  readonly activities: ActivitySource | readonly ActivitySource[];
  readonly clock: Clock;
  /** Told of results that came too late (`action.late`). */
  readonly telemetry?: Telemetry;
}

/** A runner that owns threads and processes. */
export interface ClosableActionRunner extends ActionRunner {
  /** Ends idle threads and what else it holds. Abort the actions under way first; what still runs is ended by force. */
  close(): Promise<void>;
}

/** Runs the actions of one worker: its handlers and, where `exec` is set, commands. Throws HANDLERS_INVALID. */
export function createActionRunner(options: ActionRunnerOptions): ClosableActionRunner {
  return new LocalActionRunner(options);
}

class LocalActionRunner implements ClosableActionRunner {
  readonly activities: ReadonlySet<string>;
  readonly #handlers: Registry;
  readonly #inProcess: InProcess;

  constructor(options: ActionRunnerOptions) {
    const { activities, clock, telemetry = SILENT } = options;
    this.#handlers = registerHandlers(Array.isArray(activities) ? activities : [activities]);
    this.activities = new Set(this.#handlers.keys());
    this.#inProcess = { clock, telemetry, abortWatch: new AbortWatch(clock) };
  }

  run(call: ActionCall): Promise<ActionOutcome> {
    const { kind, name, text } = call.resource;
    const registered = kind === 'activity' ? this.#handlers.get(name) : undefined;
    if (registered !== undefined) return new InProcessAction(this.#inProcess, call).run(registered.handler);
    return Promise.resolve(failure(ERRORS.noHandler, `This worker has no handler for ${text}.`));
  }

  async close(): Promise<void> {
    this.#inProcess.abortWatch.stop();
  }
}
