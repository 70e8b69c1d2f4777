import type { Fact } from '#engine/flow';
import type { Json } from '#engine/json';
import type { EpochMs } from '#engine/time';
import type { FlowRecord, FlowStatus } from '#ports/flow-record';
import type { FlowId, Incarnation, RunId } from '#ports/ids';
import type { LeaseStore } from '#ports/lease';
import type { CallbackRow, CommitResult, ControlRow, DueRow, JoinRow, StoreWrite } from '#ports/write';

/** A page of a list; `cursor` asks for the next one, absent at the end. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor?: string;
}

/** A stored version of a chart: immutable. */
export interface ChartVersion {
  readonly name: string;
  /** 1, 2, 3 … */
  readonly version: number;
  /** The chart as validated, as JSON text: envelope and definition. */
  readonly source: string;
  /** SHA-256 of `source`: an unchanged chart makes no new version. */
  readonly hash: string;
  readonly createdAt: EpochMs;
}

/** The charts. */
export interface ChartStore {
  /** Stores a new version where `hash` differs from the newest one's; returns the version that now is the newest. */
  putChart(name: string, source: string, hash: string, now: EpochMs): Promise<ChartVersion>;
  /** A version, or the newest one. A deleted chart's versions stay readable by number for the runs that need them. */
  readChart(name: string, version?: number): Promise<ChartVersion | undefined>;
  /** The newest version of each chart that is not deleted, by name. */
  listCharts(): Promise<readonly ChartVersion[]>;
  /**
   * Names of charts that may have a slot to be started by `by`, as far as `noteNextSlot` tells; those that wait longest first. All that have triggers may be named, and others too:
   * it spares looking at charts that time starts seldom or never.
   */
  dueCharts(by: EpochMs): Promise<readonly string[]>;
  /**
   * Notes when the first slot of a chart comes that was not started yet, as it was seen at `now`; undefined: never, by this version. A store need not keep it.
   */
  noteNextSlot(chart: ChartVersion, next: EpochMs | undefined, now: EpochMs): Promise<void>;
  /** No run of it can be started any more; returns whether there was one. */
  deleteChart(name: string): Promise<boolean>;
}

/** The facts of one commit. `seq` 0 are those of the put. */
export interface FactChunk {
  readonly seq: number;
  readonly term: number;
  readonly facts: readonly Fact[];
}

/** Which runs to list, newest first. */
export interface RunFilter {
  readonly chart?: string;
  /** The status of the run's newest root: that of its last redrive, or the first. */
  readonly status?: FlowStatus;
  readonly limit: number;
  readonly cursor?: string;
}

/** A page of the census. */
export interface CensusPage extends Page<FlowRecord> {
  /** Runs whose first root flow ended before the time asked for and that are not wholly in the archive yet. */
  readonly ended?: readonly RunId[];
}

/** What a handler saved by `checkpoint`. */
export interface Checkpoint {
  readonly flow: FlowId;
  readonly step: number;
  readonly data: Json;
}

/** The state of every flow. All single-item reads are strongly consistent. */
export interface FlowStore {
  /** One write, atomically with its conditions. Used only by the ordered commit. */
  apply(write: StoreWrite): Promise<Omit<CommitResult, 'refused'>>;
  readFlow(flow: FlowId): Promise<FlowRecord | undefined>;
  /** In the order asked; undefined for one that is not there. Any number. */
  readFlows(flows: readonly FlowId[]): Promise<readonly (FlowRecord | undefined)[]>;
  /** The flows of a run, parents before children. */
  listFlows(run: RunId, cursor?: string): Promise<Page<FlowRecord>>;
  /** How many flows of a run there are by status, where the store counts them sooner than it reads them. */
  countFlows?(run: RunId): Promise<Readonly<Partial<Record<FlowStatus, number>>>>;
  /** Root flows (the first of each run), newest first. May be eventually consistent. Throws CURSOR_INVALID for a cursor it never gave. */
  listRuns(filter: RunFilter): Promise<Page<FlowRecord>>;
  /** The flows that an incarnation owns, where the store can find them by owner; undefined where it cannot (then witnesses find them). */
  ownedBy(incarnation: Incarnation): Promise<readonly FlowRecord[] | undefined>;
  /** The flow's history after commit `after` (-1: all), in order of seq. */
  readFacts(flow: FlowId, after: number, limit: number): Promise<readonly FactChunk[]>;

  /** Rows of a join tree, in the order asked. */
  readJoin(flow: FlowId, seq: number, nodes: readonly string[]): Promise<readonly (JoinRow | undefined)[]>;
  /** Removes a member from a row, and/or notes a failed child in it (the first stays); returns the row after it. Undefined: there is no such row. */
  leaveJoin(
    flow: FlowId,
    seq: number,
    node: string,
    change: { readonly remove?: number; readonly failed?: number },
  ): Promise<JoinRow | undefined>;
  readControl(root: FlowId): Promise<ControlRow | undefined>;
  readCallback(flow: FlowId, key: string): Promise<CallbackRow | undefined>;
  /** A callback's sign of life: the latest one counts, though an earlier one may arrive after it. */
  beatCallback(flow: FlowId, key: string, now: EpochMs): Promise<void>;
  readCallbackBeat(flow: FlowId, key: string): Promise<EpochMs | undefined>;
  /** Saves under (flow, step) unless one of a higher term is there. Returns whether it was saved. */
  saveCheckpoint(checkpoint: Checkpoint, term: number): Promise<boolean>;
  readCheckpoint(flow: FlowId, step: number): Promise<Json | undefined>;
  /** Due rows up to a time, earliest first. */
  dueBefore(due: EpochMs, limit: number): Promise<readonly DueRow[]>;

  /** A small value shared by the cluster (its window, a trigger's last slot). */
  readSetting(key: string): Promise<Json | undefined>;
  /** Writes it if the stored one equals `was` (undefined: absent). Returns whether it was written. */
  writeSetting(key: string, value: Json, was: Json | undefined): Promise<boolean>;
  /** Takes it away, if it is there. */
  dropSetting(key: string): Promise<void>;

  /**
   * The census (rule P): flows that may have been left behind, by a slow scan. A store may leave out what at `now` certainly was not. With `endedBefore` a
   * store that an archive stands beside also names the runs that are due for it.
   */
  census(now: EpochMs, cursor?: string, endedBefore?: EpochMs): Promise<CensusPage>;
}

/** Everything a store offers. */
export type Store = FlowStore & LeaseStore & ChartStore;
