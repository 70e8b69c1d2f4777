import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { bornOf, extraOf, FLOW_COLUMNS, type FlowRow, sameExtra, toRecord } from '#adapters/sqlite/flow-row';
import type { TransactionHooks } from '#adapters/sqlite/group-commit';
import type { HistoryLog } from '#adapters/sqlite/history-log';
import { FencedStatements, PROGRESS, PROGRESS_EXTRA } from '#adapters/sqlite/statements';
import type { FlowRecord } from '#ports/flow-record';
import type { FlowId, Incarnation } from '#ports/ids';
import type { Claim, CommitFlow, MarkRedriven, Park, PutFlow, TakeOverFlow, Wake } from '#ports/write';

/** What is known of the row of a flow that this process has put or owns, as of one owner, term and seq. */
interface Known {
  readonly no: number;
  readonly owner: Incarnation | undefined;
  readonly term: number;
  seq: number;
  /** The number of its last row in the history. */
  tail: number;
  /** The record in the row, where this process wrote it by a put or commit. */
  record: FlowRecord | undefined;
  /** The text of the row's `extra`. */
  extra: string;
}

/** What is looked up of a row before it is written. */
type Found = Pick<Known, 'no' | 'tail' | 'term' | 'seq' | 'extra'>;

/** Flows that are remembered: some 10 times the places of a large worker. */
const MOST_KNOWN = 10_000;

/** Flows that were put are soon claimed, or wait for long: few are remembered, and of those only what is small. */
const MOST_PUT = 1_000;
const SMALL = 4_096;

/**
 * Writes to `flows`. Only inside a transaction.
 *
 * What is known of a row is never trusted alone: it is used only where its owner, term and seq are those that the write demands, and the
 * statement demands the same of the row. A row with that owner, term and seq has only one content, since every write of it raises term or
 * seq (`redrives` apart, which a commit leaves as stored).
 */
export class FlowWrites implements TransactionHooks {
  readonly #log: HistoryLog;
  readonly #fenced: FencedStatements;
  readonly #progress: StatementSync;
  readonly #progressExtra: StatementSync;
  readonly #insert: StatementSync;
  readonly #find: StatementSync;
  readonly #read: StatementSync;
  readonly #redriven: StatementSync;
  /** Flows that this process owns. */
  readonly #known = new Map<FlowId, Known>();
  /** Flows that it has put and nobody has claimed yet. */
  readonly #put = new Map<FlowId, Known>();

