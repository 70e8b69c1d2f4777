/** What `advance` and `executor` have in common: each record of an SQS event is a message, dealt with as a worker deals with what it receives. */
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { receivedOf } from '#adapters/sqs/event-records';
import type { ActionRunner } from '#ports/action';
import { sleep } from '#ports/clock';
import { FlowbeatError } from '#ports/errors';
import type { Received } from '#ports/message';
import type { Scheduler } from '#scheduler/context';
import { Invocation } from '#scheduler/invocation';
import { laterBy } from '#scheduler/receive';

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
 * A message goes ahead of the write that makes it true, most often by a few milliseconds. SQS brings one back after a second at the soonest, and asks for two
 * requests and a call more: so what is early is looked at once more here.
 */
const LOOK_AGAIN_MS = 100;

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
  const early = new Early(s);
  const invocation = new Invocation(early.scheduler, { name, request: context.awsRequestId, lastsMs, actions, queues });
  const over = aborted(invocation.signal);
  const failed = (error: unknown) => {
    const code = error instanceof FlowbeatError ? error.code : 'UNEXPECTED';
    s.telemetry.event('handleFailed', { code, message: String(error), stack: (error as Error).stack });
    return false;
  };
  const handle = async (received: Received): Promise<boolean> => {
    try {
      return await early.handle(invocation, received);
    } catch (error) {
      failed(error);
      // Else it stayed hidden for as long as a call may take: a quarter of an hour for a request that was refused once.
      await s.queue.later(received, laterBy(received.receives));
      return false;
    }
  };
  const isDone = async (record: SQSRecord): Promise<boolean> => {
    try {
      const received = receivedOf(record, prefix);
      // What nobody can read is left for whoever put it there, until SQS moves it to the dead letters.
      if (!received) return false;
      return await Promise.race([handle(received), over]);
    } catch (error) {
      return failed(error);
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

/** Deals with messages twice where the first time they were a moment too early. */
class Early {
  /** Puts off what is early to the second look. */
  readonly scheduler: Scheduler;
  readonly #first = new Set<Received>();
  readonly #again = new Set<Received>();

  constructor(s: Scheduler) {
    const later: Scheduler['queue']['later'] = async (received, delayMs) => {
      if (delayMs < 1_000 && this.#first.delete(received)) this.#again.add(received);
      else await s.queue.later(received, delayMs);
    };
    this.scheduler = { ...s, queue: { ...s.queue, later } };
  }

  async handle(invocation: Invocation, received: Received): Promise<boolean> {
    this.#first.add(received);
    if (await invocation.handle(received)) return true;
    if (!this.#again.has(received)) return false;
    await sleep(this.scheduler.clock, LOOK_AGAIN_MS, invocation.signal);
    return invocation.handle(received);
  }
}

/** Its time is up: what still runs is not done with, and finds its flow taken over or its writes refused. */
function aborted(signal: AbortSignal): Promise<false> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(false), { once: true });
  });
}
