import { type FileHandle, mkdir, open, opendir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Buckets, type Bytes, type Listed, otherVersion, textOf, unreadable } from '#adapters/items/buckets';
import type { JsonObject } from '#engine/json';
import { errorNames, StatesError } from '#engine/states-error';

/** A folder whose subfolders play buckets: `<folder>/<bucket>/<key>`. */
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
    const path = this.#pathOf(bucket, key, unreadable);
    const file = await open(path).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' || error.code === 'ENOTDIR'
        ? noSuchKey(bucket, key)
        : unreadable(`${path}: ${error.message}`);
    });
    const found = await statOf(file);
    if (found.isDirectory || (etag !== undefined && found.etag !== etag)) {
      await file.close();
      throw found.isDirectory ? noSuchKey(bucket, key) : otherVersion(bucket, key);
    }
    return {
      etag: found.etag,
      size: found.size,
      read: async (offset, length) => {
        const buffer = Buffer.allocUnsafe(length);
        const { bytesRead } = await file.read(buffer, 0, length, offset);
        return buffer.subarray(0, bytesRead);
      },
      close: () => file.close(),
    };
  }

  async *list(input: JsonObject, after: string | undefined): AsyncGenerator<Listed, void, undefined> {
    const bucket = textOf(input, 'Bucket');
    const prefix = typeof input.Prefix === 'string' ? input.Prefix : '';
    const root = join(this.#folder, bucket);
    for await (const key of keysIn(root, '', prefix, after)) {
      const file = await open(join(root, key)).catch(() => undefined);
      if (!file) continue;
      const { etag, size, mtimeMs } = await statOf(file).finally(() => file.close());
      yield {
        Etag: `"${etag}"`,
        Key: key,
        LastModified: Math.floor(mtimeMs / 1000),
        Size: size,
        StorageClass: 'STANDARD',
      };
    }
  }

  /** Under another name first: nobody sees half a file, and what a dead process left is overwritten by the next try. */
  async write(bucket: string, key: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
    const path = this.#pathOf(bucket, key, (cause) => new StatesError(errorNames.resultWriterFailed, cause));
    const partial = `${path}.partial`;
    await mkdir(dirname(path), { recursive: true });
    let size = 0;
    const file = await open(partial, 'w');
    try {
      for await (const chunk of chunks) {
        await file.writeFile(chunk);
        size += chunk.length;
      }
      await file.sync();
      await file.close();
      await rename(partial, path);
    } catch (error) {
      await file.close();
      await rm(partial, { force: true });
      throw error;
    }
    return size;
  }

  #pathOf(bucket: string, key: string, wrong: (cause: string) => StatesError): string {
    const [inBucket, inKey] = [partsOf(bucket), partsOf(key)];
    if (inBucket?.length === 1 && inKey) return join(this.#folder, ...inBucket, ...inKey);
    throw wrong(
      `'${bucket}/${key}' cannot be a file in a folder: a part of it is empty, '.', '..', or has a character that no file's name has.`,
    );
  }
}

/** The parts of a key; undefined where one of them would lead elsewhere. */
function partsOf(key: string): readonly string[] | undefined {
  const parts = key.split('/');
  return parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part))
    ? parts
    : undefined;
}

const noSuchKey = (bucket: string, key: string): StatesError =>
  unreadable(`The specified key does not exist. (Bucket: ${bucket}; Key: ${key}; Error Code: NoSuchKey)`);

async function statOf(file: FileHandle) {
  const { size, mtimeNs, mtimeMs, ino, ...rest } = await file.stat({ bigint: true });
  return {
    size: Number(size),
    mtimeMs: Number(mtimeMs),
    etag: `${ino.toString(16)}-${size.toString(16)}-${mtimeNs.toString(16)}`,
    isDirectory: (rest as unknown as { isDirectory(): boolean }).isDirectory?.() ?? false,
  };
}

/** Keys below a folder in the order of S3, which is that of their bytes: `a/` stands where its slash does among `a-` and `a0`. */
async function* keysIn(
  root: string,
  folder: string,
  prefix: string,
  after: string | undefined,
): AsyncGenerator<string, void, undefined> {
  const names: string[] = [];
  const entries = await opendir(join(root, folder)).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(`The bucket cannot be listed: ${error.message}.`);
  });
  for await (const entry of entries)
    if (!entry.name.endsWith('.partial')) names.push(entry.isDirectory() ? `${entry.name}/` : entry.name);
  for (const name of names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    const key = folder + name;
    const isFolder = name.endsWith('/');
    if (isFolder ? !key.startsWith(prefix) && !prefix.startsWith(key) : !key.startsWith(prefix)) continue;
    if (isFolder) {
      // All keys below begin with it: they are behind `after` together, or some of them are.
      if (after === undefined || after.startsWith(key) || Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0)
        yield* keysIn(root, key, prefix, after);
    } else if (after === undefined || Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0) yield key;
  }
}