  constructor(db: DatabaseSync, log: HistoryLog) {
    this.#log = log;
    this.#fenced = new FencedStatements(db);
    this.#progress = db.prepare(PROGRESS);
    this.#progressExtra = db.prepare(PROGRESS_EXTRA);
    this.#insert = db.prepare(`INSERT INTO flows (id, run, chart, started_at, born, status, owner, term, seq, claims,
      redrives, tail, updated, waits, extra, position)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`);
    this.#find = db.prepare('SELECT no, tail, term, seq, extra FROM flows WHERE id = ?');
    this.#read = db.prepare(`SELECT ${FLOW_COLUMNS} FROM flows WHERE id = ?`);
    this.#redriven = db.prepare('UPDATE flows SET redrives = ?1 WHERE id = ?2 AND redrives < ?1');
  }

  /** Puts a flow where there is none; returns the one that is there already. */
  put({ flow, facts }: PutFlow): FlowRecord | undefined {
    const tail = facts.length > 0 ? this.#log.next : 0;
    const { id, run, chart, startedAt, status, owner, term, seq, claims, redrives, updated, waits } = flow;
    const extra = extraOf(flow);
    const position = JSON.stringify(flow.position);
    const made = this.#insert.run(
      id,
      (run as string) === id ? null : run,
      chart,
      startedAt,
      bornOf(flow),
      status,
      owner ?? null,
      term,
      seq,
      claims,
      redrives,
      tail,
      updated,
      waits ? JSON.stringify(waits) : null,
      extra,
      position,
    );
    if (made.changes === 0) return this.read(id);
    const no = Number(made.lastInsertRowid);
    if (facts.length > 0) this.#log.append(no, seq, term, 0, facts);
    const known = { no, tail, owner, term, seq, record: flow, extra };
    if (owner !== undefined) remember(this.#known, MOST_KNOWN, id, known);
    else if (position.length <= SMALL) remember(this.#put, MOST_PUT, id, known);
    return undefined;
  }

  /** The fenced write of a flow; returns whether it was granted. */
  commit(write: CommitFlow): boolean {
    const { flow, if: fence } = write;
    const found = this.#known.get(flow.id);
    const known = found && isOf(found, fence) ? found : undefined;
    const granted = known && keeps(known, flow) ? this.#keep(known, write) : this.#replace(known, write);
    if (!granted || flow.status !== 'Owned') this.#known.delete(flow.id);
    return granted;
  }

  #keep(known: Known, { flow, facts }: CommitFlow): boolean {
    const tail = this.#log.next;
    const { no, seq, term, record } = known;
    const owner = known.owner as string;
    const position = JSON.stringify(flow.position);
    const before = known.extra;
    if (!record || !sameExtra(flow, record)) known.extra = extraOf(flow);
    const { changes } =
      known.extra === before
        ? this.#progress.run(tail, flow.updated, position, no, seq, term, owner)
        : this.#progressExtra.run(tail, flow.updated, position, known.extra, no, seq, term, owner);
    // The caller forgets what is known of a flow whose commit was not granted.
    if (changes === 0) return false;
    this.#log.append(no, flow.seq, term, known.tail, facts);
    known.seq = flow.seq;
    known.tail = tail;
    known.record = flow;
    return true;
  }

  #replace(known: Known | undefined, { flow, if: fence, facts }: CommitFlow): boolean {
    const row = known ?? this.#found(flow.id);
    if (!row) return false;
    const tail = this.#log.next;
    const extra = extraOf(flow);
    const granted = this.#fenced.write('commit', row.no, fence, [
      flow.status,
      flow.owner ?? null,
      flow.term,
      flow.seq,
      flow.claims,
      tail,
      flow.updated,
      flow.waits ? JSON.stringify(flow.waits) : null,
      extra,
      JSON.stringify(flow.position),
    ]);
    if (!granted) return false;
    this.#log.append(row.no, flow.seq, flow.term, row.tail, facts);
    const { owner, term, seq } = flow;
    remember(this.#known, MOST_KNOWN, flow.id, { no: row.no, tail, owner, term, seq, record: flow, extra });
    return true;
  }

  /** Claims a flow; returns whether it was granted. */
  claim({ flow, if: fence, owner, now }: Claim): boolean {
    // A flow that nobody owns has one content at one term, and the statement demands the term.
    const known = this.#put.get(flow);
    const row = known && known.term === fence.term ? known : this.#found(flow);
    this.#put.delete(flow);
    if (!row || !this.#fenced.write('claim', row.no, fence, [owner, now])) return false;
    const { no, tail, term, seq, extra } = row;
    remember(this.#known, MOST_KNOWN, flow, { no, tail, owner, term: term + 1, seq, record: undefined, extra });
    return true;
  }

  /** Wakes, takes over or parks a flow; returns whether it was granted. */
  move(write: Wake | TakeOverFlow | Park): boolean {
    this.#known.delete(write.flow);
    this.#put.delete(write.flow);
    const row = this.#found(write.flow);
    if (!row) return false;
    return this.#fenced.write(write.kind, row.no, write.if, assignedBy(write));
  }

  #found(flow: FlowId): Found | undefined {
    return this.#find.get(flow) as Found | undefined;
  }

  /** Raises the number of redrives. */
  markRedriven({ flow, redrives }: MarkRedriven): void {
    this.#redriven.run(redrives, flow);
  }

  /** The record of a flow that this process wrote last, as far as it knows: to be used where the row has its term, seq and number of redrives. */
  known(flow: FlowId): FlowRecord | undefined {
    return (this.#known.get(flow) ?? this.#put.get(flow))?.record;
  }

  /** The flow as it stands in this transaction. */
  read(flow: FlowId): FlowRecord | undefined {
    const row = this.#read.get(flow) as FlowRow | undefined;
    return row && toRecord(row);
  }

  rolledBack(): void {
    this.#known.clear();
    this.#put.clear();
  }
}

function remember(map: Map<FlowId, Known>, most: number, flow: FlowId, known: Known): void {
  if (map.size >= most) {
    for (const oldest of map.keys()) {
      map.delete(oldest);
      break;
    }
  }
  map.set(flow, known);
}

/** The parameters of what a move assigns, in their order. */
function assignedBy(write: Wake | TakeOverFlow | Park): (string | number | null)[] {
  if (write.kind === 'wake') return [write.claims ?? null];
  return write.kind === 'takeOver' ? [write.record.status, JSON.stringify(write.record)] : [];
}

/** Whether what is known is of the row that the fence demands. */
const isOf = (known: Known, fence: CommitFlow['if']): boolean =>
  fence.owner === known.owner && fence.owner !== undefined && fence.term === known.term && fence.seq === known.seq;

/** Whether a commit leaves status, owner, term and what is waited for as they are: the columns that are indexed or seldom change. */
const keeps = ({ owner, term, seq }: Known, flow: FlowRecord): boolean =>
  flow.status === 'Owned' &&
  flow.owner === owner &&
  flow.term === term &&
  flow.seq === seq + 1 &&
  flow.claims === 0 &&
  flow.waits === undefined;
