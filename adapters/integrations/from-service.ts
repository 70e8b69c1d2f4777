import type { Shape } from '#adapters/integrations/shapes';
import type { Json } from '#engine/json';

/** A stream of a body, as clients give it in Node: with what would read all of it, whatever its length. */
interface Body extends AsyncIterable<Uint8Array> {
  transformToByteArray(): Promise<Uint8Array>;
}

const isBody = (value: object): value is Body => 'transformToByteArray' in value;

/** What a body may have, as what a handler returns. Other answers are bounded by their services, at 6 MB or less. */
const MOST_MIB = 16;
/** The same in bytes. */
export const MOST_BYTES = MOST_MIB * 1024 * 1024;

/** The body of a service's answer is longer than a Task's result may be. */
export class AnswerTooLarge extends Error {
  constructor() {
    super(
      `The service answered with more than ${MOST_MIB} MiB. Have the Task pass on where it lies, not what it holds.`,
    );
    this.name = 'AnswerTooLarge';
  }
}

/**
 * A client's answer as a Task's result: members renamed, times as texts, bytes as the text that they are, or else in Base64. Throws `AnswerTooLarge`.
 */
export async function fromService(shape: Shape, value: unknown, rename: (name: string) => string): Promise<Json> {
  if (value === undefined || value === null) return null;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return textOf(value);
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object') return value as Json;
  if (isBody(value)) return textOf(await readAll(value));
  if (Array.isArray(value)) {
    const of = shape.is === 'list' ? shape.of() : ANY;
    return Promise.all(value.map((item) => fromService(of, item, rename)));
  }
  const made: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined || name === '$metadata') continue;
    if (shape.is === 'structure') {
      const inner = shape.members.get(name)?.shape() ?? ANY;
      made[rename(name)] = await fromService(inner, member, rename);
    } else made[name] = await fromService(shape.is === 'map' ? shape.of() : ANY, member, rename);
  }
  return made;
}

/** Stops, and closes the connection, as soon as it is too much: an object of S3 may be larger than this machine's memory. */
async function readAll(body: Body): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new AnswerTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const ANY: Shape = { is: 'any' };
const utf8 = new TextDecoder('utf-8', { fatal: true });

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('base64');
  }
}
