import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { FLOW_COLUMNS, type FlowRow, toRecord } from '#adapters/sqlite/flow-row';
import type { EpochMs } from '#engine/time';
import { cursorInvalid } from '#ports/errors';
import type { FlowRecord, FlowStatus } from '#ports/flow-record';
import { type FlowId, type Incarnation, type RunId, rootFlow } from '#ports/ids';
import type { Page, RunFilter } from '#ports/store';

const PAGE = 1_000;

/**
 * Flows of one page of the census, after which the event loop goes on. What outlives a young collection makes the heap grow: looking after 100,000 waiting
 * flows left 67 MB behind with pages of 200, 30 MB with these.
 */
const CENSUS_PAGE = 20;

/** Rows that a list or the census looks at before it lets the event loop go on: some 5 ms. */
const STRIDE = 5_000;

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Reads of flows. The lists go through indexes that a commit on the hot path does not touch. */
export class FlowReads {
  readonly #db: DatabaseSync;
  readonly #known: (flow: FlowId) => FlowRecord | undefined;
  readonly #flow: StatementSync;
  readonly #stamp: StatementSync;
  readonly #byNo: StatementSync;
  readonly #owned: StatementSync;
  readonly #below: StatementSync;
  readonly #counts: StatementSync;
  readonly #census: StatementSync;
  readonly #last: StatementSync;
  readonly #status: StatementSync;
  readonly #runs = new Map<boolean, StatementSync>();

