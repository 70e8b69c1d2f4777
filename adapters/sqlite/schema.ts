import type { DatabaseSync } from 'node:sqlite';
import { FlowbeatError } from '#ports/errors';

/** Marks the file as ours (`PRAGMA application_id`): "Flow" in ASCII. */
const APPLICATION_ID = 0x466c6f77;

/**
 * The layout, one step a version of `PRAGMA user_version`. A step that was released is never changed: a new one is added.
 *
 * `flows` holds in columns what conditions and queries look at, and the rest as three JSON texts by how often they change: `born` never,
 * `extra` seldom (format, queue, needs, split, left, takenOver, outcome), `position` at each commit. No index holds a column that a commit which
 * keeps its flow changes: SQLite leaves an index alone when none of its columns is assigned. `run` is null at the first root of a run, whose id it
 * is: every byte of a row is written again by each commit.
 *
 * `history` is append-only, and each row names the one before it of the same flow (`prev`; the flow names the last one, `tail`). Only each 32nd row
 * of a flow is in an index, as an anchor from which the rows before it are walked. Measured, 100 flows committing in turn: 5 us an action
 * without an index, 6.5 with these anchors, 12 to 15 with an index on every row and 16 to 20 with rows clustered by flow, since the index pages
 * of 100 flows are 100 pages to write a transaction where 100 appended rows are 6.
 *
 * Ids of messages are never used again (AUTOINCREMENT): a late `done` must not delete another message.
 */
const STEPS: readonly string[] = [
  `
  CREATE TABLE flows (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    run TEXT,
    chart TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    born TEXT NOT NULL,
    status TEXT NOT NULL,
    owner TEXT,
    term INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    claims INTEGER NOT NULL,
    redrives INTEGER NOT NULL,
    tail INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    waits TEXT,
    extra TEXT NOT NULL,
    position TEXT NOT NULL
  ) STRICT;
  CREATE INDEX flows_of_owner ON flows (owner) WHERE owner IS NOT NULL;
  CREATE INDEX flows_below_run ON flows (run) WHERE run IS NOT NULL;
  CREATE INDEX runs_by_start ON flows (started_at) WHERE run IS NULL;
  CREATE INDEX runs_of_chart ON flows (chart, started_at) WHERE run IS NULL;

  CREATE TABLE history (
    no INTEGER PRIMARY KEY,
    flow INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    term INTEGER NOT NULL,
    prev INTEGER NOT NULL,
    facts TEXT NOT NULL
  ) STRICT;
  CREATE INDEX history_anchors ON history (flow, seq) WHERE seq % 32 = 0;

  CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    needs TEXT NOT NULL,
    visible_at INTEGER NOT NULL,
    receives INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX messages_by_lane ON messages (queue, needs, visible_at);

  CREATE TABLE leases (
    incarnation TEXT PRIMARY KEY,
    beat INTEGER NOT NULL,
    born TEXT NOT NULL,
    beaten TEXT NOT NULL,
    commands TEXT NOT NULL,
    condemned TEXT
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE joins (
    flow TEXT NOT NULL,
    seq INTEGER NOT NULL,
    node TEXT NOT NULL,
    open TEXT NOT NULL,
    failed INTEGER,
    PRIMARY KEY (flow, seq, node)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE controls (root TEXT PRIMARY KEY, row TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE callbacks (flow TEXT NOT NULL, key TEXT NOT NULL, outcome TEXT NOT NULL, PRIMARY KEY (flow, key)) STRICT;
  CREATE TABLE callback_beats (
    flow TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (flow, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE checkpoints (
    flow TEXT NOT NULL, step INTEGER NOT NULL, term INTEGER NOT NULL, data TEXT NOT NULL, PRIMARY KEY (flow, step)
  ) STRICT;
  CREATE TABLE dues (due INTEGER NOT NULL, message TEXT NOT NULL, PRIMARY KEY (due, message)) STRICT, WITHOUT ROWID;
  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE charts (name TEXT PRIMARY KEY, newest INTEGER NOT NULL, deleted INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE chart_versions (
    name TEXT NOT NULL, version INTEGER NOT NULL, source TEXT NOT NULL, hash TEXT NOT NULL, created_at INTEGER NOT NULL,
    PRIMARY KEY (name, version)
  ) STRICT;
  `,
  // The put of a flow is no anchor: most flows have fewer than 32 commits, and each start wrote a page of this index.
  `
  DROP INDEX history_anchors;
  CREATE INDEX history_anchors ON history (flow, seq) WHERE seq > 0 AND seq % 32 = 0;
  `,
  // A JSON object of votes by their kind.
  `
  ALTER TABLE leases ADD COLUMN votes TEXT NOT NULL DEFAULT '{}';
  `,
];

/** The layout's version that this code reads and writes. */
export const SCHEMA_VERSION = STEPS.length;

/** Brings a file up to this code's layout, in one transaction; refuses a newer one and a database of another program. */
export function migrate(db: DatabaseSync, file: string): void {
  if (versionOf(db) === SCHEMA_VERSION && pragma(db, 'application_id') === APPLICATION_ID) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Read again under the lock: another process may have been faster.
    const version = versionOf(db);
    if (version > SCHEMA_VERSION) throw newer(file, version);
    const tables = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get() as { readonly n: number };
    if (tables.n > 0 && pragma(db, 'application_id') !== APPLICATION_ID) throw foreign(file);
    for (const step of STEPS.slice(version)) db.exec(step);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

const pragma = (db: DatabaseSync, name: string): unknown => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];

const versionOf = (db: DatabaseSync): number => Number(pragma(db, 'user_version'));

const newer = (file: string, version: number) =>
  new FlowbeatError(
    'rejected',
    'STORE_NEWER',
    `${file} was written by a newer Flowbeat (its layout is version ${version}, this one knows ${SCHEMA_VERSION}). Install that version, or name another file; it was not changed.`,
    { file, version, known: SCHEMA_VERSION },
  );

const foreign = (file: string) =>
  new FlowbeatError(
    'rejected',
    'STORE_NOT_OURS',
    `${file} is the database of another program. Name another file; it was not changed.`,
    { file },
  );
