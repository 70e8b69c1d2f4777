import { connect } from '#adapters/sqlite/connection';
import { GroupCommit } from '#adapters/sqlite/group-commit';
import { Reader } from '#adapters/sqlite/reader';
import { SqliteLeases } from '#adapters/sqlite/sqlite-leases';
import type { LeaseStore } from '#ports/lease';

/** The leases of a state file through a connection of their own. */
export interface LeaseConnection {
  readonly leases: LeaseStore;
  close(): Promise<void>;
}

/**
 * For the thread that beats: a beat through the main connection once waited 4 s behind other processes' batches.
 *
 * `synchronous` is NORMAL here: a power cut that takes the last beat takes the worker too. It never moves the log into the file: that takes
 * longer than a beat may.
 */
export async function openLeases(file: string): Promise<LeaseConnection> {
  const db = await connect({ file, synchronous: 'NORMAL', checkpointPages: 0 });
  const group = new GroupCommit(db, file);
  return {
    leases: new SqliteLeases(db, group, new Reader(file)),
    async close() {
      await group.close();
      db.close();
    },
  };
}
