import { pointersOf, readFlowItem, statusCode, text } from '#adapters/dynamodb/items';
import { flowKey, flowPartitions } from '#adapters/dynamodb/keys';
import type { KnownFlows } from '#adapters/dynamodb/known-flows';
import type { SideValues } from '#adapters/dynamodb/side-values';
import type { Item, TableClient } from '#adapters/dynamodb/table-client';
import type { FlowRecord } from '#ports/flow-record';
import type { FlowId, RunId } from '#ports/ids';
import type { Page } from '#ports/store';

/** Flows whose items and values are held in memory at a time while many are listed. */
const PAGE = 500;

/** Reads of flows, strongly consistent but for the census. */
export class FlowReads {
  readonly #table: TableClient;
  readonly #values: SideValues;
  readonly #known: KnownFlows;

  constructor(table: TableClient, values: SideValues, known: KnownFlows) {
    this.#table = table;
    this.#values = values;
    this.#known = known;
  }

  async readFlow(flow: FlowId): Promise<FlowRecord | undefined> {
    const item = await this.#table.get(flowKey(flow));
    if (!item) return undefined;
    this.#known.saw(item);
    return (await this.decode([item]))[0];
  }

  async readFlows(flows: readonly FlowId[]): Promise<readonly (FlowRecord | undefined)[]> {
    const items = await this.#table.getMany(flows.map(flowKey));
    const there = items.filter((item) => item !== undefined);
    const records = await this.decode(there);
    const byItem = new Map(there.map((item, index) => [item, records[index]]));
    return items.map((item) => item && byItem.get(item));
  }

  /**
   * The flows of a run: its partitions are asked side by side. A parent's id is a prefix of its children's, so by depth parents come before
   * children. The cursor is the last id given, by that order, which no write can upset.
   */
  async listFlows(run: RunId, cursor?: string): Promise<Page<FlowRecord>> {
    const found = await Promise.all(
      flowPartitions(run).map((k) => this.#table.queryAll({ where: '#k = :k', values: { ':k': text(k) } })),
    );
    const sorted = found
      .flat()
      .map((item) => ({ item, place: placeOf(item) }))
      .sort((a, b) => (a.place < b.place ? -1 : 1));
    const from = cursor === undefined ? 0 : sorted.findIndex(({ place }) => place > cursor);
    const page = from < 0 ? [] : sorted.slice(from, from + PAGE);
    const items = await this.decode(page.map(({ item }) => item));
    const more = from >= 0 && from + PAGE < sorted.length;
    return { items, ...(more && { cursor: page.at(-1)?.place ?? '' }) };
  }

  /** The census (rule P): flows that have not ended, children that have, and those with join rows to clear. What it finds is looked at again before anything is done. */
  async census(cursor?: string): Promise<Page<FlowRecord>> {
    const from = cursor === undefined ? undefined : (JSON.parse(cursor) as Item);
    const { items, next } = await this.#table.scan(
      'attribute_exists(#u) AND (attribute_exists(#b) OR attribute_exists(#l) OR NOT (#u IN (:S, :F, :T, :C)))',
      {
        ':S': statusCode('Succeeded'),
        ':F': statusCode('Failed'),
        ':T': statusCode('TimedOut'),
        ':C': statusCode('Cancelled'),
      },
      from,
    );
    return { items: await this.decode(items), ...(next && { cursor: JSON.stringify(next) }) };
  }

  /** Flows from their items, with the side values that these point to. */
  async decode(items: readonly Item[]): Promise<FlowRecord[]> {
    const textOf = await this.#values.read(items.flatMap(pointersOf));
    return items.map((item) => readFlowItem(item, textOf));
  }
}

/** Depth first, then the id: `00002/3.4/1.0`. */
function placeOf(item: Item): string {
  const path = item.s?.S ?? '';
  return `${String(path.split('/').length - 1).padStart(5, '0')}${path}`;
}
