import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { GroupCommit } from '#adapters/sqlite/group-commit';
import type { Reader } from '#adapters/sqlite/reader';
import type { EpochMs } from '#engine/time';
import type { Evidence } from '#ports/flow-record';
import type { Incarnation } from '#ports/ids';
import type { Beat, Command, Lease, LeaseStore, Vote, WatchedLease } from '#ports/lease';

interface Row {
  readonly incarnation: Incarnation;
  readonly beat: number;
  readonly born: string;
  readonly beaten: string;
  readonly commands: string;
  readonly condemned: string | null;
  readonly votes: string;
}

/** The members of a lease that a beat changes; the others are written once. */
type Beaten = Pick<Lease, 'progress' | 'stalled' | 'status' | 'reason' | 'flows' | 'skewMs' | 'beatAt'>;

/** Leases in a table of their own, so that a beat touches no page of a flow. */
export class SqliteLeases implements LeaseStore {
  readonly #group: GroupCommit;
  readonly #reader: Reader;
  readonly #put: StatementSync;
  readonly #read: StatementSync;
  readonly #list: StatementSync;
  readonly #commands: StatementSync;
  readonly #beat: StatementSync;
  readonly #condemn: StatementSync;
  readonly #isCondemned: StatementSync;
  readonly #vote: StatementSync;
  readonly #command: StatementSync;
  readonly #drop: StatementSync;
  readonly #tell: (incarnation: Incarnation) => void;
  readonly #listeners = new Set<(incarnation: Incarnation) => void>();

  /** `tell` is called with whom a command was written for, once that is in the file. */
  constructor(
    db: DatabaseSync,
    group: GroupCommit,
    reader: Reader,
    tell: (incarnation: Incarnation) => void = () => {},
  ) {
    this.#tell = tell;
    this.#group = group;
    this.#reader = reader;
    this.#put = db.prepare(`INSERT OR IGNORE INTO leases (incarnation, beat, born, beaten, commands, condemned, votes)
      VALUES (?, ?, ?, ?, ?, ?, ?)`);
    this.#read = db.prepare('SELECT * FROM leases WHERE incarnation = ?');
    this.#list = db.prepare('SELECT * FROM leases ORDER BY incarnation');
    this.#commands = db.prepare('SELECT commands FROM leases WHERE incarnation = ? AND condemned IS NULL AND beat < ?');
    this.#beat = db.prepare("UPDATE leases SET beat = ?, beaten = ?, commands = '[]' WHERE incarnation = ?");
    this.#condemn = db.prepare(`UPDATE leases SET condemned = ?1
      WHERE incarnation = ?2 AND condemned IS NULL AND (?3 IS NULL OR beat = ?3)`);
    this.#isCondemned = db.prepare('SELECT condemned IS NOT NULL AS yes FROM leases WHERE incarnation = ?');
    this.#vote = db.prepare(`UPDATE leases SET votes = json_set(votes, '$.' || ?1, json(?2))
      WHERE incarnation = ?3 AND condemned IS NULL AND beat = ?4 RETURNING votes`);
    this.#command = db.prepare('UPDATE leases SET commands = ? WHERE incarnation = ?');
    this.#drop = db.prepare('DELETE FROM leases WHERE incarnation = ?');
  }

  putLease(lease: Lease): Promise<void> {
    const { incarnation, beat, condemned, commands, votes, ...rest } = lease;
    const { progress, stalled, status, reason, flows, skewMs, beatAt, ...born } = rest;
    const sometimes = { ...(reason !== undefined && { reason }), ...(skewMs !== undefined && { skewMs }) };
    const beaten: Beaten = { progress, stalled, status, ...sometimes, flows, beatAt };
    return this.#group.add(() => {
      const parts = [JSON.stringify(born), JSON.stringify(beaten), JSON.stringify(commands)] as const;
      const byKind = Object.fromEntries((votes ?? []).map((vote) => [vote.kind, vote]));
      this.#put.run(incarnation, beat, ...parts, condemned ? JSON.stringify(condemned) : null, JSON.stringify(byKind));
    });
  }

  beat({ incarnation, beat, now, ...changes }: Beat): Promise<readonly Command[] | undefined> {
    const beaten: Beaten = { ...changes, beatAt: now };
    return this.#group.add(() => {
      const found = this.#commands.get(incarnation, beat) as Pick<Row, 'commands'> | undefined;
      if (!found) return undefined;
      this.#beat.run(beat, JSON.stringify(beaten), incarnation);
      return JSON.parse(found.commands) as Command[];
    });
  }

  readLease(incarnation: Incarnation): Promise<Lease | undefined> {
    return this.#reader.read(() => {
      const row = this.#read.get(incarnation) as Row | undefined;
      return row && toLease(row);
    });
  }

  listLeases(): Promise<readonly Lease[]> {
    return this.#reader.read(() => (this.#list.all() as unknown as Row[]).map(toLease));
  }

  /** Reading a column more costs nothing here. */
  watchedLeases(): Promise<readonly WatchedLease[]> {
    return this.listLeases();
  }

  condemn(
    incarnation: Incarnation,
    beat: number | undefined,
    by: string,
    evidence: Evidence,
    now: EpochMs,
  ): Promise<boolean> {
    return this.#group.add(() => {
      this.#condemn.run(JSON.stringify({ by, evidence, at: now }), incarnation, beat ?? null);
      return this.#isCondemned.get(incarnation)?.yes === 1;
    });
  }

  vote(incarnation: Incarnation, vote: Vote): Promise<readonly Vote[] | undefined> {
    return this.#group.add(() => {
      const row = this.#vote.get(vote.kind, JSON.stringify(vote), incarnation, vote.beat);
      return row && votesOf(row as Pick<Row, 'votes'>);
    });
  }

  async command(incarnation: Incarnation, command: Command): Promise<void> {
    await this.#group.add(() => {
      const row = this.#read.get(incarnation) as Row | undefined;
      if (!row || row.condemned !== null) return;
      const commands = JSON.parse(row.commands) as Command[];
      const { verb, flow, run } = command;
      if (commands.some((there) => there.verb === verb && there.flow === flow && there.run === run)) return;
      this.#command.run(JSON.stringify([...commands, command]), incarnation);
    });
    this.#tell(incarnation);
  }

  onCommanded(listener: (incarnation: Incarnation) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A command was written for this incarnation, here or by another process. */
  commanded(incarnation: Incarnation): void {
    for (const listener of [...this.#listeners]) listener(incarnation);
  }

  dropLease(incarnation: Incarnation): Promise<void> {
    return this.#group.add(() => {
      this.#drop.run(incarnation);
    });
  }
}

const votesOf = ({ votes }: Pick<Row, 'votes'>): readonly Vote[] =>
  Object.values(JSON.parse(votes) as Readonly<Record<string, Vote>>).sort((a, b) => (a.kind < b.kind ? -1 : 1));

function toLease(row: Row): Lease {
  const born = JSON.parse(row.born) as Omit<
    Lease,
    'incarnation' | 'beat' | keyof Beaten | 'condemned' | 'commands' | 'votes'
  >;
  const beaten = JSON.parse(row.beaten) as Beaten;
  const votes = votesOf(row);
  return {
    ...born,
    ...beaten,
    incarnation: row.incarnation,
    beat: row.beat,
    commands: JSON.parse(row.commands) as Command[],
    ...(votes.length > 0 && { votes }),
    ...(row.condemned !== null && {
      status: 'Condemned',
      condemned: JSON.parse(row.condemned) as NonNullable<Lease['condemned']>,
    }),
  };
}
