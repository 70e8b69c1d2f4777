import { DatabaseSync } from 'node:sqlite';

/** What the history table tells of all runs together. */
export interface Audit {
  /** Entries of one flow with one seq, beyond the first (L1). */
  readonly doubleCommits: number;
  /** Entries whose term is lower than that of the entry before them (L2). */
  readonly fallingTerms: number;
  /** Take-overs that a commit has written down. */
  readonly takeovers: number;
}

/** Reads the state file past the store: what is asked is what lies on the disk. */
export function audit(file: string): Audit {
  const db = new DatabaseSync(file, { readOnly: true });
  const count = (sql: string) => Number(Object.values(db.prepare(sql).get() ?? {})[0]);
  try {
    return {
      doubleCommits: count("SELECT count(*) - count(DISTINCT flow || ' ' || seq) FROM history"),
      fallingTerms: count(
        'SELECT count(*) FROM (SELECT term < lag(term) OVER (PARTITION BY flow ORDER BY seq) AS fell FROM history) WHERE fell',
      ),
      takeovers: count(
        "SELECT count(*) FROM history, json_each(history.facts) AS fact WHERE fact.value ->> '$[0]' = 'takenOver'",
      ),
    };
  } finally {
    db.close();
  }
}
