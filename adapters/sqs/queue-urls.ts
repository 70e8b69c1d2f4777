import { CreateQueueCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { failure, isMissingQueue, queueUnknown } from '#adapters/sqs/failures';
import { RETENTION_SECONDS, sqsName, VISIBILITY_SECONDS } from '#adapters/sqs/queue-name';

export { sqsName } from '#adapters/sqs/queue-name';

/** How queues are found. */
export interface QueueNames {
  /** URLs by the name of the queue: nothing is asked for them. */
  readonly urls?: Readonly<Record<string, string>>;
  /** The queue `gpu` is the SQS queue `<prefix>gpu`. Queues that `urls` does not name are looked up so. */
  readonly prefix?: string;
  /** Makes a queue that is missing: for tests and first steps; an installation deploys its queues. */
  readonly create?: boolean;
}

/**
 * Attributes of a queue that is made where it is missing. No redrive policy: a witness comes back often, and poison is counted in the flow;
 * an installation's queues have one, for messages that nobody can read.
 */
export const QUEUE_ATTRIBUTES = {
  MessageRetentionPeriod: String(RETENTION_SECONDS),
  VisibilityTimeout: String(VISIBILITY_SECONDS),
} as const;

/** Finds the URL of each queue once. */
export class QueueUrls {
  readonly #client: SQSClient;
  readonly #names: QueueNames;
  readonly #found = new Map<string, Promise<string>>();

  constructor(client: SQSClient, names: QueueNames) {
    this.#client = client;
    this.#names = names;
  }

  of(queue: string): Promise<string> {
    const given = this.#names.urls?.[queue];
    if (given !== undefined) return Promise.resolve(given);
    const found = this.#found.get(queue) ?? this.#look(queue);
    this.#found.set(queue, found);
    // A failure is not kept: the queue may be there the next time.
    found.catch(() => this.#found.delete(queue));
    return found;
  }

  async #look(queue: string): Promise<string> {
    const { prefix, create } = this.#names;
    if (prefix === undefined) throw queueUnknown(queue);
    const QueueName = sqsName(prefix, queue);
    try {
      const { QueueUrl } = await this.#client.send(new GetQueueUrlCommand({ QueueName }));
      if (QueueUrl !== undefined) return QueueUrl;
    } catch (error) {
      if (!isMissingQueue(error) || !create) throw failure(error, queue);
    }
    const { QueueUrl } = await this.#client.send(new CreateQueueCommand({ QueueName, Attributes: QUEUE_ATTRIBUTES }));
    if (QueueUrl === undefined) throw queueUnknown(queue);
    return QueueUrl;
  }
}
