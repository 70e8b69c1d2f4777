import { ARCHIVE, itemKey, number, pointersOf, readFlowItem, statusCode, text } from '#adapters/dynamodb/items';
import { flowKey, flowOf, flowPartitions } from '#adapters/dynamodb/keys';
import type { KnownFlows } from '#adapters/dynamodb/known-flows';
import type { SideValues } from '#adapters/dynamodb/side-values';
import type { Item, TableClient } from '#adapters/dynamodb/table-client';
import type { EpochMs } from '#engine/time';
import type { FlowRecord } from '#ports/flow-record';
import type { FlowId, RunId } from '#ports/ids';
import type { CensusPage, Page } from '#ports/store';

/** Flows asked of each partition of a run for one page. */
const PAGE = 100;

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
   * The flows of a run: its partitions are asked side by side and merged by sort key. A parent's is a prefix of its children's, so parents come
   * before children. A page ends where a partition has more than it gave; the cursor is its last sort key, which no write can upset.
   */
  async listFlows(run: RunId, cursor?: string): Promise<Page<FlowRecord>> {
    const partitions = await Promise.all(
      flowPartitions(run).map((k) =>
        this.#table.query({
          where: cursor === undefined ? '#k = :k' : '#k = :k AND #s > :s',
          values: { ':k': text(k), ...(cursor !== undefined && { ':s': text(cursor) }) },
          limit: PAGE,
        }),
      ),
    );
    const ends = partitions.flatMap(({ items, next }) => (next ? [sortKeyOf(items.at(-1) ?? next)] : []));
    const end = ends.sort()[0];
    const page = partitions
      .flatMap(({ items }) => items)
      .filter((item) => end === undefined || sortKeyOf(item) <= end)
      .sort((a, b) => (sortKeyOf(a) < sortKeyOf(b) ? -1 : 1));
    return { items: await this.decode(page), ...(end !== undefined && { cursor: end }) };
  }

  /**
   * The census (rule P): flows that have not ended, children that have, and those with join rows to clear. What it finds is looked at again before anything is done. The
   * runs that are due for the archive are named by the same scan, and not read: a page may hold a thousand, each with its values.
   */
  async census(_now: EpochMs, cursor?: string, endedBefore?: EpochMs): Promise<CensusPage> {
    const from = cursor === undefined ? undefined : (JSON.parse(cursor) as Item);
    const { items, next } = await this.#table.scan(
      // Of all items flows alone have both: a lease has a status and no term, a chart a time under the term's name.
      `attribute_exists(#u) AND attribute_exists(#t) AND (attribute_exists(#b) OR attribute_exists(#l) OR NOT (#u IN (:S, :F, :T, :C))${
        endedBefore === undefined
          ? ''
          : ' OR (attribute_exists(#g) AND #m < :before AND (attribute_not_exists(#Z) OR begins_with(#Z, :open)))'
      })`,
      {
        ':S': statusCode('Succeeded'),
        ':F': statusCode('Failed'),
        ':T': statusCode('TimedOut'),
        ':C': statusCode('Cancelled'),
        ...(endedBefore !== undefined && { ':before': number(endedBefore), ':open': text(ARCHIVE.open) }),
      },
      from,
    );
    const ended = endedBefore === undefined ? [] : items.filter((item) => isDue(item, endedBefore));
    const others = items.filter((item) => item.b || item.l || !isEnded(item));
    return {
      items: await this.decode(others),
      ...(ended.length > 0 && { ended: ended.map((item) => flowOf(itemKey(item)).run) }),
      ...(next && { cursor: JSON.stringify(next) }),
    };
  }

  /** Flows from their items, with the side values that these point to. */
  async decode(items: readonly Item[]): Promise<FlowRecord[]> {
    const textOf = await this.#values.read(items.flatMap(pointersOf));
    return items.map((item) => readFlowItem(item, textOf));
  }
}

const ENDED: ReadonlySet<string | undefined> = new Set(
  (['Succeeded', 'Failed', 'TimedOut', 'Cancelled'] as const).map((status) => statusCode(status).S),
);
const isEnded = ({ u }: Item): boolean => ENDED.has(u?.S);

/** The first root of a run that ended before a time, and whose rows are all or in part where they were. */
const isDue = (item: Item, before: EpochMs): boolean =>
  item.g !== undefined &&
  isEnded(item) &&
  Number(item.m?.N) < before &&
  (item.Z?.S === undefined || item.Z.S.startsWith(ARCHIVE.open));

const sortKeyOf = (item: Item): string => item.s?.S ?? '';
