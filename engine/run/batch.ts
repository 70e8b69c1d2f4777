import type { Json } from '#engine/json';
import type { BatchPlan } from '#engine/run/map-plan';

const encoder = new TextEncoder();
const sizeOf = (value: Json): number => encoder.encode(JSON.stringify(value)).length;

/** Puts items together that are given to one child of a distributed Map (AWS: "ItemBatcher (Map)"). */
export class Batcher {
  readonly #plan: BatchPlan;
  /** Of a batch without items. */
  readonly #bytes: number;

  constructor(plan: BatchPlan) {
    this.#plan = plan;
    this.#bytes = sizeOf(batchOf(plan, []));
  }

  /** A batch of a first item, which is taken however large it is. */
  begin(first: Json): Batch {
    return new Batch(this.#plan, this.#bytes + sizeOf(first), first);
  }

  /** What the children are given, all of them. */
  inputsOf(items: readonly Json[]): Json[] {
    const batches: Batch[] = [];
    for (const item of items) if (batches.at(-1)?.takes(item) !== true) batches.push(this.begin(item));
    return batches.map((batch) => batch.input);
  }
}

const batchOf = ({ beside }: BatchPlan, Items: readonly Json[]): Json => ({ ...beside, Items });

/** The items of one child. */
export class Batch {
  readonly #plan: BatchPlan;
  readonly #items: Json[];
  #bytes: number;

  constructor(plan: BatchPlan, bytes: number, first: Json) {
    this.#plan = plan;
    this.#items = [first];
    this.#bytes = bytes;
  }

  /** How many items it has. */
  get size(): number {
    return this.#items.length;
  }

  /** What the child is given. */
  get input(): Json {
    return batchOf(this.#plan, this.#items);
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
