import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { TransactionHooks } from '#adapters/sqlite/group-commit';
import type { Clock } from '#ports/clock';
import type { DirectClaimer } from '#ports/direct-claim';
import type { FlowRecord } from '#ports/flow-record';
import type { Message, Received, ReceiveOptions } from '#ports/message';

/** A message of this transaction that is not written yet. */
export interface Pending {
  readonly message: Message;
  visibleAt: number;
  receives: number;
  /** Its row, once that is written. */
  id: number;
}

/** Rows of one INSERT. */
const ROWS = 10;
const WIDTH = 5;

const INSERT = 'INSERT INTO messages (queue, needs, visible_at, receives, body) VALUES ';
const ROW = '(?, ?, ?, ?, ?)';

interface Row {
  readonly id: number;
  readonly visible_at: number;
  readonly receives: number;
  readonly body: string;
}

/**
 * The rows of the queue. A lane is a queue and the activity that its messages need; the index is (queue, needs, visible_at), so that what a
 * receiver can't run, and 100,000 messages that are not visible yet, cost a receiver nothing: it looks at the head of each lane.
 *
 * Times are by the wall clock, the only one that processes and restarts share: a clock that is set back holds messages up by as much, and one that is
 * set forward shows them early, which their receivers look into (rule G).
 */
export class Messages implements TransactionHooks {
  readonly #clock: Clock;
  readonly #told: (queues: ReadonlySet<string>) => void;
  readonly #send: StatementSync;
  readonly #sendMany: StatementSync;
  readonly #lane: StatementSync;
  readonly #heads: StatementSync;
  readonly #next: StatementSync;
  readonly #take: StatementSync;
  readonly #done: StatementSync;
  readonly #later: StatementSync;
  /** Sent in this transaction, and written at its end, many rows a statement. */
  #pending: Pending[] = [];
  /** Where the next message is looked for first. */
  #expected = 0;
  /** Whether messages were received in this transaction: whoever did has not said yet how many places that takes. */
  #taken = false;
  #moved: string[] = [];

