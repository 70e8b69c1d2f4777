import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { migrate } from '#adapters/sqlite/schema';
import { isBusy, toFlowbeatError } from '#adapters/sqlite/sqlite-errors';
import { FlowbeatError } from '#ports/errors';

/** How a connection treats the file. */
export interface ConnectionOptions {
  readonly file: string;
  /**
   * `FULL` (2): a commit is on the disk before it is answered. `NORMAL` (1) only where losing the last writes to a power cut is
   * as good as having made them: beats.
   */
  readonly synchronous?: 'FULL' | 'NORMAL';
  /** Pages after which a commit moves the log into the file; 0: never, other connections do. */
  readonly checkpointPages?: number;
}

/** How long opening waits for another process that is opening or migrating the same file. */
const OPEN_PATIENCE_MS = 5_000;

/** Up to this size the whole file is checked when it is opened (about 5 ms a MB); damage in a larger one shows when it is read. */
const CHECK_BYTES = 8_000_000;

/**
 * Memory of the page cache, in KiB. With 100,000 waiting runs on disk, 2 MB and 16 MB measured the same throughput; the
 * working set is the pages of the flows in flight.
 */
const CACHE_KIB = 8_000;

/** Bytes that the log keeps after it was emptied: a burst must not occupy the disk for ever. */
const LOG_BYTES = 64_000_000;

/** Opens the file, brings its layout up to date and checks that commits will be durable. Every way to fail is one clear sentence. */
export async function connect(options: ConnectionOptions): Promise<DatabaseSync> {
  const { file } = options;
  const folder = dirname(file);
  if (file !== ':memory:' && !existsSync(folder)) {
    const what = `There is no folder ${folder} for the state file. Make it, or name another file.`;
    throw new FlowbeatError('rejected', 'STORE_FOLDER_MISSING', what, { file });
  }
  const started = performance.now();
  for (;;) {
    try {
      return open(options);
    } catch (error) {
      if (isBusy(error) && performance.now() - started < OPEN_PATIENCE_MS) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        continue;
      }
      throw explain(error, file);
    }
  }
}

function open({ file, synchronous = 'FULL', checkpointPages = 1_000 }: ConnectionOptions): DatabaseSync {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const db = new DatabaseSync(file, { timeout: 0 });
  try {
    const mode = Object.values(db.prepare('PRAGMA journal_mode = WAL').get() ?? {})[0];
    if (mode !== 'wal') throw new Error(`journal_mode is ${String(mode)} where wal was asked for`);
    db.exec(`
      PRAGMA synchronous = ${synchronous};
      PRAGMA wal_autocheckpoint = ${checkpointPages};
      PRAGMA cache_size = -${CACHE_KIB};
      PRAGMA mmap_size = 0;
      PRAGMA temp_store = MEMORY;
      PRAGMA journal_size_limit = ${LOG_BYTES};
    `);
    const level = Object.values(db.prepare('PRAGMA synchronous').get() ?? {})[0];
    if (level !== (synchronous === 'FULL' ? 2 : 1)) {
      throw new Error(`synchronous is ${String(level)} where ${synchronous} was asked for`);
    }
    if (size > 0 && size <= CHECK_BYTES) check(db, file);
    migrate(db, file);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function check(db: DatabaseSync, file: string): void {
  const found = Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
  if (found === 'ok') return;
  throw toFlowbeatError(Object.assign(new Error(String(found)), { errcode: 11 }), file);
}

const CANTOPEN = 14;

/** A file that can't be opened is one that this user may not make or write; SQLite says so in two ways. */
function explain(error: unknown, file: string): unknown {
  const unopened = error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === CANTOPEN;
  return toFlowbeatError(unopened ? Object.assign(error, { errcode: 8 }) : error, file);
}
