import { readBody } from '#adapters/sqs/polls';
import { rejected } from '#ports/errors';
import type { Received } from '#ports/message';

/** What of a record of an SQS event is read. */
export interface EventRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string };
  readonly eventSourceARN: string;
}

/**
 * The delivery that a record of an SQS event is, so that the queue can put it off by its receipt. Undefined for what is no message of ours. Throws QUEUE_FOREIGN
 * for one of a queue whose name does not begin with `prefix`.
 *
 * Its queue is called by the name that it has in SQS, without the prefix: the name of the chart's queue where that can stand in SQS as it is.
 */
export function receivedOf(
  { receiptHandle, body, attributes, eventSourceARN }: EventRecord,
  prefix: string,
): Received | undefined {
  const name = eventSourceARN.slice(eventSourceARN.lastIndexOf(':') + 1);
  if (!name.startsWith(prefix)) {
    const text = `A message of the queue ${name} came to a function that serves queues whose names begin with "${prefix}". Check FLOWBEAT_QUEUE_PREFIX.`;
    throw rejected('QUEUE_FOREIGN', text, { queue: name, prefix });
  }
  const message = readBody(name.slice(prefix.length), body);
  return message && { message, receipt: receiptHandle, receives: Number(attributes.ApproximateReceiveCount) };
}
