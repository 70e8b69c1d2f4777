import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Json } from '#engine/json';
import type { EpochMs } from '#engine/time';
import type { FlowId } from '#ports/ids';
import type { Checkpoint } from '#ports/store';
import type { CallbackRow, ControlRow, DueRow, JoinRow } from '#ports/write';

/**
 * The rows beside the flows: joins, controls, callbacks, checkpoints, due rows, settings. Put if absent throughout, so that each write may be
 * repeated. What writes runs inside a transaction.
 */
export class SideRows {
  readonly #putJoin: StatementSync;
  readonly #dropJoin: StatementSync;
  readonly #readJoin: StatementSync;
  readonly #setJoin: StatementSync;
  readonly #putControl: StatementSync;
  readonly #readControl: StatementSync;
  readonly #putCallback: StatementSync;
  readonly #readCallback: StatementSync;
  readonly #beatCallback: StatementSync;
  readonly #readBeat: StatementSync;
  readonly #saveCheckpoint: StatementSync;
  readonly #readCheckpoint: StatementSync;
  readonly #putDue: StatementSync;
  readonly #dropDue: StatementSync;
  readonly #readDue: StatementSync;
  readonly #readSetting: StatementSync;
  readonly #writeSetting: StatementSync;
  readonly #dropSetting: StatementSync;

  constructor(db: DatabaseSync) {
    const join = 'WHERE flow = ? AND seq = ? AND node = ?';
    this.#putJoin = db.prepare('INSERT OR IGNORE INTO joins (open, failed, flow, seq, node) VALUES (?, ?, ?, ?, ?)');
    this.#dropJoin = db.prepare(`DELETE FROM joins ${join}`);
    this.#readJoin = db.prepare(`SELECT open, failed FROM joins ${join}`);
    this.#setJoin = db.prepare(`UPDATE joins SET open = ?, failed = ? ${join}`);
    this.#putControl = db.prepare('INSERT OR IGNORE INTO controls (root, row) VALUES (?, ?)');
    this.#readControl = db.prepare('SELECT row FROM controls WHERE root = ?');
    this.#putCallback = db.prepare('INSERT OR IGNORE INTO callbacks (flow, key, outcome) VALUES (?, ?, ?)');
    this.#readCallback = db.prepare('SELECT outcome FROM callbacks WHERE flow = ? AND key = ?');
    this.#beatCallback = db.prepare(
      'INSERT INTO callback_beats (flow, key, at) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = max(at, excluded.at)',
    );
    this.#readBeat = db.prepare('SELECT at FROM callback_beats WHERE flow = ? AND key = ?');
    this.#saveCheckpoint = db.prepare(`INSERT INTO checkpoints (flow, step, term, data) VALUES (?, ?, ?, ?)
      ON CONFLICT (flow, step) DO UPDATE SET term = excluded.term, data = excluded.data WHERE term <= excluded.term`);
    this.#readCheckpoint = db.prepare('SELECT data FROM checkpoints WHERE flow = ? AND step = ?');
    this.#putDue = db.prepare('INSERT OR IGNORE INTO dues (due, message) VALUES (?, ?)');
    this.#dropDue = db.prepare('DELETE FROM dues WHERE due = ? AND message = ?');
    this.#readDue = db.prepare('SELECT due, message FROM dues WHERE due <= ? ORDER BY due LIMIT ?');
    this.#readSetting = db.prepare('SELECT value FROM settings WHERE key = ?');
    this.#writeSetting = db.prepare('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)');
    this.#dropSetting = db.prepare('DELETE FROM settings WHERE key = ?');
  }

  putJoin({ flow, seq, node, open, failed }: JoinRow): void {
    this.#putJoin.run(JSON.stringify(open), failed ?? null, flow, seq, node);
  }

  dropJoin(flow: FlowId, seq: number, node: string): void {
    this.#dropJoin.run(flow, seq, node);
  }

  readJoin(flow: FlowId, seq: number, node: string): JoinRow | undefined {
    const row = this.#readJoin.get(flow, seq, node) as { open: string; failed: number | null } | undefined;
    if (!row) return undefined;
    const open = JSON.parse(row.open) as number[];
    return { flow, seq, node, open, ...(row.failed !== null && { failed: row.failed }) };
  }

  leaveJoin(
    flow: FlowId,
    seq: number,
    node: string,
    change: { readonly remove?: number; readonly failed?: number },
  ): JoinRow | undefined {
    const row = this.readJoin(flow, seq, node);
    if (!row) return undefined;
    const open = row.open.filter((member) => member !== change.remove);
    const failed = row.failed ?? change.failed;
    if (open.length !== row.open.length || failed !== row.failed) {
      this.#setJoin.run(JSON.stringify(open), failed ?? null, flow, seq, node);
    }
    return { flow, seq, node, open, ...(failed !== undefined && { failed }) };
  }

  putControl(row: ControlRow): void {
    this.#putControl.run(row.root, JSON.stringify(row));
  }

  readControl(root: FlowId): ControlRow | undefined {
    return parsed<ControlRow>(this.#readControl.get(root)?.row);
  }

  putCallback({ flow, key, outcome }: CallbackRow): void {
    this.#putCallback.run(flow, key, JSON.stringify(outcome));
  }

  readCallback(flow: FlowId, key: string): CallbackRow | undefined {
    const outcome = parsed<CallbackRow['outcome']>(this.#readCallback.get(flow, key)?.outcome);
    return outcome && { flow, key, outcome };
  }

  beatCallback(flow: FlowId, key: string, now: EpochMs): void {
    this.#beatCallback.run(flow, key, now);
  }

  readCallbackBeat(flow: FlowId, key: string): EpochMs | undefined {
    return this.#readBeat.get(flow, key)?.at as EpochMs | undefined;
  }

  saveCheckpoint({ flow, step, data }: Checkpoint, term: number): boolean {
    return this.#saveCheckpoint.run(flow, step, term, JSON.stringify(data)).changes === 1;
  }

  readCheckpoint(flow: FlowId, step: number): Json | undefined {
    return parsed<Json>(this.#readCheckpoint.get(flow, step)?.data);
  }

  putDue({ due, message }: DueRow): void {
    this.#putDue.run(due, JSON.stringify(message));
  }

  dropDue({ due, message }: DueRow): void {
    this.#dropDue.run(due, JSON.stringify(message));
  }

  dueBefore(due: EpochMs, limit: number): DueRow[] {
    const rows = this.#readDue.all(due, limit) as unknown as { due: EpochMs; message: string }[];
    return rows.map((row) => ({ due: row.due, message: JSON.parse(row.message) as DueRow['message'] }));
  }

  readSetting(key: string): Json | undefined {
    return parsed<Json>(this.#readSetting.get(key)?.value);
  }

  writeSetting(key: string, value: Json, was: Json | undefined): boolean {
    const stored = this.#readSetting.get(key)?.value;
    if (stored !== (was === undefined ? undefined : JSON.stringify(was))) return false;
    this.#writeSetting.run(key, JSON.stringify(value));
    return true;
  }

  dropSetting(key: string): void {
    this.#dropSetting.run(key);
  }
}

const parsed = <T>(text: unknown): T | undefined => (typeof text === 'string' ? (JSON.parse(text) as T) : undefined);
