import type { Shape } from '#adapters/integrations/shapes';
import type { Json } from '#engine/json';

/** A stream of a body, as clients give it. */
interface Body {
  transformToByteArray(): Promise<Uint8Array>;
}

const isBody = (value: object): value is Body => 'transformToByteArray' in value;

/** A client's answer as a Task's result: members renamed, times as texts, bytes as the text that they are, or else in Base64. */
export async function fromService(shape: Shape, value: unknown, rename: (name: string) => string): Promise<Json> {
  if (value === undefined || value === null) return null;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return textOf(value);
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object') return value as Json;
  if (isBody(value)) return textOf(await value.transformToByteArray());
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

const ANY: Shape = { is: 'any' };
const utf8 = new TextDecoder('utf-8', { fatal: true });

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('base64');
  }
}
