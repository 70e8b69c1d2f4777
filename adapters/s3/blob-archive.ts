import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Archive, ArchiveDraft, ArchiveLine } from '#ports/archive';
import { type Blobs, PLACES } from '#ports/blobs';
import { FlowbeatError } from '#ports/errors';
import type { RunId } from '#ports/ids';

/**
 * Text of more characters than this is no archive: whoever shows a run has it all in memory, some five times as large, and the function of the API has 512 MB. A run
 * of 40,000 small branches is as long.
 */
const MOST_LENGTH = 50_000_000;
/** Text that is compressed at a time, in UTF-16 units. */
const PART_LENGTH = 1_000_000;

const gzipped = promisify<string, Buffer>(gzip);
const gunzipped = promisify<Uint8Array, Buffer>(gunzip);
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
const keyOf = (run: RunId, bytes: Uint8Array): string => `${PLACES.archive}${run}/${hashOf(bytes)}.jsonl.gz`;
const hasKey = (key: string, bytes: Uint8Array): boolean => key.endsWith(`/${hashOf(bytes)}.jsonl.gz`);

/**
 * Archives as objects: JSON lines, in gzip. The key ends in a hash of the bytes, so that one is never written with other bytes, and that what was changed
 * is found out by whoever reads it.
 */
export class BlobArchive implements Archive {
  readonly #blobs: Blobs;
  readonly #mostLength: number;

  constructor(blobs: Blobs, mostLength = MOST_LENGTH) {
    this.#blobs = blobs;
    this.#mostLength = mostLength;
  }

  begin(run: RunId): ArchiveDraft {
    return new Draft(this.#blobs, run, this.#mostLength);
  }

  async *read(key: string): AsyncGenerator<ArchiveLine> {
    const bytes = await this.#blobs.get(key);
    if (!bytes || !hasKey(key, bytes)) {
      const what = bytes ? 'was changed in the bucket' : 'is not in the bucket any more, or may not be read';
      const message = `The archive ${key} ${what}; the run that it holds cannot be shown. Bring it back from a version or a backup.`;
      throw new FlowbeatError('terminal', 'ARCHIVE_CORRUPT', message, { key });
    }
    const text = await gunzipped(bytes);
    // Line by line: who wants only a part of them need not hold all.
    for (let at = 0, end: number; at < text.length; at = end + 1) {
      end = text.indexOf('\n', at);
      yield JSON.parse(text.toString('utf8', at, end)) as ArchiveLine;
    }
  }
}

/** One archive in the making. Several gzip members, one after the other, are a gzip file: so only the compressed text is kept. */
class Draft implements ArchiveDraft {
  readonly #blobs: Blobs;
  readonly #run: RunId;
  readonly #mostLength: number;
  readonly #parts: Buffer[] = [];
  #text = '';
  #length = 0;

  constructor(blobs: Blobs, run: RunId, mostLength: number) {
    this.#blobs = blobs;
    this.#run = run;
    this.#mostLength = mostLength;
  }

  async add(line: ArchiveLine): Promise<boolean> {
    const text = `${JSON.stringify(line)}\n`;
    this.#length += text.length;
    if (this.#length > this.#mostLength) {
      this.#parts.length = 0;
      this.#text = '';
      return false;
    }
    this.#text += text;
    if (this.#text.length >= PART_LENGTH) await this.#compress();
    return true;
  }

  async store(): Promise<string | undefined> {
    if (this.#length > this.#mostLength) return undefined;
    await this.#compress();
    const bytes = Buffer.concat(this.#parts);
    const key = keyOf(this.#run, bytes);
    await this.#blobs.put(key, bytes, { type: 'application/gzip' });
    const stored = await this.#blobs.get(key);
    if (stored && hasKey(key, stored)) return key;
    const message = `What was read back of the archive ${key} is not what was written. The run stays where it is; the next census tries again.`;
    throw new FlowbeatError('terminal', 'ARCHIVE_NOT_STORED', message, { key });
  }

  async #compress(): Promise<void> {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.#parts.push(await gzipped(text));
  }
}
