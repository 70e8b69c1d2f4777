import { type Client, textOf } from '#cli/client';
import { CliError, Exit } from '#cli/exit';
import { CHUNK_TIMEOUT_MS } from '#cli/options/chunk-timeout';
import type { StartRun } from '#http/contract/run';
import type { Upload } from '#http/contract/upload';

/** Lambda takes 6 MB, and counts the request as it stands in its event: as a JSON string, with headers and identity. */
const DIRECT_BYTES = 5_500_000;

/**
 * A start that fits into a request: a large input is uploaded first, in parts, where the server offers a place for it, and named in its own place. Other servers
 * take it as it is. `chunkTimeoutMs`: how long each part may take.
 */
export async function withUploadedInput(
  client: Client,
  start: StartRun,
  chunkTimeoutMs = CHUNK_TIMEOUT_MS,
): Promise<StartRun> {
  const { input, ...rest } = start;
  if (input === undefined) return start;
  const text = textOf(input);
  if (eventBytes(text) <= DIRECT_BYTES) return start;
  const bytes = Buffer.from(text);
  const place = await offered(client, bytes.length);
  if (!place) return start;
  const { key, upload = '', parts = [] } = place;
  // One whose time is up is sent again by itself: on a bad line a few megabytes come through where ten do not.
  const sent: Promise<string>[] = [];
  let from = 0;
  for (const { url, size } of parts) {
    sent.push(client.put(url, bytes.subarray(from, from + size), chunkTimeoutMs));
    from += size;
  }
  await client.call('/v1/uploads:complete', { method: 'POST', json: { key, upload, tags: await Promise.all(sent) } });
  return { ...rest, inputFrom: key };
}

/** Counted only where it matters: no character takes more than six bytes. */
const eventBytes = (text: string): number =>
  text.length * 6 <= DIRECT_BYTES ? text.length : Buffer.byteLength(JSON.stringify(text));

async function offered(client: Client, size: number): Promise<Upload | undefined> {
  try {
    return (await client.call<Upload>('/v1/uploads', { method: 'POST', json: { size, inParts: true } })).body;
  } catch (error) {
    if (error instanceof CliError && error.exit === Exit.notFound) return undefined;
    throw error;
  }
}
