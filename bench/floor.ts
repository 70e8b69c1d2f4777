/**
 * The floor: what bare SQLite takes for the same durability, in the same session, so that a figure can be read as a ratio on any machine. One
 * conditional UPDATE of a flow and one INSERT into an append-only history an action, all of a turn of the event loop in one transaction, WAL and
 * `synchronous=FULL`, with rows as long as ours. No JSON, no promises, no index on the history: nothing that an engine needs.
 *
 * Not in it: starting runs (rows are put before the clock starts), a queue, claims. `node bench/floor.ts [--json]`
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Actions of a run. */
export const ACTIONS = 10;

/** What a row of `flows` holds beside its fence, byte for byte what a flow of a chain of ten Tasks takes (about 300 bytes). */
const BODY = JSON.stringify({
  run: 'bench:run-000001-abcdefgh',
  chart: 'bench',
  startedAt: 1_790_000_000_000,
  born: { version: 1, nonce: 'abcdefghijklmnopqrstuv' },
  extra: { format: 1, queue: 'default', needs: 'work' },
  updated: 1_790_000_000_000,
  position: {
    at: 'Step4',
    phase: 'act',
    step: 5,
    input: { n: 3, ok: true },
    vars: {},
    entered: 1_790_000_000_000,
    attempt: 0,
  },
});
const FACTS = JSON.stringify([['ok', 1_790_000_000_000, { n: 3, ok: true }]]);
const OWNER = 'incarnation-abcdefghijkl';
const TERM = 2;

/** A folder on the disk that is measured; removed with what is in it after `work`. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'flowbeat-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The middle one. */
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] as number;

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Opens the floor's file with `flows` rows in it: what takes part run by run. */
export function openFloor(folder: string, flows: number) {
  const db = new DatabaseSync(join(folder, `floor-${flows}-${performance.now()}.db`), { timeout: 0 });
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8000');
  if (db.prepare('PRAGMA synchronous').get()?.synchronous !== 2) throw new Error('synchronous is not FULL');
  db.exec(`
    CREATE TABLE flows (id INTEGER PRIMARY KEY, status TEXT, owner TEXT, term INTEGER, seq INTEGER, body TEXT);
    CREATE TABLE history (flow INTEGER, seq INTEGER, facts TEXT);
  `);
  const put = db.prepare("INSERT INTO flows VALUES (?, 'Owned', ?, ?, 0, ?)");
  db.exec('BEGIN');
  for (let id = 1; id <= flows; id++) put.run(id, OWNER, TERM, BODY);
  db.exec('COMMIT');
  const update = db.prepare(
    "UPDATE flows SET seq = ?, body = ? WHERE id = ? AND owner = ? AND term = ? AND seq = ? AND status = 'Owned'",
  );
  const insert = db.prepare('INSERT INTO history VALUES (?, ?, ?)');
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  return {
    /** One action of each of these flows, in one transaction. */
    batch(first: number, count: number, seq: number): void {
      begin.run();
      for (let id = first; id < first + count; id++) {
        if (update.run(seq + 1, BODY, id, OWNER, TERM, seq).changes !== 1) throw new Error(`${id} was not updated`);
        insert.run(id, seq + 1, FACTS);
      }
      commit.run();
    },
    close: () => db.close(),
  };
}

/** Durable actions a second of the floor with `inFlight` runs of ten actions at a time. */
export async function floorThroughput(folder: string, inFlight = 100, runs = 10_000): Promise<number> {
  const { batch, close } = openFloor(folder, runs);
  const started = performance.now();
  for (let first = 1; first + inFlight - 1 <= runs; first += inFlight) {
    for (let seq = 0; seq < ACTIONS; seq++) {
      batch(first, inFlight, seq);
      await nextTurn();
    }
  }
  const seconds = (performance.now() - started) / 1000;
  close();
  return (Math.floor(runs / inFlight) * inFlight * ACTIONS) / seconds;
}

/** Milliseconds of each of `runs` runs of ten actions on the floor, one after another. */
export async function floorLatency(folder: string, runs = 300): Promise<number[]> {
  const { batch, close } = openFloor(folder, runs);
  const times: number[] = [];
  for (let id = 1; id <= runs; id++) {
    const started = performance.now();
    for (let seq = 0; seq < ACTIONS; seq++) {
      batch(id, 1, seq);
      await nextTurn();
    }
    times.push(performance.now() - started);
  }
  close();
  return times;
}

/** How often a second the disk makes 4 KiB durable, one after another. */
export function fsyncsPerSecond(folder: string, count = 1_000): number {
  const file = openSync(join(folder, 'fsync'), 'w');
  const page = Buffer.alloc(4_096, 1);
  const started = performance.now();
  for (let i = 0; i < count; i++) {
    writeSync(file, page);
    fdatasyncSync(file);
  }
  const seconds = (performance.now() - started) / 1000;
  closeSync(file);
  return count / seconds;
}

if (import.meta.main) {
  const rounds = 5;
  const result = await inFolder(async (folder) => {
    const high: number[] = [];
    const low: number[] = [];
    for (let i = 0; i < rounds; i++) {
      high.push(await floorThroughput(folder));
      low.push(median(await floorLatency(folder)));
    }
    return { actionsPerSecond: high, runP50Ms: low, fsyncsPerSecond: fsyncsPerSecond(folder) };
  });
  if (process.argv.includes('--json')) console.log(JSON.stringify(result));
  else {
    console.log(`100 in flight   ${Math.round(median(result.actionsPerSecond))} actions/s`);
    console.log(`one at a time   ${median(result.runP50Ms).toFixed(3)} ms a run of ten (p50)`);
    console.log(`disk            ${Math.round(result.fsyncsPerSecond)} fsyncs/s`);
  }
}
