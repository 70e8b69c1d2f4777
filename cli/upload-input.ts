import { type Client, textOf } from '#cli/client';
import { CliError, Exit } from '#cli/exit';
import type { StartRun } from '#http/contract/run';
import type { Upload } from '#http/contract/upload';

/** Lambda takes 6 MB, and counts the request as it stands in its event: as a JSON string, with headers and identity. */
const DIRECT_BYTES = 5_500_000;

/**
 * A start that fits into a request: a large input is uploaded first where the server offers a place for it, and named in its own place. Other servers
 * take it as it is.
 */
export async function withUploadedInput(client: Client, start: StartRun): Promise<StartRun> {
  const { input, ...rest } = start;
  if (input === undefined) return start;
  const text = textOf(input);
  if (eventBytes(text) <= DIRECT_BYTES) return start;
  const place = await offered(client, Buffer.byteLength(text));
  if (!place) return start;
  await client.put(place.url, place.headers, text);
  return { ...rest, inputFrom: place.key };
}

/** Counted only where it matters: no character takes more than six bytes. */
const eventBytes = (text: string): number =>
  text.length * 6 <= DIRECT_BYTES ? text.length : Buffer.byteLength(JSON.stringify(text));

async function offered(client: Client, size: number): Promise<Upload | undefined> {
  try {
    return (await client.call<Upload>('/v1/uploads', { method: 'POST', json: { size } })).body;
  } catch (error) {
    if (error instanceof CliError && error.exit === Exit.notFound) return undefined;
    throw error;
  }
}
