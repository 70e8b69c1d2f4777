import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { itemSize, WRITE_UNIT_BYTES } from '#adapters/dynamodb/item-size';
import { movingAttributes, SAME, text, type ValueTexts, valueTexts } from '#adapters/dynamodb/items';
import { chunkKey } from '#adapters/dynamodb/keys';
import { HOIST_BYTES, isPointer, pointerTo } from '#adapters/dynamodb/side-values';
import type { Item } from '#adapters/dynamodb/table-client';
import { appended, emptyTail, type Tail } from '#adapters/dynamodb/tail';
import type { Fact } from '#engine/flow';
import type { FlowRecord } from '#ports/flow-record';
import type { FlowId } from '#ports/ids';

/** What a commit must know of the item that it replaces. True of exactly one seq: a commit accepted since would have raised it (L1). */
export interface Known {
  readonly seq: number;
  /** Bytes of what no commit touches. */
  readonly fixed: number;
  readonly tail: Tail;
  /** The newest history chunk, as `H` names it. */
  readonly chunk: string | undefined;
}

/** A history chunk to be written before the fenced write that drops the tail. */
export interface Chunk {
  readonly item: Item;
}

/** How a record and its facts are laid out. */
export interface CommitPlan {
  /** The flow's item, its fixed attributes aside. */
  readonly moving: Record<string, AttributeValue>;
  /** Side values by pointer. */
  readonly values: ReadonlyMap<string, string>;
  readonly chunk: Chunk | undefined;
  readonly next: Known;
}

/** Left free in an item that nobody owns: its next claim adds an owner and must not cross into a second write unit. */
const CLAIM_ROOM = 72;
/** Facts longer than this are a side value that the chunk points to: an item ends at 400 KB. */
const CHUNK_BYTES = 300_000;

const bytes = (value: string) => Buffer.byteLength(value);

/** A random id that a zombie of the same flow does not share; what it writes is pointed to by nobody. */
export const writeId = (): string => Math.random().toString(36).slice(2, 9);

/**
 * Lays a commit out so that the flow's item stays within one write unit. In this order: long values stand by themselves; where the rest is too
 * long, the facts move to a history chunk, which empties the tail for a dozen actions; where it still is, values move one by one.
 */
export function planCommit(flow: FlowRecord, facts: readonly Fact[], known: Known): CommitPlan {
  const values = new Map<string, string>();
  const hoist = (value: string): string => {
    const pointer = pointerTo(value);
    values.set(pointer, value);
    return pointer;
  };
  const hoistLong = (value: string) =>
    value.length > HOIST_BYTES / 3 && bytes(value) > HOIST_BYTES ? hoist(value) : undefined;

  const tail = appended(known.tail, flow.seq, flow.term, facts, hoistLong);
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(valueTexts(flow))) texts[name] = hoistLong(value) ?? value;
  const moving = movingAttributes(flow);
  moving.Y = text(writeId());
  const limit = WRITE_UNIT_BYTES - (flow.status === 'Owned' || flow.outcome ? 0 : CLAIM_ROOM);
  const size = (withTail: Tail, chunk: string | undefined) =>
    known.fixed +
    itemSize(moving) +
    itemSize(tailAttributes(withTail, chunk)) +
    itemSize(valueAttributes(texts, withTail));

  let kept = tail;
  let chunkName = known.chunk;
  let chunk: Chunk | undefined;
  if (tail.first !== undefined && size(tail, chunkName) > limit) {
    const id = writeId();
    chunkName = `${tail.first}.${id}`;
    const whole = bytes(tail.text) > CHUNK_BYTES ? hoist(tail.text) : tail.text;
    chunk = { item: chunkItem(flow.id, tail.first, id, whole, known.chunk) };
    kept = emptyTail(flow.startedAt);
  }
  while (size(kept, chunkName) > limit) {
    const longest = longestInline(texts);
    if (longest === undefined) break;
    texts[longest] = hoist(texts[longest]!);
  }
  Object.assign(moving, tailAttributes(kept, chunkName), valueAttributes(texts, kept));
  return { moving, values, chunk, next: { seq: flow.seq, fixed: known.fixed, tail: kept, chunk: chunkName } };
}

const tailAttributes = (tail: Tail, chunk: string | undefined): Item => ({
  ...(tail.text !== '' && { h: text(tail.text) }),
  ...(chunk !== undefined && { H: text(chunk) }),
});

/** The values; one that the last fact in the tail carries is not repeated. */
function valueAttributes(texts: ValueTexts, tail: Tail): Item {
  const item: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(texts) as [keyof ValueTexts, string][]) {
    const same = (name === 'i' || name === 'y') && value === tail.carries && value.length > SAME.length;
    item[name] = text(same ? SAME : value);
  }
  return item;
}

/** The longest value that could still stand by itself, and would be shorter for it. */
function longestInline(texts: Readonly<Record<string, string>>): string | undefined {
  let longest: string | undefined;
  let most = 64;
  for (const [name, value] of Object.entries(texts)) {
    if (isPointer(value) || bytes(value) <= most) continue;
    longest = name;
    most = bytes(value);
  }
  return longest;
}

/** `f`: the facts, or a pointer to them; `p`: the chunk before it, so that what a zombie wrote can be told from what was accepted. */
function chunkItem(flow: FlowId, first: number, id: string, facts: string, previous: string | undefined): Item {
  const { k, s } = chunkKey(flow, first, id);
  return { k: text(k), s: text(s), f: text(facts), ...(previous !== undefined && { p: text(previous) }) };
}

/** A new flow's: nothing is there yet. */
export const knownAtPut = (flow: FlowRecord, fixed: Item): Known => ({
  seq: -1,
  fixed: itemSize(fixed),
  tail: emptyTail(flow.startedAt),
  chunk: undefined,
});
