import type { Json } from '#engine/json';
import type { BatchPlan } from '#engine/run/map-plan';

const encoder = new TextEncoder();
const sizeOf = (value: Json): number => encoder.encode(JSON.stringify(value)).length;

/** Items that are given to one child of a distributed Map (AWS: "ItemBatcher (Map)"). One item is always taken, however large it is. */
export class Batch {
  readonly #plan: BatchPlan;
  readonly #items: Json[];
  #bytes: number;

  constructor(plan: BatchPlan, first: Json) {
    this.#plan = plan;
    this.#items = [first];
    this.#bytes = sizeOf(this.input);
  }

  /** How many items it has. */
  get size(): number {
    return this.#items.length;
  }

  /** What the child is given. */
  get input(): Json {
    const { input } = this.#plan;
    const Items = this.#items;
    return input === undefined ? { Items } : { BatchInput: input, Items };
  }

  /** Takes another item, where it has room for it. */
  takes(item: Json): boolean {
    const { maxItems, maxBytes } = this.#plan;
    const bytes = this.#bytes + sizeOf(item) + 1;
    if (this.#items.length >= maxItems || bytes > maxBytes) return false;
    this.#items.push(item);
    this.#bytes = bytes;
    return true;
  }
}

/** What the children of a batched Map are given, all of them. */
export const batchesOf = (plan: BatchPlan, items: readonly Json[]): Json[] => {
  const batches: Batch[] = [];
  for (const item of items) if (batches.at(-1)?.takes(item) !== true) batches.push(new Batch(plan, item));
  return batches.map((batch) => batch.input);
};
