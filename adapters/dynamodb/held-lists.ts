/**
 * The flows that a lease names, where they are too many for its item. Fifty of them take a kilobyte, and a beat pays for the whole item; but from one beat
 * to the next the list of a worker whose actions are long is the same. So a long list stands in an item of its own, which is written only when it has
 * changed, before the beat that points to it.
 *
 * Two such items take turns: what the lease points to is never written over. So a worker that was condemned, and does not know it yet, changes nothing of
 * the list by which its flows are found.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { number, text } from '#adapters/dynamodb/items';
import { leaseKey, leaseListKey } from '#adapters/dynamodb/keys';
import { flowsOf, heldFlows } from '#adapters/dynamodb/lease-item';
import { packed, packedBytes } from '#adapters/dynamodb/packed';
import type { Item, TableClient } from '#adapters/dynamodb/table-client';
import type { Incarnation } from '#ports/ids';
import type { Beat, HeldFlow } from '#ports/lease';

/** The rest of a lease's item takes some 400 bytes. */
const INLINE_BYTES = 500;

type Slot = 0 | 1;

/** What a beat says of its flows. */
export interface SaidOfFlows {
  readonly set: Readonly<Record<string, AttributeValue>>;
  readonly remove: readonly string[];
  /** The store answered: whether the lease points to it now. */
  answered(accepted: boolean): void;
}

/** The lists of the leases that beat through this connection. */
export class HeldLists {
  readonly #table: TableClient;
  readonly #written = new Map<Incarnation, { readonly slot: Slot; readonly list: string }>();

  constructor(table: TableClient) {
    this.#table = table;
  }

  /** Writes the list where it is long and has changed. */
  async say({ incarnation, beat, flows }: Beat): Promise<SaidOfFlows> {
    const held = packed(heldFlows(flows));
    if (packedBytes(held) <= INLINE_BYTES) return { set: { f: held }, remove: [], answered() {} };
    const list = JSON.stringify(flows);
    const before = this.#written.get(incarnation);
    const slot = before?.list === list ? before.slot : await this.#freeSlot(incarnation, before?.slot);
    // Until the answer is there nobody knows what the lease points to.
    this.#written.delete(incarnation);
    if (before?.list !== list) {
      const { k, s } = leaseListKey(incarnation, slot);
      await this.#table.put({ k: text(k), s: text(s), b: number(beat), f: held });
    }
    return {
      set: { o: number(slot) },
      remove: ['f'],
      answered: (accepted) => {
        if (accepted) this.#written.set(incarnation, { slot, list });
      },
    };
  }

  async #freeSlot(incarnation: Incarnation, known: Slot | undefined): Promise<Slot> {
    const used = known ?? slotOf(await this.#table.get(leaseKey(incarnation)));
    return used === 0 ? 1 : 0;
  }

  /** An incarnation's lists are no longer of use. */
  async drop(incarnation: Incarnation, lease: Item | undefined): Promise<void> {
    this.#written.delete(incarnation);
    if (slotOf(lease) === undefined) return;
    for (const slot of [0, 1] as const) await this.#table.drop(leaseListKey(incarnation, slot));
  }
}

/** Where a lease's list is, once it was too long. */
export const slotOf = (lease: Item | undefined): Slot | undefined =>
  lease?.o?.N === undefined ? undefined : (Number(lease.o.N) as Slot);

/** Whether the flows of a lease stand in an item of their own. */
export const isOutside = (lease: Item): boolean => lease.f === undefined && slotOf(lease) !== undefined;

/** The flows of a list that was read after its lease; undefined where it is newer than that, and the lease is to be read again. One that is gone is done. */
export function flowsInList(list: Item | undefined, beat: number): HeldFlow[] | undefined {
  if (!list) return [];
  return Number(list.b?.N) > beat ? undefined : flowsOf(list);
}
