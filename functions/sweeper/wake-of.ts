import { readBody } from '#adapters/sqs/polls';
import { SWEEP_QUEUE } from '#ports/message';

/** What an invocation of the sweeper brings: the rule's event, or messages of its queue. */
export interface SweepEvent {
  readonly Records?: readonly { readonly body: string }[];
}

/**
 * The wake that an invocation was made for: undefined where the rule made it, or a message asks for a sweep at once. Of several messages the latest
 * wake: those before it are past. What nobody can read asks for a sweep as well: it must not fail the call, and the messages beside it, again and again.
 */
export function wakeOf({ Records = [] }: SweepEvent): number | undefined {
  let latest: number | undefined;
  for (const { body } of Records) {
    const message = readBody(SWEEP_QUEUE, body);
    if (message?.kind !== 'sweep' || message.wake === undefined) return undefined;
    latest = Math.max(latest ?? 0, message.wake);
  }
  return latest;
}
