import { granted, refuses } from '#adapters/memory/conditions';
import { MemoryLeases } from '#adapters/memory/memory-leases';
import type { Json } from '#engine/json';
import { type EpochMs, epoch } from '#engine/time';
import { mayHaveTriggers } from '#ports/chart-source';
import { cursorInvalid } from '#ports/errors';
import { type FlowRecord, isTerminal } from '#ports/flow-record';
import { type FlowId, type Incarnation, type RunId, rootFlow } from '#ports/ids';
import type { CensusPage, ChartVersion, Checkpoint, FactChunk, Page, RunFilter, Store } from '#ports/store';
import type { CallbackRow, CommitResult, ControlRow, DueRow, JoinRow, StoreWrite } from '#ports/write';

const PAGE = 1000;
const joinKey = (flow: FlowId, seq: number, node: string) => `${flow}#${seq}#${node}`;
const byNewest = (a: FlowRecord, b: FlowRecord) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1);

/** Everything in maps: the reference that the other adapters are held against. Each call is atomic. */
export class MemoryStore extends MemoryLeases implements Store {
  readonly flows = new Map<FlowId, FlowRecord>();
  readonly facts = new Map<FlowId, FactChunk[]>();
  readonly joins = new Map<string, JoinRow>();
  readonly controls = new Map<FlowId, ControlRow>();
  readonly callbacks = new Map<string, CallbackRow>();
  readonly callbackBeats = new Map<string, EpochMs>();
  readonly checkpoints = new Map<string, { readonly data: Json; readonly term: number }>();
  readonly dues = new Map<string, DueRow>();
  readonly settings = new Map<string, Json>();
  /** First roots of runs that stay out of the archive. */
  readonly left = new Set<FlowId>();
  readonly charts = new Map<string, { versions: ChartVersion[]; deleted: boolean }>();

  async apply(write: StoreWrite): Promise<Omit<CommitResult, 'refused'>> {
    return this.applyNow(write);
  }

  /** The same at once: what an atomic commit and a simulated crash need. */
  applyNow(write: StoreWrite): Omit<CommitResult, 'refused'> {
    switch (write.kind) {
      case 'putFlow': {
        const there = this.flows.get(write.flow.id);
        if (there) return { ok: true, existed: [there] };
        this.flows.set(write.flow.id, write.flow);
        if (write.facts.length > 0) this.#append(write.flow, write.facts);
        return { ok: true };
      }
      case 'putJoin': {
        const key = joinKey(write.row.flow, write.row.seq, write.row.node);
        if (!this.joins.has(key)) this.joins.set(key, write.row);
        return { ok: true };
      }
      case 'dropJoin':
        this.joins.delete(joinKey(write.flow, write.seq, write.node));
        return { ok: true };
      case 'putControl':
        if (!this.controls.has(write.row.root)) this.controls.set(write.row.root, write.row);
        return { ok: true };
      case 'putCallback': {
        const key = `${write.row.flow}#${write.row.key}`;
        if (!this.callbacks.has(key)) this.callbacks.set(key, write.row);
        return { ok: true };
      }
      case 'putDue':
        this.dues.set(JSON.stringify(write.row), write.row);
        return { ok: true };
      case 'dropDue':
        this.dues.delete(JSON.stringify(write.row));
        return { ok: true };
      case 'markRedriven': {
        const flow = this.flows.get(write.flow);
        if (flow && flow.redrives < write.redrives) this.flows.set(flow.id, { ...flow, redrives: write.redrives });
        return { ok: true };
      }
      default: {
        const id = write.kind === 'commit' ? write.flow.id : write.flow;
        const flow = this.flows.get(id);
        if (!flow || refuses(flow, write)) return { ok: false, ...(flow && { found: flow }) };
        const next = granted(flow, write);
        this.flows.set(id, next);
        if (write.kind === 'commit') this.#append(next, write.facts);
        return { ok: true, found: next };
      }
    }
  }

