import type { Message } from '#ports/message';

/** What an invocation of the sweeper brings: the rule's event, or messages of its queue. */
export interface SweepEvent {
  readonly Records?: readonly { readonly body: string }[];
}

/**
 * The wake that an invocation was made for: undefined where the rule made it, or a message asks for a sweep at once. Of several messages the latest
 * wake: those before it are past.
 */
export function wakeOf({ Records = [] }: SweepEvent): number | undefined {
  let latest: number | undefined;
  for (const { body } of Records) {
    const message = JSON.parse(body) as Message;
    if (message.kind !== 'sweep' || message.wake === undefined) return undefined;
    latest = Math.max(latest ?? 0, message.wake);
  }
  return latest;
}
