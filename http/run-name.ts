import type { RunId } from '#ports/ids';

/** A name that every store and URL takes as it is. */
const PLAIN = /^[A-Za-z0-9_-]{1,80}$/;

/** The name of a run that was started with an idempotency key and no name: the key itself where it is a name, else its hash. */
export async function nameFromKey(key: string): Promise<string> {
  if (PLAIN.test(key)) return key;
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  return `key-${hex(hash).slice(0, 32)}`;
}

/** Bytes as hexadecimal digits. */
export const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** A run's id as it stands in a path; the operations find out whether there is such a run. */
export const asRunId = (text: string): RunId => text as RunId;
