import type { DatabaseSync } from 'node:sqlite';
import { connect } from '#adapters/sqlite/connection';
import { SqliteDirectClaims } from '#adapters/sqlite/direct-claims';
import { FlowReads } from '#adapters/sqlite/flow-reads';
import { FlowWrites } from '#adapters/sqlite/flow-writes';
import { GroupCommit } from '#adapters/sqlite/group-commit';
import { HistoryLog } from '#adapters/sqlite/history-log';
import { Messages } from '#adapters/sqlite/messages';
import { Reader } from '#adapters/sqlite/reader';
import { SideRows } from '#adapters/sqlite/side-rows';
import { SqliteCharts } from '#adapters/sqlite/sqlite-charts';
import { SqliteCommit } from '#adapters/sqlite/sqlite-commit';
import { SqliteLeases } from '#adapters/sqlite/sqlite-leases';
import { SqliteQueue } from '#adapters/sqlite/sqlite-queue';
import { SqliteFlows } from '#adapters/sqlite/sqlite-store';
import type { Clock } from '#ports/clock';
import type { DirectClaims } from '#ports/direct-claim';
import type { Incarnation } from '#ports/ids';
import type { Queue } from '#ports/message';
import type { Store } from '#ports/store';
import type { Commit, Write } from '#ports/write';

/** How to open a state file. */
export interface SqliteOptions {
  /** Made where it is not there; its folder must be. */
  readonly file: string;
  readonly clock: Clock;
}

/** A state file, open. Several processes may have the same one open. */
export interface Sqlite {
  readonly store: Store;
  readonly queue: Queue;
  readonly commit: Commit;
  readonly directClaims: DirectClaims;
  /**
   * Tells what other processes are to be nudged about: the queues that this process has put messages on, after each transaction that did, and whom it has
   * written a command for (`#` and the incarnation).
   */
  onSent(listener: (names: ReadonlySet<string>) => void): void;
  /** Another process tells so: who waits for it looks at once. */
  nudge(names: Iterable<string>): void;
  /** Transactions made so far, and commits and other writes in them. */
  counters(): { readonly transactions: number; readonly entries: number };
  /** How durable a commit is, read back from the connection that makes it: `wal` and 2 (FULL). */
  settings(): { readonly journalMode: unknown; readonly synchronous: unknown };
  /** Finishes what was asked for, ends waiting receivers, and closes the file. */
  close(): Promise<void>;
}

/**
 * Opens a state file. Rejects with a `FlowbeatError`: STORE_FOLDER_MISSING, STORE_NOT_WRITABLE, STORE_NOT_A_DATABASE, STORE_NOT_OURS,
 * STORE_CORRUPT, STORE_NEWER, STORE_LOCKED. Later, any call may reject with STORE_FULL or STORE_FAILED (retryable: nothing of that call is in
 * the file, and the store goes on when there is space again) or STORE_CORRUPT.
 */
export async function openSqlite({ file, clock }: SqliteOptions): Promise<Sqlite> {
  return assemble(await connect({ file }), file, clock);
}

/** The store, queue and commit over a connection. */
export function assemble(db: DatabaseSync, file: string, clock: Clock): Sqlite {
  const listeners: ((names: ReadonlySet<string>) => void)[] = [];
  const nudge = (names: Iterable<string>) => {
    const all = [...names];
    for (const name of all) if (name.startsWith(COMMANDED)) leases.commanded(name.slice(1) as Incarnation);
    queue.nudge(all);
  };
  const tell = (names: ReadonlySet<string>) => {
    nudge(names);
    for (const listener of listeners) listener(names);
  };
  const log = new HistoryLog(db);
  const flows = new FlowWrites(db, log);
  const sides = new SideRows(db);
  const reader = new Reader(file);
  const messages = new Messages(db, clock, tell);
  const direct = new SqliteDirectClaims(messages);
  const group = new GroupCommit(db, file, [log, flows, messages, direct]);
  const writes = new SqliteCommit(db, { flows, log, sides, messages, direct });
  const queue = new SqliteQueue(group, reader, messages, clock);
  const leases = new SqliteLeases(db, group, reader, (incarnation) => tell(new Set([COMMANDED + incarnation])));
  const store = joined(
    new SqliteFlows({ group, reader, reads: new FlowReads(db, (flow) => flows.known(flow)), log, sides, writes }),
    leases,
    new SqliteCharts(db, group, reader),
  );
  return {
    store,
    queue,
    directClaims: direct,
    commit: (all) => group.add(() => writes.carryOut(all), !maySettleLater(all)),
    onSent: (listener) => void listeners.push(listener),
    nudge,
    counters: () => ({ transactions: group.transactions, entries: group.entries }),
    settings: () => ({
      journalMode: db.prepare('PRAGMA journal_mode').get()?.journal_mode,
      synchronous: db.prepare('PRAGMA synchronous').get()?.synchronous,
    }),
    async close() {
      queue.close();
      await group.close();
      db.close();
    },
  };
}

/** No queue's name begins so. */
const COMMANDED = '#';

/** Decision 5: a claim alone need not be on the disk before it is answered. */
const maySettleLater = ([first]: readonly Write[]): boolean => first?.kind === 'claim' && first.durable !== true;

/** One object that offers what several do, each method bound to its own. */
function joined(flows: SqliteFlows, leases: SqliteLeases, charts: SqliteCharts): Store {
  const all: Record<string, unknown> = {};
  for (const part of [flows, leases, charts]) {
    for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(part))) {
      const member = (part as unknown as Record<string, unknown>)[name];
      if (name !== 'constructor' && typeof member === 'function') all[name] = member.bind(part);
    }
  }
  return all as unknown as Store;
}
