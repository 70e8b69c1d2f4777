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

/** An upload in parts, which may be sent in any order and at the same time; each is repeated by itself. Nothing is there before it is completed. */
export interface PartedUpload {
  /** What the upload is named by when it is completed. */
  readonly upload: string;
  /** In their order: a link to which exactly `size` bytes are PUT. What it answers as `ETag` names the part. */
  readonly parts: readonly { readonly url: string; readonly size: number }[];
}

/** Links that carry their own permission for a while: for clients whose values are too large for the way that requests and answers take. */
export interface BlobLinks {
  /** A link that exactly `size` bytes can be PUT to, with the headers that belong to it. */
  uploadLink(
    key: string,
    size: number,
    seconds: number,
  ): Promise<{ readonly url: string; readonly headers: Readonly<Record<string, string>> }>;
  /** Begins an upload of exactly `size` bytes in parts. One that is never completed goes by itself, after a day. */
  uploadInParts(key: string, size: number, seconds: number): Promise<PartedUpload>;
  /** Makes the parts of an upload the bytes of its key; `tags`: what named each, in their order. Throws UPLOAD_INCOMPLETE where they are not what was sent. */
  completeUpload(key: string, upload: string, tags: readonly string[]): Promise<void>;
  /** A link that the bytes of a key can be read by. */
  downloadLink(key: string, seconds: number): Promise<string>;
}
