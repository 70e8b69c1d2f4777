import type { Json } from '#engine/json';
import { jsonValue } from '#http/contract/json';
import { invalidRequest } from '#http/invalid-request';
import { type BlobLinks, type Blobs, PLACES } from '#ports/blobs';
import { rejected } from '#ports/errors';
import { inputTooLarge, MAX_INPUT_BYTES } from '#scheduler/input-size';

/** Where inputs are uploaded that are too large for a request. */
export interface Uploads {
  readonly blobs: Pick<Blobs, 'get'>;
  readonly links: Pick<BlobLinks, 'uploadLink' | 'uploadInParts' | 'completeUpload'>;
}

/** Long enough for ten megabytes on a slow line. */
const SECONDS = 900;
/** A key is as secret as its link: who knows it can start a run on what was uploaded. */
const KEY = /^uploads\/[0-9a-f-]{36}$/;

/** A place for an input of `size` bytes, in one piece or in parts. */
export async function offerUpload({ links }: Uploads, size: number, inParts: boolean) {
  if (size > MAX_INPUT_BYTES) throw inputTooLarge(size);
  const key = `${PLACES.uploads}${crypto.randomUUID()}`;
  const expires = new Date(Date.now() + SECONDS * 1000).toISOString();
  const place = inParts ? links.uploadInParts(key, size, SECONDS) : links.uploadLink(key, size, SECONDS);
  return { ...(await place), key, expires };
}

/** Ends an upload in parts. */
export async function endUpload(
  { links }: Uploads,
  key: string,
  upload: string,
  tags: readonly string[],
): Promise<void> {
  if (!KEY.test(key)) throw notUploaded(key);
  await links.completeUpload(key, upload, tags);
}

/** The input that was uploaded. It is checked as one in a body is. */
export async function readUpload(uploads: Uploads | undefined, key: string): Promise<Json> {
  const bytes = uploads && KEY.test(key) ? await uploads.blobs.get(key) : undefined;
  if (!bytes) throw notUploaded(key);
  if (bytes.length > MAX_INPUT_BYTES) throw inputTooLarge(bytes.length);
  const parsed = jsonValue.safeParse(parse(bytes));
  if (parsed.success) return parsed.data;
  throw invalidRequest('json', parsed.error.issues, undefined);
}

const notUploaded = (key: string) =>
  rejected(
    'UPLOAD_NOT_FOUND',
    `Nothing was uploaded as "${key}", or it is gone by now. Nothing was started; upload the input again by POST /v1/uploads.`,
    { key },
  );

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw rejected(
      'BODY_INVALID',
      'What was uploaded is not JSON. Nothing was started; upload it again as valid JSON.',
    );
  }
}
