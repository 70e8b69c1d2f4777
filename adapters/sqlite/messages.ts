import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { TransactionHooks } from '#adapters/sqlite/group-commit';
import type { Clock } from '#ports/clock';
import type { DirectClaimer } from '#ports/direct-claim';
import type { FlowRecord } from '#ports/flow-record';
import type { Message, Received, ReceiveOptions } from '#ports/message';

interface Pending {
  readonly message: Message;
  readonly visibleAt: number;
}

/** Rows of one INSERT. */
const ROWS = 10;
const WIDTH = 4;

const INSERT = 'INSERT INTO messages (queue, needs, visible_at, receives, body) VALUES ';
const ROW = '(?, ?, ?, 0, ?)';

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
  /** Sent in this transaction, and written at its end, many rows a statement; undefined where a message proved needless. */
  #pending: (Pending | undefined)[] = [];
  /** Where the next message is looked for first. */
  #expected = 0;
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
    this.#pending.push({ message, visibleAt: Math.round(this.#clock.now() + delayMs) });
  }

  /** Where this transaction's message is that lets a flow be claimed at its term at once; undefined where it sends none. */
  find({ id, term }: FlowRecord): number | undefined {
    const is = (pending: Pending | undefined) =>
      pending?.message.kind === 'flow' && pending.message.flow === id && pending.message.term === term;
    // Those of many children are asked for in the order in which they were sent.
    const at = is(this.#pending[this.#expected]) ? this.#expected : this.#pending.findIndex(is);
    const pending = this.#pending[at];
    return pending && pending.visibleAt <= this.#clock.now() ? at : undefined;
  }

  /** Takes a message of this transaction back. */
  drop(at: number): void {
    this.#pending[at] = undefined;
    this.#expected = at + 1;
  }

  /** Whether a message is visible that the receiver could run. */
  waits({ queues, activities: needs }: Pick<DirectClaimer, 'queues' | 'activities'>): boolean {
    return this.nextVisible({ queues, needs }) <= this.#clock.now();
  }

  /** Takes what is visible, oldest first over all lanes, and hides it from others. */
  take(options: ReceiveOptions): Received[] {
    const now = this.#clock.now();
    const rows: Row[] = [];
    for (const [queue, needs] of this.#lanes(options)) {
      rows.push(...(this.#heads.all(queue, needs, now, options.max) as unknown as Row[]));
    }
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
  }

  ending(): void {
    const rows: (string | number)[] = [];
    for (const pending of this.#pending) {
      if (!pending) continue;
      const { message, visibleAt } = pending;
      rows.push(message.queue, message.kind === 'flow' ? message.needs : '', visibleAt, JSON.stringify(message));
      this.#moved.push(message.queue);
    }
    let at = 0;
    for (; at + ROWS * WIDTH <= rows.length; at += ROWS * WIDTH) {
      this.#sendMany.run(...rows.slice(at, at + ROWS * WIDTH));
    }
    for (; at < rows.length; at += WIDTH) this.#send.run(...rows.slice(at, at + WIDTH));
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
