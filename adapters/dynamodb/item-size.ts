import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** A write unit pays for so many bytes of the whole item. */
export const WRITE_UNIT_BYTES = 1024;

/**
 * DynamoDB's measure of a number: a byte for each pair of significant digits, as they pair up from the decimal point, one for the exponent, one
 * for a minus.
 */
function numberSize(text: string): number {
  const [mantissa = '0', exponent = '0'] = Number(text).toExponential().replace('-', '').split('e');
  const digits = mantissa.replace('.', '').length;
  if (mantissa === '0') return 1;
  const odd = digits % 2 === 1 || Number(exponent) % 2 !== 0;
  return 1 + Math.ceil(digits / 2) + (odd ? 0 : 1) + (text.startsWith('-') ? 1 : 0);
}

/** The bytes of a value, by the developer guide's "DynamoDB item sizes and formats". */
export function valueSize(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberSize(value.N);
  if (value.B !== undefined) return value.B.byteLength;
  if (value.NS !== undefined) return value.NS.reduce((sum, n) => sum + numberSize(n), 0);
  if (value.SS !== undefined) return value.SS.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (value.BS !== undefined) return value.BS.reduce((sum, bytes) => sum + bytes.byteLength, 0);
  if (value.L !== undefined) return 3 + value.L.reduce((sum, member) => sum + 1 + valueSize(member), 0);
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemSize(value.M);
  return 1;
}

/** The bytes of an item: its attributes' names and values. */
export function itemSize(item: Readonly<Record<string, AttributeValue>>): number {
  let size = 0;
  for (const name in item) size += Buffer.byteLength(name) + valueSize(item[name]!);
  return size;
}
