import { conditions } from '#adapters/dynamodb/conditions';
import { number, text } from '#adapters/dynamodb/items';
import { callbackBeatKey, callbackKey, checkpointKey, controlKey, type Key, settingKey } from '#adapters/dynamodb/keys';
import { HOIST_BYTES, isPointer, pointerTo, type SideValues } from '#adapters/dynamodb/side-values';
import type { TableClient } from '#adapters/dynamodb/table-client';
import type { Json } from '#engine/json';
import { type EpochMs, epoch } from '#engine/time';
import type { FlowId } from '#ports/ids';
import type { Checkpoint } from '#ports/store';
import type { CallbackRow, ControlRow } from '#ports/write';

/** Rows beside the flows: control, callbacks and their beats, checkpoints, settings. `j`: the row as JSON, or a pointer to it; `t`: a term. */
export class SideRows {
  readonly #table: TableClient;
  readonly #values: SideValues;

  constructor(table: TableClient, values: SideValues) {
    this.#table = table;
    this.#values = values;
  }

  /** The first one counts. */
  async putControl(row: ControlRow): Promise<void> {
    await this.#putFirst(controlKey(row.root), JSON.stringify(row));
  }

  async readControl(root: FlowId): Promise<ControlRow | undefined> {
    const item = await this.#table.get(controlKey(root));
    return item && (JSON.parse(item.j?.S ?? 'null') as ControlRow);
  }

  /** The first answer counts. */
  async putCallback({ flow, key, outcome }: CallbackRow): Promise<void> {
    await this.#putFirst(callbackKey(flow, key), await this.#aside(flow, JSON.stringify(outcome)));
  }

  async readCallback(flow: FlowId, key: string): Promise<CallbackRow | undefined> {
    const outcome = await this.#read(flow, callbackKey(flow, key));
    return outcome === undefined ? undefined : { flow, key, outcome: outcome as unknown as CallbackRow['outcome'] };
  }

  async beatCallback(flow: FlowId, key: string, now: EpochMs): Promise<void> {
    const { k, s } = callbackBeatKey(flow, key);
    await this.#table.put({ k: text(k), s: text(s), t: number(now) }, conditions.notNewer, { ':t': number(now) });
  }

  async readCallbackBeat(flow: FlowId, key: string): Promise<EpochMs | undefined> {
    const item = await this.#table.get(callbackBeatKey(flow, key));
    return item && epoch(Number(item.t?.N ?? 0));
  }

  /** Fenced by the term: what a dead owner still saves does not replace what its successor has saved. */
  async saveCheckpoint({ flow, step, data }: Checkpoint, term: number): Promise<boolean> {
    const { k, s } = checkpointKey(flow, step);
    const j = text(await this.#aside(flow, JSON.stringify(data)));
    const item = { k: text(k), s: text(s), t: number(term), j };
    return (await this.#table.put(item, conditions.notNewer, { ':t': number(term) })).ok;
  }

  readCheckpoint(flow: FlowId, step: number): Promise<Json | undefined> {
    return this.#read(flow, checkpointKey(flow, step));
  }

  async readSetting(key: string): Promise<Json | undefined> {
    const item = await this.#table.get(settingKey(key));
    return item && (JSON.parse(item.j?.S ?? 'null') as Json);
  }

  async writeSetting(key: string, value: Json, was: Json | undefined): Promise<boolean> {
    const { k, s } = settingKey(key);
    const item = { k: text(k), s: text(s), j: text(JSON.stringify(value)) };
    const written =
      was === undefined
        ? await this.#table.put(item, conditions.absent)
        : await this.#table.put(item, conditions.same, { ':was': text(JSON.stringify(was)) });
    return written.ok;
  }

  dropSetting(key: string): Promise<void> {
    return this.#table.drop(settingKey(key));
  }

  async #putFirst({ k, s }: Key, row: string): Promise<void> {
    await this.#table.put({ k: text(k), s: text(s), j: text(row) }, conditions.absent);
  }

  /** A long text stands by itself, written before the row that points to it. */
  async #aside(flow: FlowId, value: string): Promise<string> {
    if (value.length <= HOIST_BYTES) return value;
    const pointer = pointerTo(value);
    await this.#values.write(flow, new Map([[pointer, value]]));
    return pointer;
  }

  async #read(flow: FlowId, key: Key): Promise<Json | undefined> {
    const stored = (await this.#table.get(key))?.j?.S;
    if (stored === undefined) return undefined;
    if (!isPointer(stored)) return JSON.parse(stored) as Json;
    const of = { flow, pointer: stored };
    return JSON.parse((await this.#values.read([of]))(of)) as Json;
  }
}
