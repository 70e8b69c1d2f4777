import { conditions } from '#adapters/dynamodb/conditions';
import { number, text } from '#adapters/dynamodb/items';
import { joinKey } from '#adapters/dynamodb/keys';
import type { Item, TableClient } from '#adapters/dynamodb/table-client';
import type { FlowId } from '#ports/ids';
import type { JoinRow } from '#ports/write';

/** What a child changes in a row. */
export interface Leave {
  readonly remove?: number;
  readonly failed?: number;
}

interface Waiting {
  readonly change: Leave;
  readonly resolve: (row: JoinRow | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Rows of join trees: `o` the open members as a number set, so that leaving is one idempotent removal; `f` the child that failed first. 128
 * members take 400 to 800 bytes.
 *
 * While one update of a row is under way, those that come meanwhile gather and then go together as one: the children of a wide Map that end
 * on one worker cost a fraction of a write unit each (measured: 0.1 to 0.3), not one. Each caller gets the row as it is after its own.
 */
export class Joins {
  readonly #table: TableClient;
  readonly #waiting = new Map<string, Waiting[]>();

  constructor(table: TableClient) {
    this.#table = table;
  }

  /** Put if absent (rule I). */
  async put({ flow, seq, node, open, failed }: JoinRow): Promise<void> {
    const { k, s } = joinKey(flow, seq, node);
    await this.#table.put(
      {
        k: text(k),
        s: text(s),
        ...(open.length > 0 && { o: { NS: open.map(String) } }),
        ...(failed !== undefined && { f: number(failed) }),
      },
      conditions.absent,
    );
  }

  drop(flow: FlowId, seq: number, node: string): Promise<void> {
    return this.#table.drop(joinKey(flow, seq, node));
  }

  async read(flow: FlowId, seq: number, nodes: readonly string[]): Promise<readonly (JoinRow | undefined)[]> {
    const items = await this.#table.getMany(nodes.map((node) => joinKey(flow, seq, node)));
    return items.map((item, index) => item && rowOf(flow, seq, nodes[index]!, item));
  }

  leave(flow: FlowId, seq: number, node: string, change: Leave): Promise<JoinRow | undefined> {
    const name = joinKey(flow, seq, node).k;
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(name);
      if (waiting) waiting.push({ change, resolve, reject });
      else {
        this.#waiting.set(name, [{ change, resolve, reject }]);
        void this.#work(name, flow, seq, node);
      }
    });
  }

  async #work(name: string, flow: FlowId, seq: number, node: string): Promise<void> {
    for (let group = this.#take(name); group.length > 0; group = this.#take(name)) {
      try {
        const row = await this.#update(
          flow,
          seq,
          node,
          group.map(({ change }) => change),
        );
        for (const { resolve } of group) resolve(row);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#waiting.delete(name);
  }

  #take(name: string): Waiting[] {
    return this.#waiting.get(name)?.splice(0) ?? [];
  }

  async #update(flow: FlowId, seq: number, node: string, leaves: readonly Leave[]): Promise<JoinRow | undefined> {
    const gone = [...new Set(leaves.flatMap(({ remove }) => (remove === undefined ? [] : [String(remove)])))];
    const failed = leaves.find((leave) => leave.failed !== undefined)?.failed;
    if (gone.length === 0 && failed === undefined) return (await this.read(flow, seq, [node]))[0];
    const changes = [failed !== undefined && 'SET #f = if_not_exists(#f, :f)', gone.length > 0 && 'DELETE #o :gone'];
    const written = await this.#table.update({
      key: joinKey(flow, seq, node),
      change: changes.filter(Boolean).join(' '),
      if: conditions.exists,
      values: {
        ...(gone.length > 0 && { ':gone': { NS: gone } }),
        ...(failed !== undefined && { ':f': number(failed) }),
      },
      returns: 'ALL_NEW',
    });
    return written.ok && written.item ? rowOf(flow, seq, node, written.item) : undefined;
  }
}

function rowOf(flow: FlowId, seq: number, node: string, item: Item): JoinRow {
  const open = (item.o?.NS ?? []).map(Number).sort((a, b) => a - b);
  return { flow, seq, node, open, ...(item.f?.N !== undefined && { failed: Number(item.f.N) }) };
}