  #append(flow: FlowRecord, facts: FactChunk['facts']): void {
    const chunks = this.facts.get(flow.id) ?? [];
    chunks.push({ seq: flow.seq, term: flow.term, facts });
    this.facts.set(flow.id, chunks);
  }

  async readFlow(flow: FlowId): Promise<FlowRecord | undefined> {
    return this.flows.get(flow);
  }

  async readFlows(flows: readonly FlowId[]): Promise<readonly (FlowRecord | undefined)[]> {
    return flows.map((flow) => this.flows.get(flow));
  }

  async listFlows(run: RunId, cursor?: string): Promise<Page<FlowRecord>> {
    return page(
      [...this.flows.values()].filter((flow) => flow.run === run),
      PAGE,
      cursor,
    );
  }

  async listRuns(filter: RunFilter): Promise<Page<FlowRecord>> {
    const roots = [...this.flows.values()].filter(
      (flow) =>
        (flow.id as string) === flow.run &&
        (!filter.chart || flow.chart === filter.chart) &&
        (!filter.status || this.#newest(flow).status === filter.status),
    );
    // The cursor names the last run shown, so that one that starts meanwhile, or leaves the status asked for, shifts nothing.
    const after = filter.cursor === undefined ? undefined : this.#ofCursor(filter.cursor);
    const sorted = roots.filter((flow) => after === undefined || byNewest(flow, after) > 0).sort(byNewest);
    const items = sorted.slice(0, filter.limit);
    const last = items.at(-1);
    return last && filter.limit < sorted.length ? { items, cursor: last.id } : { items };
  }

  #ofCursor(cursor: string): FlowRecord {
    const flow = this.flows.get(cursor as FlowId);
    if (flow?.run !== cursor) throw cursorInvalid('a list of runs', cursor);
    return flow;
  }

  /** The newest root of a run: the first where its redrive is noted and not there. */
  #newest(first: FlowRecord): FlowRecord {
    return this.flows.get(rootFlow(first.run, first.redrives)) ?? first;
  }

  async ownedBy(incarnation: Incarnation): Promise<readonly FlowRecord[] | undefined> {
    return [...this.flows.values()].filter((flow) => flow.owner === incarnation);
  }

  async readFacts(flow: FlowId, after: number, limit: number): Promise<readonly FactChunk[]> {
    return (this.facts.get(flow) ?? []).filter((chunk) => chunk.seq > after).slice(0, limit);
  }

  async readJoin(flow: FlowId, seq: number, nodes: readonly string[]): Promise<readonly (JoinRow | undefined)[]> {
    return nodes.map((node) => this.joins.get(joinKey(flow, seq, node)));
  }

  async leaveJoin(
    flow: FlowId,
    seq: number,
    node: string,
    change: { readonly remove?: number; readonly failed?: number },
  ): Promise<JoinRow | undefined> {
    const key = joinKey(flow, seq, node);
    const row = this.joins.get(key);
    if (!row) return undefined;
    const failed = row.failed ?? change.failed;
    const next: JoinRow = {
      ...row,
      open: row.open.filter((member) => member !== change.remove),
      ...(failed !== undefined && { failed }),
    };
    this.joins.set(key, next);
    return next;
  }

  async readControl(root: FlowId): Promise<ControlRow | undefined> {
    return this.controls.get(root);
  }

  async readCallback(flow: FlowId, key: string): Promise<CallbackRow | undefined> {
    return this.callbacks.get(`${flow}#${key}`);
  }

  async beatCallback(flow: FlowId, key: string, now: EpochMs): Promise<void> {
    const id = `${flow}#${key}`;
    this.callbackBeats.set(id, epoch(Math.max(now, this.callbackBeats.get(id) ?? now)));
  }

  async readCallbackBeat(flow: FlowId, key: string): Promise<EpochMs | undefined> {
    return this.callbackBeats.get(`${flow}#${key}`);
  }

  async saveCheckpoint(checkpoint: Checkpoint, term: number): Promise<boolean> {
    const key = `${checkpoint.flow}#${checkpoint.step}`;
    const there = this.checkpoints.get(key);
    if (there && there.term > term) return false;
    this.checkpoints.set(key, { data: checkpoint.data, term });
    return true;
  }

  async readCheckpoint(flow: FlowId, step: number): Promise<Json | undefined> {
    return this.checkpoints.get(`${flow}#${step}`)?.data;
  }

  async dueBefore(due: EpochMs, limit: number): Promise<readonly DueRow[]> {
    return [...this.dues.values()]
      .filter((row) => row.due <= due)
      .sort((a, b) => a.due - b.due)
      .slice(0, limit);
  }

  async readSetting(key: string): Promise<Json | undefined> {
    return this.settings.get(key);
  }

  async writeSetting(key: string, value: Json, was: Json | undefined): Promise<boolean> {
    if (JSON.stringify(this.settings.get(key)) !== JSON.stringify(was)) return false;
    this.settings.set(key, value);
    return true;
  }

  async dropSetting(key: string): Promise<void> {
    this.settings.delete(key);
  }

  async census(_now: EpochMs, cursor?: string, endedBefore?: EpochMs): Promise<CensusPage> {
    const due = (flow: FlowRecord) =>
      endedBefore !== undefined &&
      (flow.id as string) === flow.run &&
      isTerminal(flow.status) &&
      flow.updated < endedBefore &&
      !flow.archived?.cleared &&
      !this.left.has(flow.id);
    const looked = (flow: FlowRecord) =>
      !isTerminal(flow.status) || flow.parent !== undefined || flow.left !== undefined;
    const { items, ...more } = page(
      [...this.flows.values()].filter((flow) => looked(flow) || due(flow)),
      PAGE,
      cursor,
    );
    const ended = items.filter(due).map(({ run }) => run);
    return { items: items.filter(looked), ...(ended.length > 0 && { ended }), ...more };
  }

  async putChart(name: string, source: string, hash: string, now: EpochMs): Promise<ChartVersion> {
    const chart = this.charts.get(name) ?? { versions: [], deleted: false };
    this.charts.set(name, chart);
    chart.deleted = false;
    const newest = chart.versions.at(-1);
    if (newest?.hash === hash) return newest;
    const version: ChartVersion = { name, version: chart.versions.length + 1, source, hash, createdAt: now };
    chart.versions.push(version);
    return version;
  }

  async readChart(name: string, version?: number): Promise<ChartVersion | undefined> {
    const chart = this.charts.get(name);
    if (version !== undefined) return chart?.versions[version - 1];
    return chart?.deleted ? undefined : chart?.versions.at(-1);
  }

  async listCharts(): Promise<readonly ChartVersion[]> {
    return [...this.charts.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, chart]) => (chart.deleted ? [] : chart.versions.slice(-1)));
  }

  async dueCharts(): Promise<readonly string[]> {
    return (await this.listCharts()).flatMap(({ name, source }) => (mayHaveTriggers(source) ? [name] : []));
  }

  async noteNextSlot(): Promise<void> {}

  async deleteChart(name: string): Promise<boolean> {
    const chart = this.charts.get(name);
    if (!chart || chart.deleted) return false;
    chart.deleted = true;
    return true;
  }
}

/** A page of a list whose cursor is an offset: enough where the list is in memory. */
function page<T>(all: readonly T[], limit: number, cursor?: string): Page<T> {
  const from = Number(cursor ?? 0);
  const items = all.slice(from, from + limit);
  return from + limit < all.length ? { items, cursor: String(from + limit) } : { items };
}
