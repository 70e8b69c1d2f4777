import type { EpochMs } from '#engine/time';
import type { FlowRecord } from '#ports/flow-record';
import type { FlowId } from '#ports/ids';
import { CONTROL_QUEUE, type Message, type Queue } from '#ports/message';
import type { PutDue, SendWrite } from '#ports/write';

type FlowMessage = Extract<Message, { kind: 'flow' }>;

/** The message that lets `flow` be claimed at `term`. */
export function flowMessage(
  flow: Pick<FlowRecord, 'id' | 'queue' | 'needs'>,
  term: number,
  due?: EpochMs,
): FlowMessage {
  const message = { kind: 'flow', queue: flow.queue, flow: flow.id, term, needs: flow.needs } as const;
  return due === undefined ? message : { ...message, due };
}

/** Sends a message at once. */
export const send = (message: Message): SendWrite => ({ kind: 'send', message, delayMs: 0 });

/** Has a message delivered at `due`: a delayed message, or a due row where the queue's longest delay is too short (the tick sends it then). */
export function sendAt(
  queue: Pick<Queue, 'maxDelayMs'>,
  message: Message,
  due: EpochMs,
  now: EpochMs,
): SendWrite | PutDue {
  const delayMs = Math.max(0, due - now);
  return delayMs <= queue.maxDelayMs ? { kind: 'send', message, delayMs } : { kind: 'putDue', row: { due, message } };
}

/** The message that ends a run's time. */
export const deadlineWrite = (
  { queue }: { readonly queue: Pick<Queue, 'maxDelayMs'> },
  root: FlowId,
  due: EpochMs,
  now: EpochMs,
): SendWrite | PutDue => sendAt(queue, { kind: 'deadline', queue: CONTROL_QUEUE, root, due }, due, now);
