import type { FlowOutcome } from '#engine/flow';
import type { Json } from '#engine/json';
import type { EpochMs } from '#engine/time';
import type { FlowStatus, TakeOver, Waits } from '#ports/flow-record';
import type { FlowId, RunId } from '#ports/ids';
import type { Lease } from '#ports/lease';
import type { ChartVersion, Page, RunFilter } from '#ports/store';
import type { Brake } from '#scheduler/brake';
import type { Discovered } from '#scheduler/sweeper/hosts';

/** What a start asks for. */
export interface StartRequest {
  readonly chart: string;
  readonly version?: number;
  /** The run's name: its idempotency key, unique in the chart. Made up where absent. */
  readonly name?: string;
  readonly input: Json;
}

/** A run, as lists show it: its status is that of its newest root flow; `Running` stands for Queued, Owned and Waiting. */
export interface RunSummary {
  readonly run: RunId;
  readonly chart: string;
  readonly version: number;
  readonly name: string;
  readonly status: 'Running' | Exclude<FlowStatus, 'Queued' | 'Owned' | 'Waiting'>;
  readonly startedAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly endedAt?: EpochMs;
  readonly redrives: number;
  /** Its rows were moved to the archive: it can be read, and not be redriven. */
  readonly archived?: boolean;
}

/** One flow of a run, for people who ask why something waits. */
export interface FlowView {
  readonly flow: FlowId;
  readonly parent?: FlowId;
  readonly status: FlowStatus;
  readonly at: string;
  readonly phase: string;
  readonly attempt: number;
  readonly step: number;
  readonly term: number;
  readonly seq: number;
  readonly owner?: string;
  readonly queue: string;
  readonly needs: string;
  readonly waits?: Waits;
  /** At a distributed Map: how many items it has read, and of how many that ended the child has failed. */
  readonly map?: { readonly items: number; readonly failed: number };
  readonly takenOver?: TakeOver;
  readonly updatedAt: EpochMs;
  readonly outcome?: FlowOutcome;
}

/** A run with what it carries and all its flows (the first `limit` of them). */
export interface RunDetail extends RunSummary {
  readonly input: Json;
  readonly outcome?: FlowOutcome;
  readonly flows: readonly FlowView[];
  /** How many flows there are by status. */
  readonly flowCounts: Readonly<Partial<Record<FlowStatus, number>>>;
  readonly moreFlows: boolean;
}

/** A history event in the shape of Step Functions' GetExecutionHistory, plus ours. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  /** Epoch milliseconds. */
  readonly timestamp: EpochMs;
  readonly type: string;
  readonly flow: FlowId;
  readonly [details: string]: Json | undefined;
}

/** A page of history; `cursor` resumes after it. */
export interface HistoryPage {
  readonly events: readonly HistoryEvent[];
  readonly cursor?: string;
}

/** A worker, as `workers list` shows it. */
export interface WorkerView {
  readonly lease: Lease;
  /** `Disconnected`: its beat has not moved for longer than two beats of this observer's time. `Stalled`: it beats without progress. */
  readonly status: 'Connected' | 'Incompatible' | 'Draining' | 'Condemned' | 'Disconnected' | 'Stalled';
}

/**
 * What the API and the command line can ask of an installation. Errors are `FlowbeatError`s of kind rejected with these codes:
 * CHART_INVALID (fields.errors: all of them, each with pointer, message, suggestion), CHART_NOT_FOUND, RUN_NOT_FOUND, NAME_TAKEN (a run of that name
 * with another input or version; the same start repeated returns the run), NAME_INVALID, INPUT_TOO_LARGE, RUN_ENDED (cancel), RUN_NOT_REDRIVABLE,
 * TOKEN_INVALID, TASK_ANSWERED (by the same token before), TASK_TIMED_OUT (the token's wait is over and nobody answered).
 *
 * `by`: who asks for it, where that is known; the run's history tells it.
 */
export interface Operations {
  /** Validates and stores; `created` is false where the newest version is the same. `source` is YAML or JSON. */
  putChart(source: string, name?: string): Promise<{ readonly chart: ChartVersion; readonly created: boolean }>;
  readChart(name: string, version?: number): Promise<ChartVersion>;
  listCharts(): Promise<readonly ChartVersion[]>;
  deleteChart(name: string): Promise<void>;

  startRun(
    request: StartRequest,
  ): Promise<{ readonly run: RunId; readonly created: boolean; readonly startedAt: EpochMs }>;
  listRuns(filter: RunFilter): Promise<Page<RunSummary>>;
  showRun(run: RunId, limit?: number): Promise<RunDetail>;
  /** Events in order of their numbers. `limit` at most 1,000. */
  history(run: RunId, options: { readonly cursor?: string; readonly limit: number }): Promise<HistoryPage>;
  cancelRun(
    run: RunId,
    reason: { readonly error?: string; readonly cause?: string; readonly by?: string },
  ): Promise<void>;
  redriveRun(run: RunId, by?: string): Promise<RunSummary>;

  completeTask(token: string, output: Json, by?: string): Promise<void>;
  failTask(
    token: string,
    reason: { readonly error: string; readonly cause?: string; readonly by?: string },
  ): Promise<void>;
  heartbeatTask(token: string): Promise<void>;

  listWorkers(): Promise<readonly WorkerView[]>;
  /** The hosts without a worker, as the sweeper last saw them; undefined where none has looked. */
  readHosts(): Promise<Discovered | undefined>;
  /** The brake on what the installation does by itself about the dead, where it is on. */
  readBrake(): Promise<Brake | undefined>;
  /** Sets it, with the reason for it. */
  setBrake(reason: string): Promise<void>;
  /** Lets it go. */
  releaseBrake(): Promise<void>;
}
