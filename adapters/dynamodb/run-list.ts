import type { FlowReads } from '#adapters/dynamodb/flow-reads';
import { itemKey, number, text } from '#adapters/dynamodb/items';
import { flowOf, RUN_DAYS, runDay, runPartitions } from '#adapters/dynamodb/keys';
import { RUNS_INDEX } from '#adapters/dynamodb/table';
import type { Item, TableClient } from '#adapters/dynamodb/table-client';
import { cursorInvalid } from '#ports/errors';
import type { FlowRecord, FlowStatus } from '#ports/flow-record';
import { type FlowId, type RunId, rootFlow } from '#ports/ids';
import type { Page, RunFilter } from '#ports/store';

/** A run as the index names it. */
interface Entry {
  readonly at: number;
  readonly id: FlowId;
  readonly run: RunId;
}

/** Where a page ended. */
type Cursor = readonly [at: number, id: string];

/** Newest first; runs of one millisecond by their id, so that pages neither repeat nor drop one. */
const newestFirst = (a: Entry, b: Entry) => b.at - a.at || (a.id < b.id ? 1 : -1);
const isAfter = ({ at, id }: Entry, [end, last]: Cursor) => at < end || (at === end && id < last);

/** Entries asked of a partition at a time, and the most details read at a time. */
const BATCH = 50;
/** Days asked for at a time. */
const DAYS = 30;

/**
 * The list of runs: an index that only a run's start writes to, by day and shard, merged on read. It lags behind by less than a second as
 * a rule. Its entries are keys; what the list shows is read from the flows themselves, so that a run that moves on costs no write here.
 */
export class RunList {
  readonly #table: TableClient;
  readonly #reads: FlowReads;
  readonly #days = new Set<string>();

  constructor(table: TableClient, reads: FlowReads) {
    this.#table = table;
    this.#reads = reads;
  }

  /** Notes the day of a start before it is put: one write a day and process. So a list goes back through years without asking for empty days. */
  async prepare(startedAt: number): Promise<void> {
    const day = runDay(startedAt);
    if (this.#days.has(day)) return;
    await this.#table.put({ k: text(RUN_DAYS), s: text(day) });
    this.#days.add(day);
  }

  async list({ chart, status, limit, cursor }: RunFilter): Promise<Page<FlowRecord>> {
    const after = cursor === undefined ? undefined : readCursor(cursor);
    const items: FlowRecord[] = [];
    for await (const entries of this.#entries(chart, after, Math.min(BATCH, limit + 1))) {
      const found = await this.#reads.readFlows(entries.map(({ id }) => id));
      const flows = found.flatMap((flow) => (flow && (chart === undefined || flow.chart === chart) ? [flow] : []));
      for (const flow of status === undefined ? flows : await this.#inStatus(flows, status)) {
        // One more than asked for: only then is there a next page.
        if (items.length === limit) return { items, cursor: writeCursor(items.at(-1)) };
        items.push(flow);
      }
    }
    return { items };
  }

  /** Those of first roots whose runs are in a status: that of a redriven run is its newest root's. */
  async #inStatus(firsts: readonly FlowRecord[], status: FlowStatus): Promise<readonly FlowRecord[]> {
    const redriven = firsts.filter(({ redrives }) => redrives > 0);
    const newest = await this.#reads.readFlows(redriven.map(({ run, redrives }) => rootFlow(run, redrives)));
    const statuses = new Map(redriven.map((first, index) => [first, newest[index]?.status]));
    return firsts.filter((first) => (statuses.get(first) ?? first.status) === status);
  }

  /** Entries in order, in batches of at most `size`. */
  async *#entries(chart: string | undefined, after: Cursor | undefined, size: number): AsyncGenerator<Entry[]> {
    for await (const day of this.#daysBack(after)) {
      const shards = runPartitions(day).map((partition) => new Shard(this.#table, partition, after));
      for (;;) {
        const batch: Entry[] = [];
        while (batch.length < size) {
          const heads = await Promise.all(shards.map((shard) => shard.head()));
          const best = heads.reduce<Entry | undefined>(
            (one, head) => (head && (!one || newestFirst(head, one) < 0) ? head : one),
            undefined,
          );
          if (!best) break;
          shards[heads.indexOf(best)]?.shift();
          // Nearly always the id tells the chart; where it does not, the flow itself does later.
          if (chart === undefined || best.run.startsWith(`${chart}:`)) batch.push(best);
        }
        if (batch.length === 0) break;
        yield batch;
      }
    }
  }

  /** The days on which runs were started, newest first. */
  async *#daysBack(after: Cursor | undefined): AsyncGenerator<string> {
    let from: Item | undefined;
    do {
      const { items, next } = await this.#table.query({
        where: after ? '#k = :k AND #s <= :s' : '#k = :k',
        values: { ':k': text(RUN_DAYS), ...(after && { ':s': text(runDay(after[0])) }) },
        backward: true,
        limit: DAYS,
        from,
      });
      for (const { s } of items) if (s?.S !== undefined) yield s.S;
      from = next;
    } while (from);
  }
}

/** One partition of the index, read newest first as far as it is asked for. */
class Shard {
  readonly #table: TableClient;
  readonly #partition: string;
  readonly #after: Cursor | undefined;
  #entries: Entry[] = [];
  #next: Item | undefined;
  #begun = false;

  constructor(table: TableClient, partition: string, after: Cursor | undefined) {
    this.#table = table;
    this.#partition = partition;
    this.#after = after;
  }

  async head(): Promise<Entry | undefined> {
    // Entries of one millisecond come in no order that may be relied on: the last ones are given only when an older one follows.
    while (!this.#settled() && (!this.#begun || this.#next)) await this.#more();
    return this.#entries[0];
  }

  shift(): void {
    this.#entries.shift();
  }

  #settled(): boolean {
    return this.#entries.length > 0 && this.#entries[0]?.at !== this.#entries.at(-1)?.at;
  }

  async #more(): Promise<void> {
    const { items, next } = await this.#table.query({
      index: RUNS_INDEX,
      where: this.#after ? '#g = :g AND #a <= :a' : '#g = :g',
      values: { ':g': text(this.#partition), ...(this.#after && { ':a': number(this.#after[0]) }) },
      backward: true,
      limit: BATCH,
      from: this.#next,
    });
    this.#begun = true;
    this.#next = next;
    for (const item of items) {
      const entry = { at: Number(item.a?.N ?? 0), ...flowOf(itemKey(item)) };
      if (!this.#after || isAfter(entry, this.#after)) this.#entries.push(entry);
    }
    this.#entries.sort(newestFirst);
  }
}

const writeCursor = (last: FlowRecord | undefined): string => JSON.stringify([last?.startedAt ?? 0, last?.id ?? '']);

function readCursor(cursor: string): Cursor {
  try {
    const read: unknown = JSON.parse(cursor);
    if (Array.isArray(read) && read.length === 2) {
      const [at, id] = read;
      // The end of JavaScript's time: beyond it there is no day to look in.
      if (Number.isInteger(at) && at >= 0 && at <= 8.64e15 && typeof id === 'string') return [at, id];
    }
  } catch {
    // What is no JSON is told below in the same words as what is other JSON.
  }
  throw cursorInvalid('a list of runs', cursor);
}
