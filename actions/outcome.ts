import type { DeadlineLimits, Missed } from '#actions/deadlines';
import { withoutMarks } from '#actions/handlers/module-graph';
import { jsonCopy } from '#actions/json-copy';
import type { LogBuffer } from '#actions/log-buffer';
import type { Json } from '#engine/json';
import type { ActionOutcome } from '#ports/action';
import { ActivityError } from '#sdk/activity-error';

/** Bounds of Step Functions (FailStateInput, TaskFailedEventDetails), in characters. They keep a flow's item small too. */
const MAX_ERROR = 256;
const MAX_CAUSE = 32_768;

/** Stack lines in a cause: enough to find the place; the rest would be the runtime's own. */
const MAX_TRACE = 10;
const MAX_TRACE_LINE = 500;

/** Names of errors that the running of an action makes, beside those of the handlers. A chart may match them in `ErrorEquals`. */
export const ERRORS = {
  /** Of the States Language. */
  timeout: 'States.Timeout',
  heartbeatTimeout: 'States.HeartbeatTimeout',
  taskFailed: 'States.TaskFailed',
  /** This worker has no handler of that name, or runs no commands. */
  noHandler: 'Flowbeat.NoHandler',
  outputNotSerializable: 'Flowbeat.OutputNotSerializable',
  /** The worker stopped, lost the flow, or the run was cancelled: nobody takes the outcome. */
  aborted: 'Flowbeat.Aborted',
  /** The thread of an isolated handler ended under it: `process.exit`, out of memory. */
  threadDied: 'Flowbeat.ThreadDied',
  /** The same of its process; a crash of native code too. */
  processDied: 'Flowbeat.ProcessDied',
} as const;

/** An action that failed. */
export type Failure = Extract<ActionOutcome, { readonly ok: false }>;

/** What a handler gets that goes on after its action: the reason of its signal, and what its checkpoints reject with. */
export class ActionOver extends Error {
  constructor() {
    super("The action is over: it timed out, was cancelled, or its flow is not this worker's any more.");
    this.name = 'ActionOver';
  }
}

/** A failure of name and cause, both within their bounds. */
export function failure(error: string, cause?: string): Failure {
  const name = error === '' ? ERRORS.taskFailed : cut(error, MAX_ERROR);
  return cause === undefined ? { ok: false, error: name } : { ok: false, error: name, cause: cut(cause, MAX_CAUSE) };
}

/** The outcome of an action that missed its time-out or its heartbeat; `saidLast`: the details of the last heartbeat. */
export function missed(which: Missed, limits: DeadlineLimits, saidLast?: Json): Failure {
  if (which === 'timeout') {
    return failure(
      ERRORS.timeout,
      `The action did not end within its time-out${limits.timeoutMs === undefined ? '' : ` of ${limits.timeoutMs / 1000} s`}.`,
    );
  }
  const said = saidLast === undefined ? '' : ` The last one said ${JSON.stringify(saidLast)}.`;
  return failure(ERRORS.heartbeatTimeout, `No heartbeat came for ${limits.heartbeatMs} ms.${said}`);
}

/** The outcome of an action whose signal aborted. Nobody takes it; the words are for who looks at a worker's log. */
export function aborted(): Failure {
  return failure(ERRORS.aborted, 'The run was cancelled, or its worker stopped or lost the flow.');
}

/** `outcome` with the lines of the action's log, if it has one. */
export function withLines(outcome: ActionOutcome, log: LogBuffer | undefined): ActionOutcome {
  return log === undefined ? outcome : { ...outcome, lines: log.lines() };
}

/** The outcome of a handler that returned `output`. */
export function success(output: unknown): ActionOutcome {
  try {
    return { ok: true, output: jsonCopy(output) };
  } catch (error) {
    return failure(
      ERRORS.outputNotSerializable,
      `The handler returned what JSON cannot carry: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** The outcome of a handler that threw `thrown`: an ActivityError as it says, others as Lambda reports them to Step Functions. */
export function failureOf(thrown: unknown): Failure {
  if (ActivityError.is(thrown)) return failure(thrown.error, thrown.details);
  if (!(thrown instanceof Error)) {
    return failure(
      typeof thrown,
      JSON.stringify({ errorType: typeof thrown, errorMessage: printed(thrown), trace: [] }),
    );
  }
  const { name, message, stack } = thrown;
  const trace = withoutMarks(String(stack ?? ''))
    .split('\n', MAX_TRACE)
    .map((line) => cut(line, MAX_TRACE_LINE));
  const errorMessage = cut(String(message), MAX_CAUSE / 4);
  return failure(String(name), JSON.stringify({ errorType: String(name), errorMessage, trace }));
}

function printed(value: unknown): string {
  try {
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
