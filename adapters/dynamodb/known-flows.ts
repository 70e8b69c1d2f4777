import type { Known } from '#adapters/dynamodb/commit-plan';
import { itemSize } from '#adapters/dynamodb/item-size';
import { itemKey } from '#adapters/dynamodb/items';
import { flowOf } from '#adapters/dynamodb/keys';
import type { Item } from '#adapters/dynamodb/table-client';
import { readTail } from '#adapters/dynamodb/tail';
import type { FlowId } from '#ports/ids';

/** A process owns far fewer flows than this at a time. About 1 KB each. */
const KEPT = 20_000;

/** Attributes that no commit touches. */
const FIXED = ['k', 's', 'a', 'D', 'N', 'V', 'C', 'B', 'b', 'M', 'g', 'R'];

/** What an item tells a commit. */
export function knownOf(item: Item): Known {
  let fixed = 0;
  for (const name of FIXED) if (item[name]) fixed += itemSize({ [name]: item[name] });
  return {
    seq: Number(item.q?.N ?? 0),
    fixed,
    tail: readTail(item.h?.S, Number(item.a?.N ?? 0)),
    chunk: item.H?.S,
  };
}

/**
 * What this process has seen of flows' items, so that a commit need not read before it writes. Never a ground for a write by itself: each
 * commit demands the seq that the memory is true of.
 */
export class KnownFlows {
  readonly #items = new Map<FlowId, Item>();
  readonly #known = new Map<FlowId, Known>();

  /** An item as read or as a write left it; worked out only when a commit asks. */
  saw(item: Item): void {
    const { id } = flowOf(itemKey(item));
    this.#known.delete(id);
    this.#items.delete(id);
    this.#items.set(id, item);
    if (this.#items.size > KEPT) this.#items.delete(this.#items.keys().next().value!);
  }

  /** What a commit of this process left behind. */
  committed(flow: FlowId, known: Known): void {
    this.#items.delete(flow);
    this.#known.delete(flow);
    this.#known.set(flow, known);
    if (this.#known.size > KEPT) this.#known.delete(this.#known.keys().next().value!);
  }

  /** What is known of the flow at this seq, if anything. */
  at(flow: FlowId, seq: number): Known | undefined {
    const item = this.#items.get(flow);
    const known = this.#known.get(flow) ?? (item && knownOf(item));
    return known?.seq === seq ? known : undefined;
  }

  forget(flow: FlowId): void {
    this.#items.delete(flow);
    this.#known.delete(flow);
  }
}
