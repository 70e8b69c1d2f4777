import { randomUUID } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { mkdir, open, opendir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import {
  type Buckets,
  type Bytes,
  type Listed,
  otherVersion,
  type Refusal,
  textOf,
  unreadable,
  unwritable,
} from '#adapters/items/buckets';
import { byBytes } from '#adapters/items/key-order';
import type { JsonObject } from '#engine/json';
import { FlowbeatError } from '#ports/errors';

/** What the name of a file begins with that is not whole yet. No key is listed that has it. */
const PARTIAL = '.flowbeat-partial-';

/**
 * A folder whose subfolders play buckets: `<folder>/<bucket>/<key>`. Nothing outside of it is read or written, whatever a key or a link in it says; links to folders are
 * followed but not listed. A file's ETag is made of its inode, its size and the time of its last change.
 */
export class FolderBuckets implements Buckets {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Whether a bucket is here. */
  async has(bucket: string): Promise<boolean> {
    if (partsOf(bucket)?.length !== 1) return false;
    return stat(join(this.#folder, bucket)).then(
      (found) => found.isDirectory(),
      () => false,
    );
  }

  async open(input: JsonObject, etag: string | undefined): Promise<Bytes> {
    const [bucket, key] = [textOf(input, 'Bucket'), textOf(input, 'Key')];
    if (input.VersionId !== undefined) throw unreadable(`The bucket ${bucket} is a folder, which keeps no versions.`);
    const path = this.#pathOf(bucket, key, unreadable);
    const found = await failing(path, unreadable, () => this.#fileAt(path));
    if (found === undefined) throw noSuchKey(bucket, key);
    const version = etagOf(found);
    if (etag !== undefined && etag !== version) throw otherVersion(bucket, key);
    return {
      etag: version,
      size: Number(found.size),
      // Opened for each piece: nobody has to close it, and a file that was put in its place is seen.
      read: (offset, length) =>
        failing(path, unreadable, async () => {
          await using file = await open(path);
          const buffer = Buffer.allocUnsafe(length);
          const { bytesRead } = await file.read(buffer, 0, length, offset);
          if (etagOf(await file.stat({ bigint: true })) !== version) throw otherVersion(bucket, key);
          return buffer.subarray(0, bytesRead);
        }),
    };
  }

  async *list(input: JsonObject, after: string | undefined): AsyncGenerator<Listed, void, undefined> {
    const bucket = textOf(input, 'Bucket');
    const prefix = typeof input.Prefix === 'string' ? input.Prefix : '';
    const begin = after ?? (typeof input.StartAfter === 'string' ? input.StartAfter : undefined);
    const root = this.#pathOf(bucket, undefined, unreadable);
    for await (const key of keysIn(root, '', prefix, begin)) {
      const file = await failing(root, unreadable, () => this.#fileAt(join(root, key)));
      if (file === undefined) continue;
      yield {
        Etag: `"${etagOf(file)}"`,
        Key: key,
        LastModified: Number(file.mtimeMs / 1000n),
        Size: Number(file.size),
        StorageClass: 'STANDARD',
      };
    }
  }

  /** Under another name first: nobody sees half a file, and two who write the same do not meet. */
  async write(bucket: string, key: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
    const path = this.#pathOf(bucket, key, unwritable);
    const folder = dirname(path);
    const partial = join(folder, PARTIAL + randomUUID());
    return failing(path, unwritable, async () => {
      if ((await this.#realPathOf(folder)) === undefined) throw unwritable(leadsOut(path));
      await mkdir(folder, { recursive: true });
      try {
        const size = await written(partial, chunks);
        await rename(partial, path);
        if (process.platform !== 'win32') await synced(folder);
        return size;
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
    });
  }

  #pathOf(bucket: string, key: string | undefined, refusal: Refusal): string {
    const [inBucket, inKey] = [partsOf(bucket), key === undefined ? [] : partsOf(key)];
    if (inBucket?.length === 1 && inKey) return join(this.#folder, ...inBucket, ...inKey);
    throw refusal(
      `'${bucket}/${key ?? ''}' cannot be a file in a folder: a part of it is empty, '.', '..', or has a character that no file's name has.`,
    );
  }

  /** The file at a path; undefined where there is none. */
  async #fileAt(path: string): Promise<BigIntStats | undefined> {
    const real = await this.#realPathOf(path);
    if (real === undefined) throw unreadable(leadsOut(path));
    const found = await stat(path, { bigint: true }).catch(missing);
    return found?.isFile() ? found : undefined;
  }

  /** Where a path leads to, or the part of it that is there; undefined where that is outside. */
  async #realPathOf(path: string): Promise<string | undefined> {
    const root = await realpath(this.#folder);
    for (let at = path; ; at = dirname(at)) {
      const real = await realpath(at).catch(missing);
      if (real !== undefined) return real === root || real.startsWith(root + sep) ? real : undefined;
    }
  }
}

/** Writes a new file that a power cut does not undo; returns its size. */
async function written(path: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  await using file = await open(path, 'wx');
  let size = 0;
  for await (const chunk of chunks) {
    await file.writeFile(chunk);
    size += chunk.length;
  }
  await file.sync();
  return size;
}

/** The names in a folder, for good. */
async function synced(folder: string): Promise<void> {
  await using opened = await open(folder);
  await opened.sync();
}

/** Nothing, of what is not there. */
function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}

/** The parts of a key; undefined where one of them would lead elsewhere. */
function partsOf(key: string): readonly string[] | undefined {
  const parts = key.split('/');
  return parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part))
    ? parts
    : undefined;
}

const leadsOut = (path: string): string => `${path} is a link out of the folder of the buckets.`;

const noSuchKey = (bucket: string, key: string) =>
  unreadable(`The specified key does not exist. (Bucket: ${bucket}; Key: ${key}; Error Code: NoSuchKey)`);

const etagOf = ({ ino, size, mtimeNs }: BigIntStats): string =>
  `${ino.toString(16)}-${size.toString(16)}-${mtimeNs.toString(16)}`;

/** What passes by itself, or when somebody has made room. */
const PASSING: ReadonlySet<string | undefined> = new Set([
  'EAGAIN',
  'EBUSY',
  'EDQUOT',
  'EINTR',
  'EIO',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ENOSPC',
  'ESTALE',
]);

/** Says of what the file system answers who is to blame. */
async function failing<T>(path: string, refusal: Refusal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { syscall, code, message } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    if (!PASSING.has(code)) throw refusal(`${path}: ${message}.`);
    const next = `The folder of the buckets did not answer (${code}); it is tried again.`;
    throw new FlowbeatError('retryable', 'ITEMS_UNREACHABLE', next, { path }, error);
  }
}

/** Keys below a folder in the order of S3: `a/` stands where its slash does among `a-` and `a0`. The names of one folder at a time are in memory. */
async function* keysIn(
  root: string,
  folder: string,
  prefix: string,
  after: string | undefined,
): AsyncGenerator<string, void, undefined> {
  const names: string[] = [];
  const path = join(root, folder);
  await failing(path, unreadable, async () => {
    for await (const entry of (await opendir(path).catch(missing)) ?? [])
      if (!entry.name.startsWith(PARTIAL)) names.push(entry.isDirectory() ? `${entry.name}/` : entry.name);
  });
  for (const name of names.sort(byBytes)) {
    const key = folder + name;
    const isBehind = after === undefined || byBytes(key, after) > 0;
    if (!name.endsWith('/')) {
      if (isBehind && key.startsWith(prefix)) yield key;
    } else if (key.startsWith(prefix) || prefix.startsWith(key)) {
      // All keys below begin with it: they are behind `after` together, or some of them are.
      if (isBehind || after?.startsWith(key)) yield* keysIn(root, key, prefix, after);
    }
  }
}
