import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Claim, CommitFlow, Park, TakeOverFlow, Wake } from '#ports/write';

/**
 * Every condition of a fenced write, in one place. Each takes one parameter. That a flow waits, is owned or is due is read from the row itself
 * (`owner` is set exactly while Owned, `waits` exactly while Waiting).
 */
const CONDITION = {
  owner: 'owner = ?',
  term: 'term = ?',
  seq: 'seq = ?',
  status: 'status = ?',
  /** Rule G: a wait is claimed only when it is due by its row. An owned flow is never claimed. */
  claimable: "(status = 'Queued' OR (status = 'Waiting' AND waits ->> '$.due' <= ?))",
  /** Rule H: it waits for the children of exactly this split. */
  split: "(waits ->> '$.for' = 'children' AND extra ->> '$.split' = ?)",
  callback: "(waits ->> '$.for' = 'callback' AND waits ->> '$.key' = ?)",
} as const;

/** What each fenced write assigns, and in which order its parameters come. */
const ASSIGNED = {
  claim: "status = 'Owned', owner = ?, term = term + 1, claims = claims + 1, updated = ?, waits = NULL",
  commit:
    'status = ?, owner = ?, term = ?, seq = ?, claims = ?, tail = ?, updated = ?, waits = ?, extra = ?, position = ?',
  wake: "status = 'Queued', owner = NULL, term = term + 1, waits = NULL, claims = coalesce(?, claims)",
  /** Rule F: position, seq and the rest stay as the last accepted commit left them. */
  takeOver: "status = ?, owner = NULL, term = term + 1, waits = NULL, extra = json_set(extra, '$.takenOver', json(?))",
  park: "status = 'Parked', owner = NULL, term = term + 1, waits = NULL",
} as const;

/**
 * The commit of a flow that its owner keeps, where nothing but its position moves: the hot path. It assigns no indexed column and
 * neither reads nor writes `extra`.
 */
export const PROGRESS = `UPDATE flows SET seq = seq + 1, claims = 0, tail = ?, updated = ?, position = ?
  WHERE no = ? AND ${CONDITION.seq} AND ${CONDITION.term} AND ${CONDITION.owner}`;

/** The same where `extra` changes with it: the next state's activity or queue is another one. */
export const PROGRESS_EXTRA = PROGRESS.replace('position = ?', 'position = ?, extra = ?');

type Fence = Claim['if'] & CommitFlow['if'] & Wake['if'] & TakeOverFlow['if'] & Park['if'];
type Value = string | number | null;

const NAMES = Object.keys(CONDITION) as (keyof typeof CONDITION)[];

/**
 * Fenced writes as statements: one for each set of conditions that is asked for, prepared at its first use. None has a RETURNING: with it SQLite
 * goes over its rows twice, which made the commit that ends a flow cost three of those before it.
 */
export class FencedStatements {
  readonly #db: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync[]>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Writes the row `no` if every condition present holds; returns whether it did. */
  write(kind: keyof typeof ASSIGNED, no: number, fence: Fence, values: readonly Value[]): boolean {
    const parameters: Value[] = [...values, no];
    let set = 0;
    for (const [index, name] of NAMES.entries()) {
      const member = fence[name];
      if (member === undefined) continue;
      set |= 1 << index;
      parameters.push(typeof member === 'object' ? member.dueBy : member);
    }
    return this.#statement(kind, set).run(...parameters).changes === 1;
  }

  #statement(kind: keyof typeof ASSIGNED, set: number): StatementSync {
    let ofKind = this.#prepared.get(kind);
    if (!ofKind) {
      ofKind = [];
      this.#prepared.set(kind, ofKind);
    }
    let statement = ofKind[set];
    if (!statement) {
      const demanded = NAMES.filter((_, index) => set & (1 << index)).map((name) => CONDITION[name]);
      statement = this.#db.prepare(`UPDATE flows SET ${ASSIGNED[kind]} WHERE ${['no = ?', ...demanded].join(' AND ')}`);
      ofKind[set] = statement;
    }
    return statement;
  }
}
