import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SqliteDirectClaims } from '#adapters/sqlite/direct-claims';
import type { FlowWrites } from '#adapters/sqlite/flow-writes';
import type { HistoryLog } from '#adapters/sqlite/history-log';
import type { Messages } from '#adapters/sqlite/messages';
import type { SideRows } from '#adapters/sqlite/side-rows';
import type { FlowRecord } from '#ports/flow-record';
import type { FlowId } from '#ports/ids';
import type { CommitResult, PutFlow, Write } from '#ports/write';

const DONE: CommitResult = { ok: true };

/**
 * Carries out the writes of a commit inside a transaction. All or nothing: a refused commit leaves nothing behind, and nobody ever sees a prefix.
 *
 * One fenced write is carried out first, whatever its place: nobody sees the order inside a transaction, and where it is refused there is nothing to
 * undo. A savepoint, which copies each page it touches, is only for what fences more than one flow, or a flow that it puts itself.
 */
export class SqliteCommit {
  readonly #db: DatabaseSync;
  readonly #flows: FlowWrites;
  readonly #log: HistoryLog;
  readonly #sides: SideRows;
  readonly #messages: Messages;
  readonly #direct: SqliteDirectClaims;
  readonly #savepoint: StatementSync;
  readonly #release: StatementSync;

  constructor(
    db: DatabaseSync,
    {
      flows,
      log,
      sides,
      messages,
      direct,
    }: {
      readonly flows: FlowWrites;
      readonly log: HistoryLog;
      readonly sides: SideRows;
      readonly messages: Messages;
      readonly direct: SqliteDirectClaims;
    },
  ) {
    this.#db = db;
    this.#flows = flows;
    this.#log = log;
    this.#sides = sides;
    this.#messages = messages;
    this.#direct = direct;
    this.#savepoint = db.prepare('SAVEPOINT one_commit');
    this.#release = db.prepare('RELEASE one_commit');
  }

  carryOut(writes: readonly Write[]): CommitResult {
    const first = writes[0];
    if (writes.length === 1 && first) {
      const { granted, existed } = this.#one(first);
      if (!granted) return this.#refused(first, 0);
      return existed ? { ok: true, existed: [existed] } : DONE;
    }
    const fenced = writes.filter((write) => flowOf(write) !== undefined);
    if (fenced.length === 0) return this.#rest(writes, undefined);
    const [only] = fenced;
    const puts = writes.some((write) => write.kind === 'putFlow' && write.flow.id === flowOf(only as Write));
    if (fenced.length > 1 || puts) return this.#undoable(writes);
    if (!this.#one(only as Write).granted) return this.#refused(only as Write, writes.indexOf(only as Write));
    return this.#rest(writes, only);
  }

  #rest(writes: readonly Write[], except: Write | undefined): CommitResult {
    const existed: FlowRecord[] = [];
    for (const write of writes) {
      if (write === except) continue;
      const there = write.kind === 'putFlow' ? this.#put(write) : this.#one(write).existed;
      if (there) existed.push(there);
    }
    return existed.length > 0 ? { ok: true, existed } : DONE;
  }

  /** Puts a flow: as claimed, where a worker of this process has a place for it. */
  #put(write: PutFlow): FlowRecord | undefined {
    const claim = this.#direct.owned(write.flow);
    const message = claim && this.#messages.find(write.flow);
    if (!claim || !message) return this.#flows.put(write);
    const existed = this.#flows.put({ ...write, flow: claim.flow });
    if (!existed) this.#direct.put(claim, message);
    return existed;
  }

  #undoable(writes: readonly Write[]): CommitResult {
    const mark = this.#log.mark();
    const sent = this.#messages.mark();
    const existed: FlowRecord[] = [];
    this.#savepoint.run();
    for (const [index, write] of writes.entries()) {
      const one = this.#one(write);
      if (one.existed) existed.push(one.existed);
      if (one.granted) continue;
      this.#db.exec('ROLLBACK TO one_commit; RELEASE one_commit');
      this.#log.backTo(mark);
      this.#messages.backTo(sent);
      this.#flows.rolledBack();
      return this.#refused(write, index);
    }
    this.#release.run();
    return existed.length > 0 ? { ok: true, existed } : DONE;
  }

  #refused(write: Write, index: number): CommitResult {
    const found = this.#flows.read(flowOf(write) as FlowId);
    return { ok: false, refused: index, ...(found && { found }) };
  }

  #one(write: Write): Applied {
    switch (write.kind) {
      case 'commit':
        return this.#flows.commit(write) ? GRANTED : REFUSED;
      case 'claim':
        return this.#flows.claim(write) ? GRANTED : REFUSED;
      case 'wake':
      case 'takeOver':
      case 'park':
        return this.#flows.move(write) ? GRANTED : REFUSED;
      case 'putFlow': {
        const existed = this.#flows.put(write);
        return existed ? { granted: true, existed } : GRANTED;
      }
      case 'send':
        this.#messages.send(write.message, write.delayMs);
        return GRANTED;
      case 'putJoin':
        this.#sides.putJoin(write.row);
        return GRANTED;
      case 'dropJoin':
        this.#sides.dropJoin(write.flow, write.seq, write.node);
        return GRANTED;
      case 'putControl':
        this.#sides.putControl(write.row);
        return GRANTED;
      case 'putCallback':
        this.#sides.putCallback(write.row);
        return GRANTED;
      case 'putDue':
        this.#sides.putDue(write.row);
        return GRANTED;
      case 'dropDue':
        this.#sides.dropDue(write.row);
        return GRANTED;
      case 'markRedriven':
        this.#flows.markRedriven(write);
        return GRANTED;
    }
  }
}

interface Applied {
  readonly granted: boolean;
  readonly existed?: FlowRecord;
}

const GRANTED: Applied = { granted: true };
const REFUSED: Applied = { granted: false };

/** The flow whose fence a write must pass; undefined where a write is never refused. */
function flowOf(write: Write): FlowId | undefined {
  switch (write.kind) {
    case 'commit':
      return write.flow.id;
    case 'claim':
    case 'wake':
    case 'takeOver':
    case 'park':
      return write.flow;
    default:
      return undefined;
  }
}
