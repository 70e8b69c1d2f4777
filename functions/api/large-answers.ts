import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { problemResponse } from '#http/problems';
import { type BlobLinks, type Blobs, PLACES } from '#ports/blobs';
import { rejected } from '#ports/errors';

/** Where answers are put that Lambda would not send. */
export interface AnswerPlace {
  readonly blobs: Pick<Blobs, 'put'>;
  readonly links: Pick<BlobLinks, 'downloadLink'>;
}

/** Lambda sends 6 MB, and counts the answer as it stands in its own: as a JSON string, with status and headers. */
const MOST_BYTES = 5_500_000;
const SECONDS = 900;
const gzipped = promisify<string, Buffer>(gzip);

/** The answer itself, or a link to it (303) where it is too large; without a place for it, what to ask instead. */
export async function fitting(response: Response, path: string, place: AnswerPlace | undefined): Promise<Response> {
  const text = await response.text();
  const size = sentBytes(text);
  const { status, headers } = response;
  if (size <= MOST_BYTES) return new Response(hasBody(status) ? text : null, { status, headers });
  if (!place) {
    const message = `The answer has ${size} bytes, more than Lambda sends, and this installation has no bucket for it. Ask for a smaller part of it.`;
    return problemResponse(rejected('ANSWER_TOO_LARGE', message, { size }), path);
  }
  const key = `${PLACES.answers}${crypto.randomUUID()}`;
  const type = headers.get('content-type') ?? 'application/json';
  await place.blobs.put(key, await gzipped(text), { type, encoding: 'gzip' });
  const location = await place.links.downloadLink(key, SECONDS);
  const etag = headers.get('etag');
  return new Response(null, { status: 303, headers: { location, ...(etag !== null && { etag }) } });
}

const hasBody = (status: number): boolean => status !== 204 && status !== 304;

/** Counted only where it matters: no character takes more than six bytes. */
const sentBytes = (text: string): number =>
  text.length * 6 <= MOST_BYTES ? text.length : Buffer.byteLength(JSON.stringify(text));
