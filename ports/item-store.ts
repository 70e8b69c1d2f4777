import type { Json } from '#engine/json';
import type { ItemSource } from '#engine/run/map-plan';

export type { ItemSource };

/** One item, and where it begins. */
export interface Item {
  readonly value: Json;
  /** Where the items are the members of an object: the key of this one. */
  readonly key?: string;
  /** What it was read from, where the items are from many places: `s3://<bucket>/<key>`. */
  readonly source?: string;
  /** The reader's own note, small and the same whenever it is read: reading from it gives this item first. */
  readonly cursor: Json;
}

/** A source that is open: one version of it. */
export interface Items {
  /** What a later `open` needs to read the same version on: its ETag, a header. Small, the reader's own, and the same whenever it is opened. */
  readonly head: Json;
  /** What all items are read from: `s3://<bucket>/<key>`, or `s3://<bucket>` of a listing; absent where each tells it, and where it is the Map's own input. */
  readonly source?: string;
  /** The items from a cursor on, or from the first; in pieces, so that memory does not grow with their number. Ending the iteration early lets go of what is open. */
  from(cursor: Json | undefined): AsyncIterable<Item>;
}

/** Where the results of a distributed Map go, as its `ResultWriter` says. */
export interface ResultPlace {
  readonly bucket: string;
  readonly key: string;
}

/**
 * Where distributed Maps read their items and write their results: buckets of S3, or folders that play them.
 *
 * What the chart or the data is to blame for rejects with `StatesError`, `States.ItemReaderFailed` and `States.ResultWriterFailed` in the words of AWS; what a later try
 * may cure with a retryable `FlowbeatError`.
 */
export interface ItemStore {
  /** `head`: of an earlier open; where the source is another version now, it rejects with `States.ItemReaderFailed`. */
  open(source: ItemSource, head: Json | undefined, signal: AbortSignal): Promise<Items>;
  /** Writes a file of results; the same file written again is the same. Resolves to its size in bytes. */
  write(place: ResultPlace, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number>;
}
