import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { TransactionHooks } from '#adapters/sqlite/group-commit';
import type { Clock } from '#ports/clock';
import type { Message, Received, ReceiveOptions } from '#ports/message';

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
  readonly #lane: StatementSync;
  readonly #heads: StatementSync;
  readonly #next: StatementSync;
  readonly #take: StatementSync;
  readonly #done: StatementSync;
  readonly #later: StatementSync;
  #sent: string[] = [];

  /** `told` is called after each transaction that has made messages visible, now or later. */
  constructor(db: DatabaseSync, clock: Clock, told: (queues: ReadonlySet<string>) => void) {
    this.#clock = clock;
    this.#told = told;
    this.#send = db.prepare('INSERT INTO messages (queue, needs, visible_at, receives, body) VALUES (?, ?, ?, 0, ?)');
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
    const needs = message.kind === 'flow' ? message.needs : '';
    this.#send.run(message.queue, needs, Math.round(this.#clock.now() + delayMs), JSON.stringify(message));
    this.#sent.push(message.queue);
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
  nextVisible(options: ReceiveOptions): number {
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
    if (row) this.#sent.push(row.queue);
  }

  /** The lanes that hold messages, visible or not, and that the receiver wants: found by jumping from lane to lane in the index. */
  *#lanes({ queues, needs }: ReceiveOptions): Generator<readonly [queue: string, needs: string]> {
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
    return this.#sent.length;
  }

  backTo(mark: number): void {
    this.#sent.length = mark;
  }

  committed(): void {
    if (this.#sent.length === 0) return;
    const queues = new Set(this.#sent);
    this.#sent = [];
    this.#told(queues);
  }

  rolledBack(): void {
    this.#sent = [];
  }
}
