import type { SQSClient } from '@aws-sdk/client-sqs';
import { QueueBatches } from '#adapters/sqs/batches';
import { bodyOf, Polls } from '#adapters/sqs/polls';
import { type QueueNames, QueueUrls } from '#adapters/sqs/queue-urls';
import type { Clock } from '#ports/clock';
import {
  ADVANCE_QUEUE,
  CONTROL_QUEUE,
  type Message,
  type Queue,
  type Received,
  type ReceiveOptions,
} from '#ports/message';

/** What a queue in SQS needs. */
export interface SqsOptions extends QueueNames {
  readonly client: SQSClient;
  readonly clock: Clock;
  /** Whether there are functions: flows that need no handler go to a queue of their own then. */
  readonly functions?: boolean | undefined;
}

/** SQS delays a message by at most 15 minutes, and hides it for at most 12 hours. */
const LONGEST_DELAY_MS = 900_000;
const LONGEST_HIDDEN_S = 43_200;

/** SQS counts seconds. Rounded up: a message that came early would only be sent back, at the price of two more requests. */
const seconds = (ms: number, most: number) => Math.min(most, Math.ceil(Math.max(0, ms) / 1000));

/** The queue that a message is put on. What steers runs stays where workers and functions both look. */
const queueFor = (message: Message, functions: boolean | undefined): string =>
  functions && message.kind === 'flow' && message.needs === '' && message.queue !== CONTROL_QUEUE
    ? ADVANCE_QUEUE
    : message.queue;

interface OneQueue {
  readonly polls: Polls;
  readonly batches: QueueBatches;
}

/**
 * The task queue on SQS standard queues, one for each queue of ours. Requests are what it costs, so sends, deletes and returns of concurrent
 * callers share batch requests, and receives are long polls.
 */
export function openSqs({ client, clock, functions, ...names }: SqsOptions): Queue {
  const urls = new QueueUrls(client, names);
  const opened = new Map<string, OneQueue>();
  const open = async (queue: string): Promise<OneQueue> => {
    const there = opened.get(queue);
    if (there) return there;
    const url = await urls.of(queue);
    const beside = opened.get(queue);
    if (beside) return beside;
    const batches = new QueueBatches(client, clock, queue, url);
    // Should that fail, it comes back when its visibility ends.
    const giveBack = ({ receipt }: Received) =>
      void batches.laters.add({ handle: receipt, seconds: 0 }).catch(() => {});
    const made = { polls: new Polls(client, clock, queue, url, giveBack), batches };
    opened.set(queue, made);
    return made;
  };

  return {
    maxDelayMs: LONGEST_DELAY_MS,

    async send(messages) {
      await Promise.all(
        messages.map(async ({ message, delayMs }) => {
          const body = bodyOf(message);
          const { batches } = await open(queueFor(message, functions));
          await batches.sends.add({ body, delaySeconds: seconds(delayMs, LONGEST_DELAY_MS / 1000) }, body.length);
        }),
      );
    },

    async receive(options) {
      if (options.signal?.aborted || options.queues.length === 0) return [];
      const queues = await Promise.all(options.queues.map(async (queue) => (await open(queue)).polls));
      return receiveFrom(queues, options, clock);
    },

    async done({ message, receipt }) {
      await (await open(message.queue)).batches.dones.add({ handle: receipt, seconds: 0 });
    },

    async later(received, delayMs) {
      const { batches, polls } = await open(received.message.queue);
      if (polls.keepBack(received, delayMs)) return;
      await batches.laters.add({ handle: received.receipt, seconds: seconds(delayMs, LONGEST_HIDDEN_S) });
    },
  };
}

/** What is held, else what the first poll that brings something brings. */
async function receiveFrom(queues: readonly Polls[], options: ReceiveOptions, clock: Clock): Promise<Received[]> {
  const { waitMs, visibilityMs, needs, signal } = options;
  const until = clock.elapsed() + waitMs;
  for (let polls = 0; ; polls++) {
    const { max } = options;
    if (max <= 0) return [];
    const held = takeAll(queues, max);
    if (held.length > 0 || signal?.aborted) return held;
    const left = Math.max(0, until - clock.elapsed());
    // SQS waits whole seconds: for the rest of one a poll would not wait, and cost a request each time.
    if (left < 1000 && polls > 0) return [];
    const polled = queues.map((one) => one.poll({ max, waitMs: left, visibilityMs, needs }, signal));
    await firstToBring(polled, queues, signal);
  }
}

function takeAll(queues: readonly Polls[], max: number): Received[] {
  const found: Received[] = [];
  for (const polls of queues) found.push(...polls.take(max - found.length));
  return found;
}

/** Resolves when there is something to hand out, when all polls have ended, or when `signal` aborts. Rejects where one fails before. */
function firstToBring(
  polled: readonly Promise<void>[],
  queues: readonly Polls[],
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let open = polled.length;
    const stops: (() => void)[] = [];
    const settle = (then: () => void) => {
      for (const stop of stops) stop();
      signal?.removeEventListener('abort', end);
      then();
    };
    const end = () => settle(resolve);
    signal?.addEventListener('abort', end, { once: true });
    for (const polls of queues) stops.push(polls.whenDue(end));
    for (const [index, poll] of polled.entries()) {
      poll.then(
        () => {
          open--;
          if (open === 0 || queues[index]?.holds) end();
        },
        (error) => settle(() => reject(error)),
      );
    }
  });
}
