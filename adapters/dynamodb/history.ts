import { text } from '#adapters/dynamodb/items';
import { flowKey, historyPartition, paddedSeq } from '#adapters/dynamodb/keys';
import { isPointer, type SideValues } from '#adapters/dynamodb/side-values';
import type { Item, TableClient } from '#adapters/dynamodb/table-client';
import { pointersIn, readChunks } from '#adapters/dynamodb/tail';
import type { FlowId } from '#ports/ids';
import type { FactChunk } from '#ports/store';

/** Chunks of one first seq: one that was accepted, and now and then what a zombie left. */
type Group = readonly Item[];

/** The name by which an item or the next chunk points to a chunk: `<first seq>.<write id>`, unpadded. */
function nameOf(chunk: Item): string {
  const [first = '', id] = (chunk.s?.S ?? '').split('.');
  return `${Number(first)}.${id}`;
}

const firstOf = (name: string): number => Number(name.slice(0, name.indexOf('.')));

/**
 * Reads history: the chunks, then the tail in the flow's item. Only chunks that the item points to, directly or through the one after,
 * were accepted; others of the same first seq are a zombie's, and so are all that begin after the one the item names.
 */
export class History {
  readonly #table: TableClient;
  readonly #values: SideValues;

  constructor(table: TableClient, values: SideValues) {
    this.#table = table;
    this.#values = values;
  }

  /** The facts after commit `after`, in order of seq, those of at most `limit` commits. */
  async readFacts(flow: FlowId, after: number, limit: number): Promise<readonly FactChunk[]> {
    const item = await this.#table.get(flowKey(flow));
    if (!item || limit <= 0) return [];
    const startedAt = Number(item.a?.N ?? 0);
    const newest = item.H?.S;
    const found: FactChunk[] = [];
    if (newest !== undefined) {
      for await (const chunk of this.#accepted(flow, after, newest)) {
        found.push(...(await this.#decode(flow, chunk, startedAt)).filter(({ seq }) => seq > after));
        if (found.length >= limit) return found.slice(0, limit);
      }
    }
    const tail = item.h?.S;
    if (tail !== undefined) found.push(...(await this.#decode(flow, tail, startedAt)).filter(({ seq }) => seq > after));
    return found.slice(0, limit);
  }

  /** Texts of the accepted chunks, from the one that may hold the commit after `after`. A chunk is known to be accepted when the next one is there. */
  async *#accepted(flow: FlowId, after: number, newest: string): AsyncGenerator<string> {
    let held: Group | undefined;
    for await (const group of this.#groups(flow, after, firstOf(newest))) {
      const previous = group[0]?.p?.S;
      const chunk = held?.find((one) => nameOf(one) === previous);
      if (chunk) yield await this.#textOf(flow, chunk);
      held = group;
    }
    const last = held?.find((one) => nameOf(one) === newest);
    if (last) yield await this.#textOf(flow, last);
  }

  async *#groups(flow: FlowId, after: number, upTo: number): AsyncGenerator<Group> {
    const k = text(historyPartition(flow));
    let from = paddedSeq(Math.max(0, after + 1));
    if (after >= 0) {
      // The commit asked for may stand within a chunk that begins earlier; all chunks of one first seq have the same predecessor.
      const { items } = await this.#table.query({
        where: '#k = :k AND #s < :s',
        values: { ':k': k, ':s': text(from) },
        backward: true,
        limit: 1,
      });
      const before = items[0]?.s?.S;
      if (before !== undefined) from = before.slice(0, before.indexOf('.'));
    }
    let group: Item[] = [];
    let next: Item | undefined;
    do {
      const page = await this.#table.query({
        where: '#k = :k AND #s BETWEEN :from AND :to',
        values: { ':k': k, ':from': text(from), ':to': text(`${paddedSeq(upTo)}/`) },
        from: next,
      });
      for (const item of page.items) {
        if (group.length > 0 && firstOf(nameOf(group[0]!)) !== firstOf(nameOf(item))) {
          yield group;
          group = [];
        }
        group.push(item);
      }
      next = page.next;
    } while (next);
    if (group.length > 0) yield group;
  }

  async #textOf(flow: FlowId, chunk: Item): Promise<string> {
    const stored = chunk.f?.S ?? '';
    if (!isPointer(stored)) return stored;
    return (await this.#values.read([{ flow, pointer: stored }]))({ flow, pointer: stored });
  }

  async #decode(flow: FlowId, stored: string, startedAt: number): Promise<FactChunk[]> {
    const textOf = await this.#values.read(pointersIn(stored).map((pointer) => ({ flow, pointer })));
    return readChunks(stored, startedAt, (pointer) => textOf({ flow, pointer }));
  }
}
