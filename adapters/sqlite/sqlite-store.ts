import type { FlowReads } from '#adapters/sqlite/flow-reads';
import type { GroupCommit } from '#adapters/sqlite/group-commit';
import type { HistoryLog } from '#adapters/sqlite/history-log';
import type { Reader } from '#adapters/sqlite/reader';
import type { SideRows } from '#adapters/sqlite/side-rows';
import type { SqliteCommit } from '#adapters/sqlite/sqlite-commit';
import type { Json } from '#engine/json';
import type { EpochMs } from '#engine/time';
import type { FlowRecord, FlowStatus } from '#ports/flow-record';
import type { FlowId, Incarnation, RunId } from '#ports/ids';
import type { Checkpoint, FactChunk, FlowStore, Page, RunFilter } from '#ports/store';
import type { CallbackRow, CommitResult, ControlRow, DueRow, JoinRow, StoreWrite } from '#ports/write';

/** The parts that the store of flows is put together from. */
export interface StoreParts {
  readonly group: GroupCommit;
  readonly reader: Reader;
  readonly reads: FlowReads;
  readonly log: HistoryLog;
  readonly sides: SideRows;
  readonly writes: SqliteCommit;
}

/** The flows and what stands beside them: reads at once, writes in the next transaction. */
export class SqliteFlows implements FlowStore {
  readonly #parts: StoreParts;

  constructor(parts: StoreParts) {
    this.#parts = parts;
  }

  apply(write: StoreWrite): Promise<Omit<CommitResult, 'refused'>> {
    return this.#write(({ writes }) => writes.carryOut([write]));
  }

  readFlow(flow: FlowId): Promise<FlowRecord | undefined> {
    return this.#read(({ reads }) => reads.flow(flow));
  }

  readFlows(flows: readonly FlowId[]): Promise<readonly (FlowRecord | undefined)[]> {
    return this.#read(({ reads }) => flows.map((flow) => reads.flow(flow)));
  }

  countFlows(run: RunId): Promise<Partial<Record<FlowStatus, number>>> {
    return this.#read(({ reads }) => reads.counts(run));
  }

  listFlows(run: RunId, cursor?: string): Promise<Page<FlowRecord>> {
    return this.#read(({ reads }) => reads.below(run, cursor));
  }

  listRuns(filter: RunFilter): Promise<Page<FlowRecord>> {
    return this.#read(({ reads }) => reads.runs(filter));
  }

  ownedBy(incarnation: Incarnation): Promise<readonly FlowRecord[] | undefined> {
    return this.#read(({ reads }) => reads.ownedBy(incarnation));
  }

  readFacts(flow: FlowId, after: number, limit: number): Promise<readonly FactChunk[]> {
    return this.#read(({ log }) => log.read(flow, after, limit));
  }

  readJoin(flow: FlowId, seq: number, nodes: readonly string[]): Promise<readonly (JoinRow | undefined)[]> {
    return this.#read(({ sides }) => nodes.map((node) => sides.readJoin(flow, seq, node)));
  }

  leaveJoin(
    flow: FlowId,
    seq: number,
    node: string,
    change: { readonly remove?: number; readonly failed?: number },
  ): Promise<JoinRow | undefined> {
    return this.#write(({ sides }) => sides.leaveJoin(flow, seq, node, change));
  }

  readControl(root: FlowId): Promise<ControlRow | undefined> {
    return this.#read(({ sides }) => sides.readControl(root));
  }

  readCallback(flow: FlowId, key: string): Promise<CallbackRow | undefined> {
    return this.#read(({ sides }) => sides.readCallback(flow, key));
  }

  beatCallback(flow: FlowId, key: string, now: EpochMs): Promise<void> {
    return this.#write(({ sides }) => sides.beatCallback(flow, key, now));
  }

  readCallbackBeat(flow: FlowId, key: string): Promise<EpochMs | undefined> {
    return this.#read(({ sides }) => sides.readCallbackBeat(flow, key));
  }

  saveCheckpoint(checkpoint: Checkpoint, term: number): Promise<boolean> {
    return this.#write(({ sides }) => sides.saveCheckpoint(checkpoint, term));
  }

  readCheckpoint(flow: FlowId, step: number): Promise<Json | undefined> {
    return this.#read(({ sides }) => sides.readCheckpoint(flow, step));
  }

  dueBefore(due: EpochMs, limit: number): Promise<readonly DueRow[]> {
    return this.#read(({ sides }) => sides.dueBefore(due, limit));
  }

  readSetting(key: string): Promise<Json | undefined> {
    return this.#read(({ sides }) => sides.readSetting(key));
  }

  writeSetting(key: string, value: Json, was: Json | undefined): Promise<boolean> {
    return this.#write(({ sides }) => sides.writeSetting(key, value, was));
  }

  dropSetting(key: string): Promise<void> {
    return this.#write(({ sides }) => sides.dropSetting(key));
  }

  census(now: EpochMs, cursor?: string): Promise<Page<FlowRecord>> {
    return this.#read(({ reads }) => reads.census(now, cursor));
  }

  #read<T>(look: (parts: StoreParts) => T): Promise<Awaited<T>> {
    return this.#parts.reader.read(() => look(this.#parts));
  }

  #write<T>(work: (parts: StoreParts) => T): Promise<T> {
    return this.#parts.group.add(() => work(this.#parts));
  }
}
