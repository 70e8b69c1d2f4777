import type { Fact } from '#engine/flow';
import type { Json } from '#engine/json';
import { epoch } from '#engine/time';
import type { FactChunk } from '#ports/store';

/**
 * Facts as text, so compact that those of a dozen actions fit into the flow's item: chunks `[seq, term, fact, …]` and facts
 * `[kind, at, data…]`, each number the difference to the one before; times start from the flow's `startedAt`. A long piece of data is a
 * side value, and stands here as a mark and its pointer.
 */
export interface Tail {
  /** The chunks, joined by commas; empty when there is none. */
  readonly text: string;
  /** The seq of the first chunk; undefined when there is none. */
  readonly first: number | undefined;
  readonly seq: number;
  readonly term: number;
  readonly at: number;
  /** The JSON text of what the last fact carries: most often the flow's next input, which then is not stored twice. */
  readonly carries: string | undefined;
}

/** A tail without a chunk, for a flow that started at `startedAt`. */
export const emptyTail = (startedAt: number): Tail => ({
  text: '',
  first: undefined,
  seq: 0,
  term: 0,
  at: startedAt,
  carries: undefined,
});

/** Marks a pointer to a side value among data; a text that begins so gets one more. JSON writes it as six characters, but who uses it? */
const MARK = '\u0001';

/** Turns a text into a pointer where it is to stand by itself; else undefined. */
export type Hoist = (text: string) => string | undefined;

function dataText(data: Json, hoist: Hoist): string {
  const text = JSON.stringify(typeof data === 'string' && data.startsWith(MARK) ? MARK + data : data);
  const pointer = hoist(text);
  return pointer === undefined ? text : JSON.stringify(MARK + pointer);
}

/** The tail with the facts of one commit behind it. No facts, no chunk. */
export function appended(tail: Tail, seq: number, term: number, facts: readonly Fact[], hoist: Hoist): Tail {
  if (facts.length === 0) return tail;
  let { at } = tail;
  let carries: string | undefined;
  const texts = facts.map(([kind, when, ...data]) => {
    const parts = data.map((one) => dataText(one, hoist));
    const since = when - at;
    at = when;
    carries = parts[0];
    return `[${[JSON.stringify(kind), since, ...parts].join(',')}]`;
  });
  const chunk = `[${seq - tail.seq},${term - tail.term},${texts.join(',')}]`;
  return {
    text: tail.text === '' ? chunk : `${tail.text},${chunk}`,
    first: tail.first ?? seq,
    seq,
    term,
    at,
    carries,
  };
}

type Stored = readonly [seq: number, term: number, ...facts: (readonly [kind: string, at: number, ...data: Json[]])[]];

const parse = (text: string): readonly Stored[] => JSON.parse(`[${text}]`) as Stored[];

/** A tail as it stands in an item: what the next commit needs to append to it. */
export function readTail(text: string | undefined, startedAt: number): Tail {
  let tail = emptyTail(startedAt);
  if (text === undefined) return tail;
  for (const [seq, term, ...facts] of parse(text)) {
    const at = facts.reduce((sum, fact) => sum + fact[1], tail.at);
    const carried = facts.at(-1)?.[2];
    tail = {
      text,
      first: tail.first ?? seq,
      seq: tail.seq + seq,
      term: tail.term + term,
      at,
      carries: carried === undefined ? undefined : JSON.stringify(carried),
    };
  }
  return tail;
}

/** The pointers to side values in a text of facts. */
export function pointersIn(text: string): string[] {
  // Nearly every text has none: a look for the mark is all it costs.
  if (!text.includes('\\u0001')) return [];
  const data = parse(text).flatMap(([, , ...facts]) => facts.flatMap(([, , ...parts]) => parts));
  return data.flatMap((one) => (isPointer(one) ? [one.slice(MARK.length)] : []));
}

const isPointer = (data: Json): data is string =>
  typeof data === 'string' && data.startsWith(MARK) && !data.startsWith(MARK + MARK);

/** The facts in a text, by commit. `textOf` gives the text of a side value. */
export function readChunks(text: string, startedAt: number, textOf: (pointer: string) => string): FactChunk[] {
  let [seq, term, at] = [0, 0, startedAt];
  return parse(text).map(([bySeq, byTerm, ...stored]) => {
    seq += bySeq;
    term += byTerm;
    const facts = stored.map(([kind, since, ...data]): Fact => {
      at += since;
      return [kind, epoch(at), ...data.map((one) => dataOf(one, textOf))];
    });
    return { seq, term, facts };
  });
}

function dataOf(data: Json, textOf: (pointer: string) => string): Json {
  if (isPointer(data)) return unmarked(JSON.parse(textOf(data.slice(MARK.length))) as Json);
  return unmarked(data);
}

/** A side value holds the data's text as it would stand here, its doubled mark included. */
const unmarked = (data: Json): Json =>
  typeof data === 'string' && data.startsWith(MARK + MARK) ? data.slice(MARK.length) : data;
