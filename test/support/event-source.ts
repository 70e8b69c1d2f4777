import {
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { sqsName } from '#adapters/sqs/queue-urls';
import { lambdaContext } from '#test/support/lambda-context';

/** A Lambda that an event source calls. */
export type SqsHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** Which queues feed which function. */
export interface Feed {
  readonly name: string;
  readonly queues: readonly string[];
  readonly handler: SqsHandler;
  /** How long a call may take. */
  readonly lastsMs?: number;
  /** How long what is received stays invisible: longer than a call takes. */
  readonly visibilityMs?: number;
  /** Called with each event before it is handled. */
  readonly onEvent?: (event: SQSEvent) => void;
}

const POLL_S = 1;
const BATCH = 10;

/**
 * Does for functions what Lambda's event source mappings do: receives from their queues, calls them with SQS events, and deletes what they do not report as
 * failed. A call that throws deletes nothing. Each queue has one call at a time, or `concurrency` of them.
 */
export class EventSource implements AsyncDisposable {
  readonly #sqs: SQSClient;
  readonly #prefix: string;
  #stopped = false;
  readonly #loops: Promise<void>[] = [];
  /** What calls threw. */
  readonly errors: unknown[] = [];

  constructor(sqs: SQSClient, prefix: string, feeds: readonly Feed[], concurrency = 2) {
    this.#sqs = sqs;
    this.#prefix = prefix;
    for (const feed of feeds)
      for (const queue of feed.queues) for (let i = 0; i < concurrency; i++) this.#loops.push(this.#loop(feed, queue));
  }

  async #loop(feed: Feed, queue: string): Promise<void> {
    const name = sqsName(this.#prefix, queue);
    const { QueueUrl } = await this.#sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    while (!this.#stopped) {
      try {
        const messages = await this.#receive(QueueUrl!, feed.visibilityMs ?? 30_000);
        if (messages.length > 0) await this.#call(feed, QueueUrl!, eventOf(name, messages));
      } catch (error) {
        this.errors.push(error);
      }
    }
  }

  async #receive(QueueUrl: string, visibilityMs: number): Promise<readonly Message[]> {
    const asked = new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: BATCH,
      WaitTimeSeconds: POLL_S,
      VisibilityTimeout: Math.ceil(visibilityMs / 1000),
      MessageSystemAttributeNames: ['All'],
    });
    return (await this.#sqs.send(asked)).Messages ?? [];
  }

  async #call({ name, handler, lastsMs, onEvent }: Feed, QueueUrl: string, event: SQSEvent): Promise<void> {
    onEvent?.(event);
    const { batchItemFailures } = await handler(event, lambdaContext(name, lastsMs));
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const done = event.Records.filter(({ messageId }) => !failed.has(messageId));
    if (done.length === 0) return;
    const Entries = done.map(({ receiptHandle }, id) => ({ Id: String(id), ReceiptHandle: receiptHandle }));
    await this.#sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }

  /** Stops when the polls and calls under way have ended: what comes to a poll that was given up would be hidden from others. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }
}

/** The event that Lambda makes of received messages. */
export const eventOf = (queueName: string, messages: readonly Message[]): SQSEvent => ({
  Records: messages.map(
    ({ MessageId, ReceiptHandle, Body, MD5OfBody, Attributes }): SQSRecord => ({
      messageId: MessageId!,
      receiptHandle: ReceiptHandle!,
      body: Body!,
      attributes: Attributes as unknown as SQSRecord['attributes'],
      messageAttributes: {},
      md5OfBody: MD5OfBody ?? '',
      eventSource: 'aws:sqs',
      eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queueName}`,
      awsRegion: 'us-east-1',
    }),
  ),
});
