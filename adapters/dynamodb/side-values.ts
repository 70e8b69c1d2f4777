import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { hashOf, valueKey } from '#adapters/dynamodb/keys';
import { type Item, inTurns, type TableClient } from '#adapters/dynamodb/table-client';
import { type Blobs, PLACES } from '#ports/blobs';
import { FlowbeatError } from '#ports/errors';
import type { FlowId } from '#ports/ids';

/** A pointer to a side value: no JSON text begins so. */
const POINTER = '@';

/** Texts longer than this stand by themselves. Two of them would push a flow's item over the kilobyte that one write unit pays for. */
export const HOIST_BYTES = 600;

/** An item holds 400 KB, key and names included. */
const PART_BYTES = 380_000;
/**
 * Deflated texts longer than this go to the blobs, where there are any: a write of 256 KB costs 256 write units, 16 cents a thousand; an object half a
 * cent a thousand, whatever its size. Shorter ones are read sooner from the table, in batches.
 */
const BLOB_BYTES = 256 * 1024;
/** Texts that are kept in memory, in UTF-16 units: what a worker writes it reads again at once. */
const CACHE_LENGTH = 8_000_000;

const deflated = promisify(deflateRaw);
const inflated = promisify(inflateRaw) as (bytes: Uint8Array) => Promise<Buffer>;

/** Whether a stored text is a pointer to a side value. */
export const isPointer = (text: string): boolean => text.startsWith(POINTER);

/** The pointer to a text. */
export const pointerTo = (text: string): string => POINTER + hashOf(text);

/** A side value of a flow. */
export interface Pointer {
  readonly flow: FlowId;
  readonly pointer: string;
}

const nameOf = ({ flow, pointer }: Pointer) => `${flow} ${pointer}`;

/**
 * Values too long for the item that has them. They are keyed by flow and content: written before the fenced write that points to them,
 * written again without harm, and a zombie overwrites nothing. A value that stays through many commits, or is an action's output and the
 * next state's input, is written once. Deflated: JSON shrinks to a third and less, and write units with it. The longest are blobs: the object first,
 * then the item that tells of it (`z`: its bytes, in place of `b`).
 */
export class SideValues {
  readonly #table: TableClient;
  readonly #blobs: Blobs | undefined;
  /** By name, the least recently used first. What is here is stored. */
  readonly #cache = new Map<string, string>();
  #cached = 0;

  constructor(table: TableClient, blobs: Blobs | undefined) {
    this.#table = table;
    this.#blobs = blobs;
  }

