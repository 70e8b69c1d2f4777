import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { failure } from '#adapters/sqs/failures';
import type { Clock } from '#ports/clock';
import type { Message, Received } from '#ports/message';

/** The longest that SQS lets a receive wait. */
const LONGEST_POLL_S = 20;
/** Messages of one receive. */
const MOST = 10;

/** What one receive asks of one queue. */
export interface Poll {
  readonly max: number;
  readonly waitMs: number;
  readonly visibilityMs: number;
}

interface Held {
  readonly received: Received;
  /** By the clock's elapsed time: from then on others may have it, so it is not handed out any more. */
  readonly until: number;
}

/**
 * Receives of one queue. A receiver of several queues has a long poll open at each; the first that brings something answers it, and what the
 * others bring later is held here for its next receive. A poll is not broken off for that: what is on its way to a broken poll stays
 * invisible until its visibility ends.
 */
export class Polls {
  readonly #client: SQSClient;
  readonly #clock: Clock;
  readonly #queue: string;
  readonly #url: string;
  #held: Held[] = [];
  #open: Promise<void> | undefined;

  constructor(client: SQSClient, clock: Clock, queue: string, url: string) {
    this.#client = client;
    this.#clock = clock;
    this.#queue = queue;
    this.#url = url;
  }

  /** Hands out what is held, at most `max`. */
  take(max: number): Received[] {
    const now = this.#clock.elapsed();
    this.#held = this.#held.filter(({ until }) => until > now);
    return this.#held.splice(0, max).map(({ received }) => received);
  }

  /** Whether there is something to hand out. */
  get holds(): boolean {
    return this.#held.length > 0;
  }

  /** Resolves when a poll has ended, one that is open already included; what it brought is held. */
  poll(poll: Poll, signal?: AbortSignal): Promise<void> {
    // One that asks for what is there now must not wait for a long poll's end.
    if (poll.waitMs < 1000) return this.#receive(poll, signal);
    this.#open ??= this.#receive(poll, signal).finally(() => {
      this.#open = undefined;
    });
    return this.#open;
  }

  async #receive({ max, waitMs, visibilityMs }: Poll, signal?: AbortSignal): Promise<void> {
    const askedAt = this.#clock.elapsed();
    try {
      const { Messages = [] } = await this.#client.send(
        new ReceiveMessageCommand({
          QueueUrl: this.#url,
          MaxNumberOfMessages: Math.max(1, Math.min(MOST, max)),
          WaitTimeSeconds: Math.min(LONGEST_POLL_S, Math.floor(waitMs / 1000)),
          VisibilityTimeout: Math.ceil(visibilityMs / 1000),
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        }),
        signal ? { abortSignal: signal } : {},
      );
      // A long poll's messages became invisible at some time while it was open. It ends as soon as it has one, so that was just now; a
      // short one may have been under way for long.
      const from = waitMs < 1000 ? askedAt : this.#clock.elapsed();
      for (const { Body, ReceiptHandle, Attributes } of Messages) {
        const message = readBody(this.#queue, Body);
        if (!message || ReceiptHandle === undefined) continue;
        const receives = Number(Attributes?.ApproximateReceiveCount ?? 1);
        this.#held.push({ received: { message, receipt: ReceiptHandle, receives }, until: from + visibilityMs });
      }
    } catch (error) {
      if (signal?.aborted) return;
      throw failure(error, this.#queue);
    }
  }
}

/**
 * A message as text: the queue is known by where it stands. In ASCII: SQS refuses lone surrogates and some control characters, and an id may
 * hold anything.
 */
export function bodyOf({ queue: _queue, ...message }: Message): string {
  return JSON.stringify(message).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What is no message of ours is left where it is, for whoever put it there to find. */
function readBody(queue: string, body: string | undefined): Message | undefined {
  try {
    const message = JSON.parse(body ?? '') as Message;
    return typeof message.kind === 'string' ? ({ ...message, queue } as Message) : undefined;
  } catch {
    return undefined;
  }
}
