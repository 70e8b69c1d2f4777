import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { GroupCommit } from '#adapters/sqlite/group-commit';
import type { Reader } from '#adapters/sqlite/reader';
import type { EpochMs } from '#engine/time';
import { mayHaveTriggers } from '#ports/chart-source';
import type { ChartStore, ChartVersion } from '#ports/store';

/** Versions that are remembered. */
const MOST_KNOWN = 32;

/** Charts: versions are immutable rows; which one is the newest, and whether the chart is deleted, stands beside them. */
export class SqliteCharts implements ChartStore {
  readonly #group: GroupCommit;
  readonly #reader: Reader;
  readonly #newest: StatementSync;
  /** Versions never change, and each start asks for one: its number is looked up, its text is not read again. */
  readonly #known = new Map<string, ChartVersion>();
  /** What was looked up in this turn of the event loop: of many starts in one turn only the first looks (a read of its own takes 4 us). */
  readonly #newestNow = new Map<string, number | undefined>();
  readonly #version: StatementSync;
  readonly #last: StatementSync;
  readonly #add: StatementSync;
  readonly #point: StatementSync;
  readonly #list: StatementSync;
  readonly #delete: StatementSync;

  constructor(db: DatabaseSync, group: GroupCommit, reader: Reader) {
    this.#group = group;
    this.#reader = reader;
    const columns = 'v.name, v.version, v.source, v.hash, v.created_at AS createdAt';
    const newest = 'charts AS c JOIN chart_versions AS v ON v.name = c.name AND v.version = c.newest';
    this.#newest = db.prepare('SELECT newest FROM charts WHERE name = ? AND deleted = 0');
    this.#last = db.prepare(`SELECT ${columns} FROM ${newest} WHERE c.name = ?`);
    this.#version = db.prepare(`SELECT ${columns} FROM chart_versions AS v WHERE v.name = ? AND v.version = ?`);
    this.#list = db.prepare(`SELECT ${columns} FROM ${newest} WHERE c.deleted = 0 ORDER BY c.name`);
    this.#add = db.prepare(
      'INSERT INTO chart_versions (name, version, source, hash, created_at) VALUES (?, ?, ?, ?, ?)',
    );
    this.#point = db.prepare('INSERT OR REPLACE INTO charts (name, newest, deleted) VALUES (?, ?, 0)');
    this.#delete = db.prepare('UPDATE charts SET deleted = 1 WHERE name = ? AND deleted = 0');
  }

  putChart(name: string, source: string, hash: string, now: EpochMs): Promise<ChartVersion> {
    return this.#group.add(() => {
      const last = toChart(this.#last.get(name));
      const version = last?.hash === hash ? last.version : (last?.version ?? 0) + 1;
      this.#newestNow.clear();
      if (version !== last?.version) this.#add.run(name, version, source, hash, now);
      this.#point.run(name, version);
      return version === last?.version ? last : { name, version, source, hash, createdAt: now };
    });
  }

  readChart(name: string, version?: number): Promise<ChartVersion | undefined> {
    return this.#reader.read(() => {
      const number = version ?? this.#numberOfNewest(name);
      return number === undefined ? undefined : (this.#known.get(keyOf(name, number)) ?? this.#read(name, number));
    });
  }

  #numberOfNewest(name: string): number | undefined {
    if (this.#newestNow.has(name)) return this.#newestNow.get(name);
    const found = (this.#newest.get(name) as { readonly newest: number } | undefined)?.newest;
    if (this.#newestNow.size === 0) setImmediate(() => this.#newestNow.clear());
    this.#newestNow.set(name, found);
    return found;
  }

  #read(name: string, version: number): ChartVersion | undefined {
    const chart = toChart(this.#version.get(name, version));
    if (!chart) return undefined;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(keyOf(name, version), chart);
    return chart;
  }

  listCharts(): Promise<readonly ChartVersion[]> {
    return this.#reader.read(() => this.#list.all().map((row) => toChart(row) as ChartVersion));
  }

  /** All that have triggers: where there is a file somebody looks at them each second, and each look costs nothing. */
  async dueCharts(): Promise<readonly string[]> {
    return (await this.listCharts()).flatMap(({ name, source }) => (mayHaveTriggers(source) ? [name] : []));
  }

  async noteNextSlot(): Promise<void> {}

  deleteChart(name: string): Promise<boolean> {
    return this.#group.add(() => {
      this.#newestNow.clear();
      return this.#delete.run(name).changes === 1;
    });
  }
}

const keyOf = (name: string, version: number): string => `${version} ${name}`;

const toChart = (row: unknown): ChartVersion | undefined => (row ? ({ ...row } as ChartVersion) : undefined);
