import { type Batch, Batcher, type MapChild, type MapPlan } from '#engine/decide';
import type { MapRun, Position } from '#engine/flow';
import type { Json } from '#engine/json';
import { errorNames, StatesError } from '#engine/states-error';
import { FlowbeatError } from '#ports/errors';
import type { ItemStore, Items } from '#ports/item-store';
import type { Surroundings } from '#ports/surroundings';

/** A child of a distributed Map as it is read: what it is given, at which cursor it begins, how many items it has. */
export interface ReadChild extends MapChild {
  readonly cursor: Json;
  readonly items: number;
}

/** Opens what a distributed Map reads; `head`: of the round before. Throws `StatesError`. */
export const openItems = async (
  { items }: Pick<Surroundings, 'items'>,
  plan: MapPlan,
  head: Json,
  signal: AbortSignal,
): Promise<Items> =>
  plan.source === undefined ? inInput(plan.items) : placeOf(items).open(plan.source, head ?? undefined, signal);

/** Whether what was tried is for processes that read items. */
export const isForReaders = (error: unknown): boolean => error instanceof FlowbeatError && error.code === NO_ITEM_STORE;

const NO_ITEM_STORE = 'NO_ITEM_STORE';

/** The place of items and results. Throws NO_ITEM_STORE where this process has none: its flows are for others. */
export const placeOf = (items: ItemStore | undefined): ItemStore => {
  if (items) return items;
  throw new FlowbeatError(
    'terminal',
    NO_ITEM_STORE,
    'This process was not told where distributed Maps read and write: another one has to go on with the flow.',
  );
};

/** Items that are in the Map's own input: the cursor is the number of an item. */
const inInput = (values: MapPlan['items']): Items => ({
  head: null,
  async *from(cursor) {
    for (let index = Number(cursor ?? 0); index < values.length; index++)
      yield { ...(values[index] as MapPlan['items'][number]), cursor: index };
  },
});

/** The children of a distributed Map from a place on, one after another; those of the first item where the cursor is undefined. Throws `StatesError`. */
export async function* childrenFrom(
  plan: MapPlan,
  items: Items,
  from: { readonly cursor: Json | undefined; readonly index: number },
): AsyncGenerator<ReadChild, void, undefined> {
  const { batch: batching, maxItems } = plan;
  let { index } = from;
  const batcher = batching && new Batcher(batching);
  let batch: Batch | undefined;
  let begin: Json = null;
  if (index >= maxItems) return;
  for await (const { value, key, cursor, source = items.source ?? 'STATE_DATA' } of items.from(from.cursor)) {
    const item = { index, value, ...(key !== undefined && { key }), source };
    const input = plan.inputOf(item);
    if (batcher === undefined) yield { cursor, items: 1, input, item };
    else if (!batch?.takes(input)) {
      if (batch) yield childOf(batch, begin);
      batch = batcher.begin(input);
      begin = cursor;
    }
    if (++index === maxItems) break;
  }
  if (batch) yield childOf(batch, begin);
}

const childOf = (batch: Batch, cursor: Json): ReadChild => ({ cursor, items: batch.size, input: batch.input });

/** Which children of a round: `count` of them from child `first` on. */
export interface Which {
  readonly first: number;
  readonly count: number;
}

/**
 * Children of the present round again, as they were read before: the same items, by the cursor. Where the source cannot be read as it was (it was changed, or is
 * gone), the rest are refused: each fails when it is run, and the Map with them.
 */
export async function* childrenAgain(
  s: Pick<Surroundings, 'items'>,
  plan: MapPlan,
  { map }: Position,
  { first, count }: Which,
  signal: AbortSignal,
): AsyncGenerator<MapChild, void, undefined> {
  let made = 0;
  let cause = 'The source of the items has fewer than it had.';
  let error: string = errorNames.itemReaderFailed;
  const cursor = map?.starts?.[first];
  try {
    if (map && cursor !== undefined) {
      const items = await openItems(s, plan, map.head, signal);
      for await (const child of childrenFrom(plan, items, { cursor, index: firstItemOf(map, first) })) {
        yield child;
        if (++made === count) return;
      }
    }
  } catch (failure) {
    if (!(failure instanceof StatesError)) throw failure;
    ({ error, message: cause } = failure);
  }
  for (; made < count; made++) yield { input: null, refused: { error, cause } };
}

/** The number of a child's first item. */
function firstItemOf({ items, sizes, round }: MapRun, child: number): number {
  if (!sizes) return items - round + child;
  let index = items;
  for (let i = child; i < sizes.length; i++) index -= sizes[i] as number;
  return index;
}
