import { text } from '#adapters/dynamodb/items';
import { DUE_HOURS, dueHour, dueKey, duePartitions, dueUpTo, hourStart } from '#adapters/dynamodb/keys';
import type { TableClient } from '#adapters/dynamodb/table-client';
import { type EpochMs, epoch } from '#engine/time';
import type { Clock } from '#ports/clock';
import type { DueRow } from '#ports/write';

/** Hours in the past whose rows are all gone are forgotten after this time: a put that was under way has long arrived. */
const FORGET_AFTER_MS = 2 * 3_600_000;

/**
 * Waits longer than the queue's longest delay, by hour and shard (keys.ts). The hours that have rows are named in a partition of their
 * own, written before the row and once a process and hour; so a tick finds what nobody ticked for days, and asks for no empty hour.
 */
export class DueRows {
  readonly #table: TableClient;
  readonly #clock: Clock;
  readonly #named = new Set<string>();

  constructor(table: TableClient, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  async put(row: DueRow): Promise<void> {
    const hour = dueHour(row.due);
    const past = this.#isPast(hour);
    // The name of an hour that is past may be taken away by a tick, so it is written every time.
    if (past || !this.#named.has(hour)) {
      await this.#table.put({ k: text(DUE_HOURS), s: text(hour) });
      if (!past) this.#named.add(hour);
    }
    const { k, s } = dueKey(row);
    await this.#table.put({ k: text(k), s: text(s), j: text(JSON.stringify(row)) });
  }

  drop(row: DueRow): Promise<void> {
    return this.#table.drop(dueKey(row));
  }

  async before(due: EpochMs, limit: number): Promise<readonly DueRow[]> {
    const hours = await this.#table.queryAll({
      where: '#k = :k AND #s <= :s',
      values: { ':k': text(DUE_HOURS), ':s': text(dueHour(due)) },
    });
    const found: DueRow[] = [];
    for (const { s } of hours) {
      if (found.length >= limit) break;
      const hour = s?.S ?? '';
      const rows = await this.#inHour(hour, due, limit);
      if (rows.length === 0 && this.#isPast(hour)) {
        this.#named.delete(hour);
        await this.#table.drop({ k: DUE_HOURS, s: hour });
      }
      found.push(...rows.sort((a, b) => a.due - b.due));
    }
    return found.slice(0, limit);
  }

  async #inHour(hour: string, due: EpochMs, limit: number): Promise<DueRow[]> {
    const shards = await Promise.all(
      duePartitions(hour).map(async (k) => {
        const { items } = await this.#table.query({
          where: '#k = :k AND #s <= :s',
          values: { ':k': text(k), ':s': text(dueUpTo(due)) },
          limit,
        });
        return items;
      }),
    );
    return shards.flat().map((item) => {
      const row = JSON.parse(item.j?.S ?? 'null') as DueRow;
      return { due: epoch(row.due), message: row.message };
    });
  }

  #isPast(hour: string): boolean {
    return this.#clock.now() - hourStart(hour) > FORGET_AFTER_MS;
  }
}
