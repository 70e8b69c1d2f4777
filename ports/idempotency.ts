import type { FlowId } from '#ports/ids';

/** The idempotency key of an action: the same for every attempt and after every take-over. */
export const actionKey = (flow: FlowId, step: number): string => `${flow}#${step}`;

/** The key of one attempt: of a Task that waits, where each of them has to start something of its own. */
export const attemptKey = (action: string, attempt: number): string => `${action}#${attempt}`;

/**
 * The idempotency key of a call in the form that AWS takes for client tokens: a UUID (36 letters, digits and dashes), the same for the same key.
 * Keys themselves carry ids of flows, which may be longer and hold other characters.
 */
export async function clientToken(key: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