  /** Stores texts by their pointers; those known to be stored cost nothing. */
  async write(flow: FlowId, texts: ReadonlyMap<string, string>): Promise<void> {
    await inTurns([...texts], 4, async ([pointer, text]) => {
      const name = nameOf({ flow, pointer });
      if (this.#cache.has(name)) return;
      const bytes = await deflated(text);
      if (this.#blobs && bytes.length > BLOB_BYTES) await this.#writeBlob({ flow, pointer }, bytes, this.#blobs);
      else await this.#writeParts({ flow, pointer }, bytes);
      this.#keep(name, text);
    });
  }

  async #writeParts({ flow, pointer }: Pointer, bytes: Buffer): Promise<void> {
    const count = Math.max(1, Math.ceil(bytes.length / PART_BYTES));
    const parts = Array.from({ length: count }, (_, part) => part);
    await inTurns(parts, 4, async (part) => {
      const { k, s } = partKey(flow, pointer, part);
      const piece = bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
      await this.#table.put({
        k: { S: k },
        s: { S: s },
        b: { B: piece },
        ...(part === 0 && count > 1 && { n: { N: String(count) } }),
      });
    });
  }

  async #writeBlob(of: Pointer, bytes: Buffer, blobs: Blobs): Promise<void> {
    await blobs.put(blobKey(of), bytes, { type: 'application/octet-stream' });
    const { k, s } = partKey(of.flow, of.pointer, 0);
    await this.#table.put({ k: { S: k }, s: { S: s }, z: { N: String(bytes.length) } });
  }

  /** Reads side values; returns what gives the text of each. */
  async read(wanted: readonly Pointer[]): Promise<(of: Pointer) => string> {
    const texts = new Map<string, string>();
    const missing: Pointer[] = [];
    for (const one of wanted) {
      const name = nameOf(one);
      const cached = this.#cache.get(name);
      if (cached === undefined) missing.push(one);
      else {
        texts.set(name, cached);
        this.#keep(name, cached);
      }
    }
    const firsts = await this.#table.getMany(missing.map(({ flow, pointer }) => partKey(flow, pointer, 0)));
    await Promise.all(
      missing.map(async (one, index) => {
        const first = firsts[index];
        const text = first?.z ? await this.#readBlob(one) : await this.#readParts(one, first);
        texts.set(nameOf(one), text);
        this.#keep(nameOf(one), text);
      }),
    );
    return (of) => {
      const text = texts.get(nameOf(of));
      if (text === undefined) throw new Error(`a side value of ${of.flow} was not asked for: ${of.pointer}`);
      return text;
    };
  }

  async #readParts({ flow, pointer }: Pointer, first: Item | undefined): Promise<string> {
    const count = Number(first?.n?.N ?? 1);
    const rest = Array.from({ length: count - 1 }, (_, part) => partKey(flow, pointer, part + 1));
    const parts = [first, ...(rest.length > 0 ? await this.#table.getMany(rest) : [])].map((item) => item?.b?.B);
    if (parts.some((part) => part === undefined)) throw new Error(`a side value of ${flow} is missing: ${pointer}`);
    return (await inflated(Buffer.concat(parts as Uint8Array[]))).toString();
  }

  /** What was written is what is read, or it is an error: the key names the content. */
  async #readBlob(of: Pointer): Promise<string> {
    const fields = { flow: of.flow, key: blobKey(of) };
    if (!this.#blobs) {
      const message = `A value of ${of.flow} stands in the bucket of large values, and this process was told of none. Name it by FLOWBEAT_BUCKET, or --bucket.`;
      throw new FlowbeatError('terminal', 'BUCKET_NOT_NAMED', message, fields);
    }
    const bytes = await this.#blobs.get(fields.key);
    const text = bytes && (await inflated(bytes).catch(() => undefined))?.toString();
    if (text !== undefined && pointerTo(text) === of.pointer) return text;
    const what =
      bytes === undefined ? 'is not in the bucket any more, or may not be read,' : 'was changed in the bucket';
    const message = `A value of ${of.flow} ${what}; nothing can be read in its place. Bring ${fields.key} back from a version or a backup.`;
    throw new FlowbeatError('terminal', 'STORE_CORRUPT', message, fields);
  }

  #keep(name: string, text: string): void {
    const old = this.#cache.get(name);
    if (old !== undefined) {
      this.#cache.delete(name);
      this.#cached -= old.length;
    }
    this.#cache.set(name, text);
    this.#cached += text.length;
    for (const [oldest, one] of this.#cache) {
      if (this.#cached <= CACHE_LENGTH || oldest === name) break;
      this.#cache.delete(oldest);
      this.#cached -= one.length;
    }
  }
}

/** The key of the object that an item of a flow's values tells of; undefined where it tells of none. */
export function blobOf(flow: FlowId, { k, s, z }: Item): string | undefined {
  if (!z || k?.S !== valueKey(flow, '', 0).k) return undefined;
  return blobKey({ flow, pointer: POINTER + (s?.S ?? '').split('.')[0] });
}

const blobKey = ({ flow, pointer }: Pointer): string => `${PLACES.values}${flow}/${pointer.slice(POINTER.length)}`;

const partKey = (flow: FlowId, pointer: string, part: number) => valueKey(flow, pointer.slice(POINTER.length), part);
