import { all, conditions } from '#adapters/dynamodb/conditions';
import type { DynamoOptions } from '#adapters/dynamodb/dynamo-store';
import { ARCHIVE, archiveNote, itemKey, number, text, VALUES } from '#adapters/dynamodb/items';
import { besidePartitions, controlKey, flowKey, flowOf } from '#adapters/dynamodb/keys';
import { blobOf } from '#adapters/dynamodb/side-values';
import { type Item, inTurns, TableClient } from '#adapters/dynamodb/table-client';
import type { RunRows } from '#ports/archive';
import type { RemovableBlobs } from '#ports/blobs';
import { FlowbeatError } from '#ports/errors';
import { type FlowId, parentOf } from '#ports/ids';

/** Requests of one flow that are under way at a time. */
const AT_ONCE = 8;

/**
 * The rows of runs, for the archive. What is noted stands in the item of the run's first root (`Z` and `Q` of items.ts): a write unit each time, and no indexed
 * attribute is touched. A row that is taken away costs a unit for each of its kilobytes.
 */
export class DynamoRunRows implements RunRows {
  readonly #table: TableClient;
  readonly #blobs: RemovableBlobs | undefined;

  constructor({ client, table, clock, blobs }: Omit<DynamoOptions, 'blobs'> & { readonly blobs?: RemovableBlobs }) {
    this.#table = new TableClient(client, table, clock);
    this.#blobs = blobs;
  }

  async standsAlone(flow: FlowId): Promise<boolean> {
    const [control, ...pages] = await Promise.all([
      this.#table.get(controlKey(flow)),
      ...besidePartitions(flow).map((k) =>
        this.#table.query({ where: '#k = :k', values: { ':k': text(k) }, limit: 1 }),
      ),
    ]);
    return control === undefined && pages.every(({ items }) => items.length === 0);
  }

  async leave(first: FlowId, redrives: number): Promise<void> {
    await this.#table.update({
      key: flowKey(first),
      change: 'SET #Z = :left',
      if: all(conditions.exists, conditions.notArchived, conditions.redrivenAs),
      values: { ':left': text(ARCHIVE.left), ':redrives': number(redrives) },
    });
  }

  async reserve(first: FlowId, redrive: number): Promise<boolean> {
    const written = await this.#table.update({
      key: flowKey(first),
      change: 'SET #Q = :redrive REMOVE #Z',
      if: all(conditions.exists, conditions.mayBeRedriven),
      values: { ':redrive': number(redrive), ':left': text(ARCHIVE.left) },
    });
    return written.ok;
  }

  async note(first: FlowId, key: string, redrives: number): Promise<boolean> {
    const note = text(archiveNote({ key, cleared: false }));
    const written = await this.#table.update({
      key: flowKey(first),
      change: `SET #Z = :note REMOVE ${VALUES}`,
      if: all(conditions.exists, conditions.notArchived, conditions.redrivenAs),
      values: { ':note': note, ':redrives': number(redrives) },
    });
    if (written.ok) return true;
    // A request that was sent twice finds its own note; so does who archived the same lines at the same time.
    const item = written.item ?? (await this.#table.get(flowKey(first)));
    return item?.Z?.S === note.S;
  }

  async clear(flow: FlowId): Promise<void> {
    const key = flowKey(flow);
    // The row first: what it points to is then pointed to by nothing, and a reader of what is left meets no gap.
    if (parentOf(flow)) await this.#table.drop(key);
    // The note has taken the values of the first root.
    else if (flowOf(key).run !== (flow as string))
      await this.#table.update({ key, change: `REMOVE ${VALUES}`, if: conditions.exists });
    const beside = await Promise.all(
      besidePartitions(flow).map((k) => this.#table.queryAll({ where: '#k = :k', values: { ':k': text(k) } })),
    );
    await inTurns(beside.flat(), AT_ONCE, (item) => this.#drop(flow, item));
    const control = controlKey(flow);
    if (!parentOf(flow) && (await this.#table.get(control))) await this.#table.drop(control);
  }

  async cleared(first: FlowId): Promise<void> {
    const item = await this.#table.get(flowKey(first));
    const note = item?.Z?.S;
    if (note === undefined || !note.startsWith(ARCHIVE.open)) return;
    await this.#table.update({
      key: flowKey(first),
      change: 'SET #Z = :cleared',
      if: conditions.archivedAs,
      values: { ':cleared': text(ARCHIVE.cleared + note.slice(ARCHIVE.open.length)), ':note': text(note) },
    });
  }

  /** The object of a value goes before the row that tells of it: cut in between, the row is met again. */
  async #drop(flow: FlowId, item: Item): Promise<void> {
    const key = itemKey(item);
    const blob = blobOf(flow, item);
    if (blob !== undefined) {
      if (!this.#blobs) {
        const message = `A value of ${flow} stands in the bucket of large values, and this process was told of none; it is left where it is. Name it by FLOWBEAT_BUCKET.`;
        throw new FlowbeatError('terminal', 'BUCKET_NOT_NAMED', message, { flow, key: blob });
      }
      await this.#blobs.drop(blob);
    }
    await this.#table.drop(key);
  }
}
