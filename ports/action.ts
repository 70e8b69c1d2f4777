import type { Resource } from '#engine/flow';
import type { Json } from '#engine/json';
import type { EpochMs } from '#engine/time';
import type { FlowId, RunId } from '#ports/ids';

/** How an action is run: by whom the worker hands it to (`actions/`). */
export interface ActionCall {
  readonly resource: Resource;
  readonly input: Json;
  readonly flow: FlowId;
  readonly run: RunId;
  readonly chart: string;
  readonly state: string;
  /** The same for every attempt and after every take-over. */
  readonly idempotencyKey: string;
  /** 0 at first; +1 for each retry by the chart. */
  readonly attempt: number;
  readonly timeoutMs?: number | undefined;
  readonly heartbeatMs?: number | undefined;
  /** The ARN of the role that the call of a service is made in; absent: that of whoever makes it. */
  readonly role?: string | undefined;
  /** The task token, where the Task waits for one. */
  readonly token?: string | undefined;
  /** Aborts when the run is cancelled, the worker cannot prove its lease, or it stops. A getter that makes it only when asked. */
  readonly signal: AbortSignal;
  /** Saves progress; it survives a take-over. Rejects where the flow is not this worker's any more. */
  checkpoint(data: Json): Promise<void>;
  /** What was saved last for this action, by whatever attempt. */
  readCheckpoint(): Promise<Json | undefined>;
}

/** How an action ended. `lines`: what its handler logged, bounded. */
export type ActionOutcome = (
  | { readonly ok: true; readonly output: Json }
  | { readonly ok: false; readonly error: string; readonly cause?: string }
) & { readonly lines?: readonly LogLine[] };

/** A line of a handler's log, kept with the action. */
export interface LogLine {
  readonly at: EpochMs;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly text: string;
}

/**
 * Runs actions for a worker. Never rejects: what goes wrong is an outcome. Itself enforces `timeoutMs` (States.Timeout) and `heartbeatMs`
 * (States.HeartbeatTimeout), and resolves soon after `signal` aborts (what it then resolves to is dropped).
 */
export interface ActionRunner {
  /** The activities that it has handlers for; `exec` where it runs commands. */
  readonly activities: ReadonlySet<string>;
  run(call: ActionCall): Promise<ActionOutcome>;
}
