import { conditions } from '#adapters/dynamodb/conditions';
import { number, text } from '#adapters/dynamodb/items';
import { ALL_SCHEDULED, CHARTS, chartKey, chartPartition, SCHEDULED } from '#adapters/dynamodb/keys';
import { isPointer, pointerTo, type SideValues } from '#adapters/dynamodb/side-values';
import type { Item, TableClient } from '#adapters/dynamodb/table-client';
import { type EpochMs, epoch } from '#engine/time';
import { mayHaveTriggers } from '#ports/chart-source';
import type { FlowId } from '#ports/ids';
import type { ChartStore, ChartVersion } from '#ports/store';

/** Sources longer than this stand by themselves: an item ends at 400 KB, and a list of charts reads none of them. */
const SOURCE_BYTES = 100_000;
const READS_AT_ONCE = 8;
/** How long it is taken for granted that all charts with triggers are listed. */
const LISTED_MS = 86_400_000;

/** Side values are kept by flow; a chart's stand under its partition's name, which no flow's id can be. */
const ownerOf = (name: string) => chartPartition(name) as FlowId;

/**
 * Charts: a version's item is put if absent by its number, and the one put decides; the item that names the chart says only whether it is
 * deleted. `f` the source or a pointer to it, `h` its hash, `t` when it was made, `x` whether the chart is deleted.
 *
 * A chart that may have triggers has an item more, by which a tick finds those that have a slot soon without reading any other chart: `V` the version, `n` the next slot (0: it was not looked at;
 * absent: none), `m` when that was noted. It is put *before* the version, so that no version with triggers is ever without it, and never dropped: one too many costs a read a minute.
 */
export class Charts implements ChartStore {
  readonly #table: TableClient;
  readonly #values: SideValues;

  constructor(table: TableClient, values: SideValues) {
    this.#table = table;
    this.#values = values;
  }

  async putChart(name: string, source: string, hash: string, now: EpochMs): Promise<ChartVersion> {
    for (;;) {
      const newest = await this.#newest(name);
      if (newest?.h?.S === hash) {
        // It may have been deleted, and its triggers forgotten.
        const there = await this.#read(name, newest);
        await this.#schedule(name, there.version, source);
        await this.#name(name);
        return there;
      }
      const version = (newest ? versionOf(newest) : 0) + 1;
      await this.#schedule(name, version, source);
      const stored = Buffer.byteLength(source) > SOURCE_BYTES ? pointerTo(source) : source;
      if (stored !== source) await this.#values.write(ownerOf(name), new Map([[stored, source]]));
      const { k, s } = chartKey(name, version);
      const written = await this.#table.put(
        { k: text(k), s: text(s), f: text(stored), h: text(hash), t: number(now) },
        conditions.absent,
      );
      // Somebody else made this version first (or a lost answer was ours): it is looked at again.
      if (!written.ok) continue;
      await this.#name(name);
      return { name, version, source, hash, createdAt: now };
    }
  }

  async readChart(name: string, version?: number): Promise<ChartVersion | undefined> {
    if (version !== undefined) {
      const item = await this.#table.get(chartKey(name, version));
      return item && this.#read(name, item);
    }
    const named = await this.#table.get({ k: CHARTS, s: name });
    if (!named || named.x) return undefined;
    const newest = await this.#newest(name);
    return newest && this.#read(name, newest);
  }

  async listCharts(): Promise<readonly ChartVersion[]> {
    const named = await this.#table.queryAll({ where: '#k = :k', values: { ':k': text(CHARTS) } });
    const names = named.flatMap(({ s, x }) => (s?.S !== undefined && !x ? [s.S] : [])).sort();
    const charts: ChartVersion[] = [];
    for (let at = 0; at < names.length; at += READS_AT_ONCE) {
      const some = await Promise.all(
        names.slice(at, at + READS_AT_ONCE).map(async (name) => {
          const newest = await this.#newest(name);
          return newest && this.#read(name, newest);
        }),
      );
      charts.push(...some.filter((chart) => chart !== undefined));
    }
    return charts;
  }

  /** Those whose note was made by a clock that is ahead by more than clocks differ are looked at too. */
  async dueCharts(by: EpochMs): Promise<readonly string[]> {
    const read = () => this.#table.queryAll({ where: '#k = :k', values: { ':k': text(SCHEDULED) } });
    let items = await read();
    const listedAt = items.find(({ s }) => s?.S === ALL_SCHEDULED.s)?.m?.N;
    if (listedAt === undefined || Math.abs(by - Number(listedAt)) >= LISTED_MS) {
      await this.#scheduleAll(by);
      items = await read();
    }
    const due = items.flatMap(({ s, n, m }) => {
      if (s?.S === undefined || s.S === ALL_SCHEDULED.s) return [];
      const next = n?.N === undefined ? Number.POSITIVE_INFINITY : Number(n.N);
      return next <= by || Number(m?.N ?? 0) > by ? [{ name: s.S, next }] : [];
    });
    return due.sort((a, b) => a.next - b.next).map(({ name }) => name);
  }

  async noteNextSlot({ name, version }: ChartVersion, next: EpochMs | undefined, now: EpochMs): Promise<void> {
    await this.#table.update({
      key: { k: SCHEDULED, s: name },
      change: next === undefined ? 'SET #m = :m REMOVE #n' : 'SET #m = :m, #n = :n',
      if: conditions.noLaterChart,
      values: { ':m': number(now), ':V': number(version), ...(next !== undefined && { ':n': number(next) }) },
    });
  }

  async #schedule(name: string, version: number, source: string): Promise<void> {
    if (!mayHaveTriggers(source)) return;
    await this.#table.put({ k: text(SCHEDULED), s: text(name), V: number(version), n: number(0) });
  }

  /**
   * Charts that were put by code that knows no such items: each is looked at. Once a day, since such code may still be at work after the first time: while an installation is
   * updated, or where it was put back to the version before.
   */
  async #scheduleAll(now: EpochMs): Promise<void> {
    for (const { name, version, source } of await this.listCharts()) await this.#schedule(name, version, source);
    await this.#table.put({ k: text(ALL_SCHEDULED.k), s: text(ALL_SCHEDULED.s), m: number(now) });
  }

  async deleteChart(name: string): Promise<boolean> {
    const written = await this.#table.update({
      key: { k: CHARTS, s: name },
      change: 'SET #x = :x',
      if: conditions.listedChart,
      values: { ':x': { BOOL: true } },
    });
    return written.ok;
  }

  /** The chart is there: put after its version, so that a name without a version is never seen. */
  async #name(name: string): Promise<void> {
    await this.#table.put({ k: text(CHARTS), s: text(name) });
  }

  async #newest(name: string): Promise<Item | undefined> {
    const { items } = await this.#table.query({
      where: '#k = :k',
      values: { ':k': text(chartPartition(name)) },
      backward: true,
      limit: 1,
    });
    return items[0];
  }

  async #read(name: string, item: Item): Promise<ChartVersion> {
    const stored = item.f?.S ?? '';
    const of = { flow: ownerOf(name), pointer: stored };
    const source = isPointer(stored) ? (await this.#values.read([of]))(of) : stored;
    return {
      name,
      version: versionOf(item),
      source,
      hash: item.h?.S ?? '',
      createdAt: epoch(Number(item.t?.N ?? 0)),
    };
  }
}

const versionOf = (item: Item): number => Number(item.s?.S ?? 0);