  /** `told` is called after each transaction that has made messages visible, now or later. */
  constructor(db: DatabaseSync, clock: Clock, told: (queues: ReadonlySet<string>) => void) {
    this.#clock = clock;
    this.#told = told;
    this.#send = db.prepare(INSERT + ROW);
    this.#sendMany = db.prepare(INSERT + Array(ROWS).fill(ROW).join(', '));
    this.#lane = db.prepare(
      'SELECT needs FROM messages INDEXED BY messages_by_lane WHERE queue = ? AND needs > ? ORDER BY needs LIMIT 1',
    );
    const lane = 'FROM messages INDEXED BY messages_by_lane WHERE queue = ? AND needs = ?';
    this.#heads = db.prepare(
      `SELECT id, visible_at, receives, body ${lane} AND visible_at <= ? ORDER BY visible_at LIMIT ?`,
    );
    this.#next = db.prepare(`SELECT visible_at ${lane} ORDER BY visible_at LIMIT 1`);
    this.#take = db.prepare('UPDATE messages SET visible_at = ?, receives = receives + 1 WHERE id = ?');
    this.#done = db.prepare('DELETE FROM messages WHERE id = ?');
    this.#later = db.prepare('UPDATE messages SET visible_at = ? WHERE id = ? AND receives = ? RETURNING queue');
  }

  send(message: Message, delayMs: number): void {
    this.#pending.push({ message, visibleAt: Math.round(this.#clock.now() + delayMs), receives: 0, id: 0 });
  }

  /**
   * This transaction's message that lets a flow be claimed at its term at once; undefined where it sends none. Those of many children are asked for in the
   * order in which they were sent, so one that was asked for is not looked at again.
   */
  find({ id, term }: FlowRecord): Pending | undefined {
    for (let at = this.#expected; at < this.#pending.length; at++) {
      const pending = this.#pending[at] as Pending;
      const { message } = pending;
      if (message.kind !== 'flow' || message.flow !== id || message.term !== term) continue;
      this.#expected = at + 1;
      return pending.visibleAt <= this.#clock.now() ? pending : undefined;
    }
    return undefined;
  }

  /** Writes a message of this transaction as one that was received already. */
  receive(pending: Pending, visibilityMs: number): void {
    pending.visibleAt = Math.round(this.#clock.now() + visibilityMs);
    pending.receives = 1;
  }

  /** Whether a message is visible that the receiver could run, or was when this transaction began. */
  waits({ queues, activities: needs }: Pick<DirectClaimer, 'queues' | 'activities'>): boolean {
    return this.#taken || this.nextVisible({ queues, needs }) <= this.#clock.now();
  }

  /** Takes what is visible, oldest first over all lanes, and hides it from others. */
  take(options: ReceiveOptions): Received[] {
    const now = this.#clock.now();
    const rows: Row[] = [];
    for (const [queue, needs] of this.#lanes(options)) {
      rows.push(...(this.#heads.all(queue, needs, now, options.max) as unknown as Row[]));
    }
    if (rows.length > 0) this.#taken = true;
    rows.sort((a, b) => a.visible_at - b.visible_at || a.id - b.id);
    return rows.slice(0, options.max).map(({ id, receives, body }) => {
      this.#take.run(Math.round(now + options.visibilityMs), id);
      return { message: JSON.parse(body) as Message, receipt: String(id), receives: receives + 1 };
    });
  }

  /** When the next message for a receiver is visible; infinite where there is none. A read: it needs no transaction. */
  nextVisible(options: Pick<ReceiveOptions, 'queues' | 'needs'>): number {
    let next = Number.POSITIVE_INFINITY;
    for (const [queue, needs] of this.#lanes(options)) {
      const head = this.#next.get(queue, needs) as Pick<Row, 'visible_at'> | undefined;
      if (head && head.visible_at < next) next = head.visible_at;
    }
    return next;
  }

  done({ receipt }: Received): void {
    this.#done.run(Number(receipt));
  }

  /** Of a message that was delivered again meanwhile, the later delivery decides. */
  later({ receipt, receives }: Received, delayMs: number): void {
    const at = Math.round(this.#clock.now() + delayMs);
    const row = this.#later.get(at, Number(receipt), receives) as { queue: string } | undefined;
    if (row) this.#moved.push(row.queue);
  }

  /** The lanes that hold messages, visible or not, and that the receiver wants: found by jumping from lane to lane in the index. */
  *#lanes({
    queues,
    needs,
  }: Pick<ReceiveOptions, 'queues' | 'needs'>): Generator<readonly [queue: string, needs: string]> {
    for (const queue of queues) {
      yield [queue, ''];
      for (let at = ''; ; ) {
        const lane = this.#lane.get(queue, at) as { needs: string } | undefined;
        if (!lane) break;
        at = lane.needs;
        if (!needs || needs.has(at)) yield [queue, at];
      }
    }
  }

  mark(): number {
    return this.#pending.length;
  }

  backTo(mark: number): void {
    this.#pending.length = mark;
  }

  begun(): void {
    this.#pending = [];
    this.#expected = 0;
    this.#taken = false;
  }

  ending(): void {
    const values: (string | number)[] = [];
    for (const { message, visibleAt, receives } of this.#pending) {
      const needs = message.kind === 'flow' ? message.needs : '';
      values.push(message.queue, needs, visibleAt, receives, JSON.stringify(message));
      if (receives === 0) this.#moved.push(message.queue);
    }
    for (let at = 0; at < this.#pending.length; ) {
      const rows = at + ROWS <= this.#pending.length ? ROWS : 1;
      const insert = rows === 1 ? this.#send : this.#sendMany;
      const last = Number(insert.run(...values.slice(at * WIDTH, (at + rows) * WIDTH)).lastInsertRowid);
      // AUTOINCREMENT numbers the rows of a statement one after another.
      for (let i = 0; i < rows; i++) (this.#pending[at + i] as Pending).id = last - rows + 1 + i;
      at += rows;
    }
  }

  committed(): void {
    if (this.#moved.length === 0) return;
    const queues = new Set(this.#moved);
    this.#moved = [];
    this.#told(queues);
  }

  rolledBack(): void {
    this.#moved = [];
  }
}