  /** `known`: what was written last of a flow, if that is remembered. */
  constructor(db: DatabaseSync, known: (flow: FlowId) => FlowRecord | undefined) {
    this.#db = db;
    this.#known = known;
    this.#stamp = db.prepare('SELECT term, seq, redrives FROM flows WHERE id = ?');
    this.#flow = db.prepare(`SELECT ${FLOW_COLUMNS} FROM flows WHERE id = ?`);
    this.#byNo = db.prepare(`SELECT ${FLOW_COLUMNS} FROM flows WHERE no = ?`);
    this.#owned = db.prepare(`SELECT ${FLOW_COLUMNS} FROM flows WHERE owner = ?`);
    this.#below = db.prepare(`SELECT no, ${FLOW_COLUMNS} FROM flows WHERE run = ? AND no > ? ORDER BY no LIMIT ?`);
    this.#counts = db.prepare('SELECT status, count(*) AS flows FROM flows WHERE run = ?1 OR id = ?1 GROUP BY status');
    // Rule P: what has not ended, ended children whose join rows stand, and ended flows that left a split whose join rows stand. Not: a run that waits for
    // a time to come or for an answer, and that nothing has come for: of those there may be very many.
    this.#census = db.prepare(`
      SELECT no, ${FLOW_COLUMNS} FROM flows WHERE no > ?1 AND no <= ?2 AND (
        (status NOT IN ('Succeeded', 'Failed', 'TimedOut', 'Cancelled') AND NOT (
          run IS NULL AND status = 'Waiting' AND waits ->> '$.for' <> 'children'
          AND coalesce(waits ->> '$.due', ?4 + 1) > ?4 AND coalesce(born ->> '$.deadline', ?4 + 1) > ?4
          AND NOT EXISTS (SELECT 1 FROM controls WHERE root = id) AND NOT EXISTS (SELECT 1 FROM callbacks WHERE flow = id)
        ))
        OR EXISTS (SELECT 1 FROM joins WHERE flow = born ->> '$.parent.id' AND seq = born ->> '$.parent.seq')
        OR EXISTS (SELECT 1 FROM joins WHERE flow = id AND seq = extra ->> '$.left.seq')
      ) ORDER BY no LIMIT ?3`);
    this.#status = db.prepare('SELECT status FROM flows WHERE id = ?');
    this.#last = db.prepare('SELECT coalesce(max(no), 0) AS no FROM flows');
  }

  /** A row has one content at one term and seq (and number of redrives), so a record that is remembered needs no second reading: 15 us become 4. */
  flow(id: FlowId): FlowRecord | undefined {
    const known = this.#known(id);
    if (known) {
      const stamp = this.#stamp.get(id) as Pick<FlowRow, 'term' | 'seq' | 'redrives'> | undefined;
      if (stamp && stamp.term === known.term && stamp.seq === known.seq && stamp.redrives === known.redrives)
        return known;
    }
    const row = this.#flow.get(id) as FlowRow | undefined;
    return row && toRecord(row);
  }

  ownedBy(incarnation: Incarnation): FlowRecord[] {
    return (this.#owned.all(incarnation) as unknown as FlowRow[]).map(toRecord);
  }

  /** In the order of their puts, so parents before children. */
  below(run: RunId, cursor: string | undefined): Page<FlowRecord> {
    const rows = this.#below.all(run, Number(cursor ?? 0), PAGE) as unknown as Numbered[];
    const items = rows.map(toRecord);
    if (cursor === undefined) {
      const root = this.flow(run as unknown as FlowId);
      if (root) items.unshift(root);
    }
    return { items, ...(rows.length === PAGE && { cursor: String(rows.at(-1)?.no) }) };
  }

  /** Of a run, its roots included. */
  counts(run: RunId): Partial<Record<FlowStatus, number>> {
    const rows = this.#counts.all(run) as unknown as { readonly status: FlowStatus; readonly flows: number }[];
    return Object.fromEntries(rows.map(({ status, flows }) => [status, flows]));
  }

  /**
   * Newest first. Start and number are the cursor, so that runs which start meanwhile move nothing. A status is looked for in the rows
   * themselves, in strides: an index on it would have to change with every run. That of a redriven run is its newest root's.
   */
  async runs({ chart, status, limit, cursor }: RunFilter): Promise<Page<FlowRecord>> {
    let [at, no] = cursor === undefined ? [Number.MAX_SAFE_INTEGER, 0] : readCursor(cursor);
    const items: FlowRecord[] = [];
    const list = this.#listOf(chart !== undefined);
    const stride = status === undefined ? limit : STRIDE;
    for (;;) {
      const rows = list.all(...(chart === undefined ? [] : [chart]), at, no, stride) as unknown as Listed[];
      for (const row of rows) {
        at = row.started_at;
        no = row.no;
        if (status !== undefined && this.#statusOf(row) !== status) continue;
        items.push(toRecord(this.#byNo.get(no) as unknown as FlowRow));
        if (items.length === limit) return { items, cursor: `${at}.${no}` };
      }
      if (rows.length < stride) return { items };
      await nextTurn();
    }
  }

  /** The census, by number: slow, and never long in the event loop's way. */
  async census(now: EpochMs, cursor: string | undefined): Promise<Page<FlowRecord>> {
    const items: FlowRecord[] = [];
    const { no: last } = this.#last.get() as { no: number };
    for (let from = Number(cursor ?? 0); from < last; from += STRIDE) {
      const most = CENSUS_PAGE - items.length;
      const rows = this.#census.all(from, from + STRIDE, most, now) as unknown as Numbered[];
      for (const row of rows) items.push(toRecord(row));
      await nextTurn();
      if (rows.length === most) return { items, cursor: String(rows.at(-1)?.no) };
    }
    return { items };
  }

  #statusOf({ id, status, redrives }: Listed): string {
    if (redrives === 0) return status;
    const newest = this.#status.get(rootFlow(id as string as RunId, redrives)) as Pick<FlowRow, 'status'> | undefined;
    return newest?.status ?? status;
  }

  #listOf(ofChart: boolean): StatementSync {
    let list = this.#runs.get(ofChart);
    if (!list) {
      list = this.#db.prepare(`SELECT no, id, started_at, status, redrives FROM flows
        WHERE run IS NULL ${ofChart ? 'AND chart = ?' : ''} AND (started_at, no) < (?, ?)
        ORDER BY started_at DESC, no DESC LIMIT ?`);
      this.#runs.set(ofChart, list);
    }
    return list;
  }
}

type Numbered = FlowRow & { readonly no: number };

type Listed = Pick<FlowRow, 'id' | 'started_at' | 'status' | 'redrives'> & { readonly no: number };

/** The start and the number of the last run shown. */
function readCursor(cursor: string): [at: number, no: number] {
  const [at, no, ...more] = cursor.split('.').map((part) => (/^\d{1,15}$/.test(part) ? Number(part) : undefined));
  if (at === undefined || no === undefined || more.length > 0) throw cursorInvalid('a list of runs', cursor);
  return [at, no];
}
