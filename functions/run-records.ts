/** What `advance` and `executor` have in common: each record of an SQS event is a message, dealt with as a worker deals with what it receives. */
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { receivedOf } from '#adapters/sqs/event-records';
import type { ActionRunner } from '#ports/action';
import { FlowbeatError } from '#ports/errors';
import type { Scheduler } from '#scheduler/context';
import { Invocation } from '#scheduler/invocation';

/** What a call runs on. */
export interface RecordsOptions {
  readonly s: Scheduler;
  /** The function's name. */
  readonly name: string;
  /** What the names of the installation's queues begin with. */
  readonly prefix: string;
  readonly actions: ActionRunner;
  /** The queues that it serves. */
  readonly queues: readonly string[];
  /** The longest that it owns flows, in milliseconds; as long as Lambda lets it where absent. */
  readonly mostMs?: number;
}

/** What is left of Lambda's time for the answer. */
const ANSWER_MS = 500;

/**
 * Runs the records of one call side by side, for as long as the call's time lasts. Answers which of them are not done with: those the event source
 * leaves on the queue, and they come back when they were put off to, or when their visibility ends. Never rejects for one of them.
 */
export async function runRecords(
  { s, name, prefix, actions, queues, mostMs = Number.POSITIVE_INFINITY }: RecordsOptions,
  { Records }: SQSEvent,
  context: Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>,
): Promise<SQSBatchResponse> {
  const lastsMs = Math.min(mostMs, Math.max(0, context.getRemainingTimeInMillis() - ANSWER_MS));
  const invocation = new Invocation(s, { name, request: context.awsRequestId, lastsMs, actions, queues });
  const over = aborted(invocation.signal);
  const isDone = async (record: SQSRecord): Promise<boolean> => {
    try {
      const received = receivedOf(record, prefix);
      // What nobody can read is left for whoever put it there, until SQS moves it to the dead letters.
      if (!received) return false;
      return await Promise.race([invocation.handle(received), over]);
    } catch (error) {
      const code = error instanceof FlowbeatError ? error.code : 'UNEXPECTED';
      s.telemetry.event('handleFailed', { code, message: String(error), stack: (error as Error).stack });
      return false;
    }
  };
  try {
    const done = await Promise.all(Records.map(isDone));
    const left = Records.filter((_record, index) => !done[index]);
    return { batchItemFailures: left.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  } finally {
    invocation.close();
  }
}

/** Its time is up: what still runs is not done with, and finds its flow taken over or its writes refused. */
function aborted(signal: AbortSignal): Promise<false> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(false), { once: true });
  });
}
