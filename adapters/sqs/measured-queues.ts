import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { failure } from '#adapters/sqs/failures';
import { QueueUrls } from '#adapters/sqs/queue-urls';
import type { Clock } from '#ports/clock';

/** CloudWatch takes a queue for active for six hours after the last request that names it, so that five of these may fail. */
const EVERY_MS = 3_600_000;

/**
 * Queues whose metrics are never to stop: SQS publishes none for a queue that nobody has asked anything for six hours, and takes up to fifteen minutes to
 * begin again, in which a service that grows by them would stay at none (Amazon SQS Developer Guide, "Monitoring Amazon SQS queues using CloudWatch").
 */
export class MeasuredQueues {
  readonly #client: SQSClient;
  readonly #urls: QueueUrls;
  readonly #queues: readonly string[];
  readonly #clock: Clock;
  #askedAt: number | undefined;

  constructor(client: SQSClient, prefix: string, queues: readonly string[], clock: Clock) {
    this.#client = client;
    this.#urls = new QueueUrls(client, { prefix });
    this.#queues = queues;
    this.#clock = clock;
  }

  /** Asks each queue for one attribute where the last time was an hour ago: 0.03 cents a queue and month. Throws a `FlowbeatError` where one did not answer; the next hour asks again. */
  async keep(): Promise<void> {
    const now = this.#clock.elapsed();
    if (this.#askedAt !== undefined && now - this.#askedAt < EVERY_MS) return;
    this.#askedAt = now;
    const asked = await Promise.allSettled(this.#queues.map((queue) => this.#ask(queue)));
    for (const one of asked) if (one.status === 'rejected') throw one.reason;
  }

  async #ask(queue: string): Promise<void> {
    const QueueUrl = await this.#urls.of(queue);
    try {
      await this.#client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    } catch (error) {
      throw failure(error, queue);
    }
  }
}
