import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { closed, isBusy, isFileFailure, toFlowbeatError } from '#adapters/sqlite/sqlite-errors';

/** What wants to know of a transaction's life: caches, and rows that are gathered to be written together. */
export interface TransactionHooks {
  begun?(): void;
  /** Last chance to write. */
  ending?(): void;
  committed?(): void;
  rolledBack?(): void;
}

/** Thrown by a hook that had foretold something of the file that another process has changed: the transaction is done again, and it foretells better. */
export class Overtaken extends Error {}

/** Work in a transaction: may be done again from the start where another's work failed, so it depends on nothing but its arguments and the file. */
interface Entry {
  readonly work: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (reason: unknown) => void;
  /** False where nobody is told of it who could not do without it after a power cut. */
  readonly durable: boolean;
  value: unknown;
}

/** Entries of one transaction at most: it holds the file for some 20 ms then, and other processes want it too. */
const MOST = 2_000;

/**
 * How soon a busy file is tried again. Most transactions take less than a millisecond, which is the shortest that a timer can wait: so the thread first
 * naps, a little each turn of the event loop, then leaves it to timers. Four processes on one file together do 12 % more by it. SQLite's own waiting would
 * stop the event loop for as long as it takes.
 */
const NAP_MS = 0.1;
const NAPS = 10;
const RETRY_MS = 1;
const NAPPING = new Int32Array(new SharedArrayBuffer(4));

/**
 * Group commit: everything that arrives in one turn of the event loop shares one transaction, so many actions pay one fsync. While it waits
 * for a busy file, more may join.
 *
 * Three ways to fail, kept apart. A refused condition is a value, not an error: its work has changed nothing. Work that throws is taken out, the
 * transaction is rolled back and the others are done again: that costs only when it happens, where a savepoint around each would cost always.
 * A COMMIT that fails rejects them all: none of them is in the file.
 */
export class GroupCommit {
  /** Transactions committed, and entries in them: what the bench divides. */
  transactions = 0;
  entries = 0;

  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #hooks: readonly TransactionHooks[];
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #normal: StatementSync;
  readonly #full: StatementSync;
  #waiting: Entry[] = [];
  #scheduled = false;
  #naps = 0;
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(db: DatabaseSync, file: string, hooks: readonly TransactionHooks[] = []) {
    this.#db = db;
    this.#file = file;
    this.#hooks = hooks;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#normal = db.prepare('PRAGMA synchronous = NORMAL');
    this.#full = db.prepare('PRAGMA synchronous = FULL');
  }

  /**
   * Does `work` in the next transaction; resolves with its value once that is on the disk.
   *
   * Not `durable`, it asks for no fsync of its own: it survives the death of every process, and a power cut as soon as anything after it was synced, since
   * the log is written in order. That is enough for what a power cut makes void anyway, as it ends every owner: a message's visibility or
   * deletion (it comes back), and a claim (nothing was acknowledged under it). It saves 3 of the 14 fsyncs of a run of ten actions.
   */
  add<T>(work: () => T, durable = true): Promise<T> {
    if (this.#closed) return Promise.reject(closed(this.#file));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject, durable, value: undefined });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(this.#flush);
    });
  }

  /** Takes no more work; resolves when what was taken is done. */
  close(): Promise<void> {
    this.#closed = true;
    if (!this.#scheduled) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }

  readonly #flush = (): void => {
    const entries = this.#waiting.length > MOST ? this.#waiting.splice(0, MOST) : this.#waiting;
    if (entries === this.#waiting) this.#waiting = [];
    const done = this.#transact(entries, false);
    if (!done) {
      this.#waiting = entries.concat(this.#waiting);
      this.#again();
      return;
    }
    this.#naps = 0;
    if (this.#waiting.length > 0) {
      setImmediate(this.#flush);
      return;
    }
    this.#scheduled = false;
    this.#idle?.();
  };

  /** Tries the busy file again soon. */
  #again(): void {
    if (this.#naps++ < NAPS) {
      Atomics.wait(NAPPING, 0, 0, NAP_MS);
      setImmediate(this.#flush);
      return;
    }
    this.#naps = 0;
    setTimeout(this.#flush, RETRY_MS);
  }

  /** Returns false where the file is busy: nothing was done. `again`: the file has failed under one of them before. */
  #transact(entries: Entry[], again: boolean): boolean {
    if (entries.some((entry) => entry.durable)) return this.#inTransaction(entries, again);
    this.#normal.run();
    try {
      return this.#inTransaction(entries, again);
    } finally {
      this.#full.run();
    }
  }

  #inTransaction(entries: Entry[], again: boolean): boolean {
    try {
      this.#begin.run();
    } catch (error) {
      if (isBusy(error)) return false;
      return this.#withoutFailed(entries, undefined, error, again);
    }
    let failed: Entry | undefined;
    try {
      for (const hooks of this.#hooks) hooks.begun?.();
      for (const entry of entries) {
        failed = entry;
        entry.value = entry.work();
      }
      failed = undefined;
      for (const hooks of this.#hooks) hooks.ending?.();
      this.#commit.run();
    } catch (error) {
      this.#rollBack();
      if (isBusy(error)) return false;
      if (error instanceof Overtaken) return this.#inTransaction(entries, again);
      return this.#withoutFailed(entries, failed, error, again);
    }
    this.transactions++;
    this.entries += entries.length;
    for (const entry of entries) entry.resolve(entry.value as never);
    for (const hooks of this.#hooks) hooks.committed?.();
    return true;
  }

  #withoutFailed(entries: Entry[], failed: Entry | undefined, error: unknown, again: boolean): boolean {
    const reason = toFlowbeatError(error, this.#file);
    const ofFile = isFileFailure(error);
    // A value too large for a full disk may leave room for its small neighbours: they get one more chance, not one each.
    if (!failed || (ofFile && again)) {
      for (const entry of entries) entry.reject(reason);
      return true;
    }
    failed.reject(reason);
    const rest = entries.filter((entry) => entry !== failed);
    if (rest.length === 0 || this.#transact(rest, again || ofFile)) return true;
    this.#waiting = rest.concat(this.#waiting);
    entries.length = 0;
    return false;
  }

  #rollBack(): void {
    try {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    } finally {
      for (const hooks of this.#hooks) hooks.rolledBack?.();
    }
  }
}
