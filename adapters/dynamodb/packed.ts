import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Json } from '#engine/json';

/** Below this deflating saves no write unit that anything else could use. */
const PACK_BYTES = 400;

/** JSON as one attribute, deflated where it is long. */
export function packed(value: Json): AttributeValue {
  const text = JSON.stringify(value);
  return text.length < PACK_BYTES ? { S: text } : { B: deflateRawSync(text) };
}

/** What was packed; undefined where there is no attribute. */
export function unpacked(attribute: AttributeValue | undefined): Json | undefined {
  if (!attribute) return undefined;
  return JSON.parse(attribute.B ? inflateRawSync(attribute.B).toString() : (attribute.S ?? 'null')) as Json;
}

/** The bytes of what was packed. */
export const packedBytes = (attribute: AttributeValue): number =>
  attribute.B?.length ?? Buffer.byteLength(attribute.S ?? '');
