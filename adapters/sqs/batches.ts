import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { Batch } from '#adapters/sqs/batch';
import { failure } from '#adapters/sqs/failures';
import { type Clock, sleep } from '#ports/clock';
import { FlowbeatError } from '#ports/errors';

/** A message on its way. */
interface Sending {
  readonly body: string;
  readonly delaySeconds: number;
}

/** A delivery to be deleted, or to come back. */
interface Receipt {
  readonly handle: string;
  readonly seconds: number;
}

type Answer = { readonly Failed?: BatchResultErrorEntry[] | undefined };

/** Deletes and returns can wait a little for company: nobody's progress depends on them. */
const LINGER_MS = 10;
const TRIES = 5;
const FIRST_PAUSE_MS = 50;
/** A receipt whose visibility has ended, or whose message is gone: then the message comes by itself, or need not. */
const STALE = /ReceiptHandleIsInvalid|MessageNotInflight|InvalidParameterValue|InvalidIdFormat/;

/** The batched requests of one queue. */
export class QueueBatches {
  readonly sends: Batch<Sending>;
  readonly dones: Batch<Receipt>;
  readonly laters: Batch<Receipt>;
  readonly #queue: string;
  readonly #clock: Clock;

  constructor(client: SQSClient, clock: Clock, queue: string, url: string) {
    this.#queue = queue;
    this.#clock = clock;
    const QueueUrl = url;
    this.sends = new Batch(clock, 0, (all) =>
      this.#retried(all, (some) =>
        client.send(
          new SendMessageBatchCommand({
            QueueUrl,
            Entries: some.map(({ body, delaySeconds }, id) => ({
              Id: String(id),
              MessageBody: body,
              ...(delaySeconds > 0 && { DelaySeconds: delaySeconds }),
            })),
          }),
        ),
      ),
    );
    this.dones = new Batch(clock, LINGER_MS, (all) =>
      this.#retried(all, (some) =>
        client.send(
          new DeleteMessageBatchCommand({
            QueueUrl,
            Entries: some.map(({ handle }, id) => ({ Id: String(id), ReceiptHandle: handle })),
          }),
        ),
      ),
    );
    this.laters = new Batch(clock, LINGER_MS, (all) =>
      this.#retried(all, (some) =>
        client.send(
          new ChangeMessageVisibilityBatchCommand({
            QueueUrl,
            Entries: some.map(({ handle, seconds }, id) => ({
              Id: String(id),
              ReceiptHandle: handle,
              VisibilityTimeout: seconds,
            })),
          }),
        ),
      ),
    );
  }

  /** Repeats the entries that failed by no fault of theirs. */
  async #retried<T>(
    all: readonly T[],
    request: (some: readonly T[]) => Promise<Answer>,
  ): Promise<readonly (Error | undefined)[]> {
    const failures: (Error | undefined)[] = all.map(() => undefined);
    let left = all.map((entry, index) => ({ entry, index }));
    for (let tries = 1; left.length > 0; tries++) {
      const failed = await this.#failed(
        left.map(({ entry }) => entry),
        request,
      );
      const again: typeof left = [];
      for (const [position, { Code = '', Message }] of failed) {
        const one = left[position];
        if (!one || STALE.test(Code)) continue;
        const error = new FlowbeatError('retryable', 'QUEUE_BUSY', `SQS did not take a message: ${Code} ${Message}`, {
          queue: this.#queue,
        });
        failures[one.index] = error;
        if (tries < TRIES) again.push(one);
      }
      if (again.length > 0) await sleep(this.#clock, Math.random() * FIRST_PAUSE_MS * 2 ** tries);
      for (const { index } of again) failures[index] = undefined;
      left = again;
    }
    return failures;
  }

  async #failed<T>(
    some: readonly T[],
    request: (some: readonly T[]) => Promise<Answer>,
  ): Promise<Map<number, BatchResultErrorEntry>> {
    try {
      const { Failed = [] } = await request(some);
      return new Map(Failed.map((entry) => [Number(entry.Id), entry]));
    } catch (error) {
      const failed = failure(error, this.#queue);
      // Refused for now, all of it: were a return not repeated, its message would be hidden for as long as a function may take.
      if (failed.code !== 'QUEUE_BUSY') throw failed;
      const entry = { Id: undefined, SenderFault: false, Code: (error as Error).name, Message: failed.message };
      return new Map(some.map((_one, id) => [id, entry]));
    }
  }
}
