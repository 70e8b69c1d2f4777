import type { JsonObject } from '#engine/json';
import { errorNames, StatesError } from '#engine/states-error';

/** One version of an object, read in pieces. */
export interface Bytes {
  /** Another one, where the object is another. */
  readonly etag: string;
  readonly size: number;
  /** The bytes from an offset on, up to `length` of them; none behind the end. Rejects where the object is another one by now. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** An object as S3 lists it (API reference, "ListObjectsV2"), in the names that a Map's items have. */
export interface Listed {
  readonly Etag: string;
  readonly Key: string;
  /** Seconds since the epoch. */
  readonly LastModified: number;
  readonly Size: number;
  readonly StorageClass: string;
}

/** Buckets, wherever they are. Rejects with `StatesError` where the request or the data is to blame, with a retryable `FlowbeatError` where a later try may cure it. */
export interface Buckets {
  /** `input`: `Bucket`, `Key` and what else GetObject takes; `etag`: the version that is wanted, where it is known. */
  open(input: JsonObject, etag: string | undefined, signal: AbortSignal): Promise<Bytes>;
  /** By key; `input`: `Bucket`, `Prefix` and what else ListObjectsV2 takes; `after`: begins behind this key. */
  list(input: JsonObject, after: string | undefined, signal: AbortSignal): AsyncIterable<Listed>;
  /** Returns the size in bytes. */
  write(bucket: string, key: string, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number>;
}

/** What cannot be read. */
export const unreadable = (cause: string): StatesError => new StatesError(errorNames.itemReaderFailed, cause);

/** What cannot be written. */
export const unwritable = (cause: string): StatesError => new StatesError(errorNames.resultWriterFailed, cause);

/** Of a request that is to blame. */
export type Refusal = typeof unreadable;

/** What is there now is not what the Map began to read. */
export const otherVersion = (bucket: string, key: string): StatesError =>
  unreadable(`The object ${key} in bucket ${bucket} is another than it was when the Map began to read it.`);

/** A text member of what a reader is given. Throws `StatesError`. */
export function textOf(input: JsonObject, field: string): string {
  const value = input[field];
  if (typeof value === 'string' && value !== '') return value;
  throw unreadable(`The 'ItemReader' needs a text as '${field}'.`);
}
