/** What the bytes are, for those who read them by a link. */
export interface BlobForm {
  /** The media type. */
  readonly type: string;
  /** What they were packed with, which a reader by HTTP undoes unasked. */
  readonly encoding?: 'gzip';
}

/** What keys begin with: values of flows, archived runs, inputs that clients upload, answers that clients fetch. */
export const PLACES = { values: 'values/', archive: 'archive/', uploads: 'uploads/', answers: 'answers/' } as const;

/**
 * Bytes by key, for what is too large for the store. A key is made of its content or is random, so that one is never written with other bytes and a
 * late write harms nobody.
 */
export interface Blobs {
  put(key: string, bytes: Uint8Array, form: BlobForm): Promise<void>;
  /** Undefined where there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
}

/** Bytes that can be taken away again. */
export interface RemovableBlobs extends Blobs {
  /** Takes them away, if they are there. */
  drop(key: string): Promise<void>;
}

/** Links that carry their own permission for a while: for clients whose values are too large for the way that requests and answers take. */
export interface BlobLinks {
  /** A link that exactly `size` bytes can be PUT to, with the headers that belong to it. */
  uploadLink(
    key: string,
    size: number,
    seconds: number,
  ): Promise<{ readonly url: string; readonly headers: Readonly<Record<string, string>> }>;
  /** A link that the bytes of a key can be read by. */
  downloadLink(key: string, seconds: number): Promise<string>;
}
