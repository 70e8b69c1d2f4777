/**
 * The shapes of a service's API, read from the schemas that its client's commands carry: what is a structure, whose members Step Functions renames, and what a
 * map, whose keys are the user's own.
 */

/** A shape; those inside it are read when they are needed, since shapes may hold themselves. */
export type Shape =
  | { readonly is: 'structure'; readonly members: ReadonlyMap<string, Member>; readonly required: readonly string[] }
  | { readonly is: 'list' | 'map'; readonly of: () => Shape }
  | { readonly is: 'text' | 'number' | 'boolean' | 'time' | 'bytes' | 'any' };

/** A member of a structure. */
export interface Member {
  readonly name: string;
  readonly shape: () => Shape;
  /** The service takes a client token here. */
  readonly isIdempotencyToken: boolean;
}

/** Codes of the schemas of @smithy/core; lists and maps of simple shapes are sums. */
const [TEXT, NUMBER, BOOLEAN, FIRST_TIME, LAST_TIME, BYTES, STREAM, LIST, MAP] = [0, 1, 2, 4, 7, 21, 42, 64, 128];
const IDEMPOTENCY_TOKEN = 4;

/** Reads a schema: a code, `[schema, traits]` of a member, an array that begins with its kind, or a function that gives one of these. */
export function shapeOf(schema: unknown): Shape {
  if (typeof schema === 'function') return shapeOf(schema());
  if (typeof schema === 'number') return simple(schema);
  if (!Array.isArray(schema)) return { is: 'any' };
  if (schema.length === 2) return shapeOf(schema[0]);
  const [kind, , , , first, second, required = 0] = schema as unknown[];
  if (kind === 0) return shapeOf(first);
  if (kind === 1) return { is: 'list', of: () => shapeOf(first) };
  if (kind === 2) return { is: 'map', of: () => shapeOf(second) };
  if (kind !== 3 && kind !== 4 && kind !== -3) return { is: 'any' };
  const names = first as readonly string[];
  const schemas = second as readonly unknown[];
  const members = names.map((name, i) => [name, memberOf(name, schemas[i])] as const);
  return { is: 'structure', members: new Map(members), required: names.slice(0, required as number) };
}

function memberOf(name: string, schema: unknown): Member {
  const traits = Array.isArray(schema) && schema.length === 2 ? (schema[1] as unknown) : 0;
  const isIdempotencyToken =
    typeof traits === 'number'
      ? (traits & IDEMPOTENCY_TOKEN) !== 0
      : typeof traits === 'object' && traits !== null && 'idempotencyToken' in traits;
  return { name, shape: () => shapeOf(schema), isIdempotencyToken };
}

function simple(code: number): Shape {
  if (code >= MAP) return { is: 'map', of: () => simple(code - MAP) };
  if (code >= LIST) return { is: 'list', of: () => simple(code - LIST) };
  if (code >= FIRST_TIME && code <= LAST_TIME) return { is: 'time' };
  if (code === TEXT) return { is: 'text' };
  if (code === NUMBER) return { is: 'number' };
  if (code === BOOLEAN) return { is: 'boolean' };
  return code === BYTES || code === STREAM ? { is: 'bytes' } : { is: 'any' };
}
