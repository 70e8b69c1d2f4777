import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { failure } from '#adapters/sqs/failures';
import type { Clock } from '#ports/clock';
import type { Message, Received } from '#ports/message';

/** The longest that SQS lets a receive wait. */
const LONGEST_POLL_S = 20;
/** Messages of one receive. */
const MOST = 10;
/** How long an answer may take beyond the time that the receive waits. */
const ANSWER_MS = 5_000;

/** What one receive asks of one queue. */
export interface Poll {
  readonly max: number;
  readonly waitMs: number;
  readonly visibilityMs: number;
  readonly needs?: ReadonlySet<string> | undefined;
}

/** A message held here that nobody of this process asked for in this time, or kept back and so long after it was due, is given to whoever else pulls. */
const UNWANTED_MS = 1_000;

/** Times by the clock's elapsed time. */
interface Held {
  readonly received: Received;
  /** Not handed out earlier. */
  readonly from: number;
  /** From then on others may have it, so it is not handed out any more. */
  readonly until: number;
  /** Whether it was kept back once already. */
  readonly again: boolean;
}

/**
 * Receives of one queue. A receiver of several queues has a long poll open at each; the first that brings something answers it, and what the
 * others bring later is held here for its next receive, and given back where that does not come soon: its places may be taken for hours. A poll is not
 * broken off for that: what is on its way to a broken poll stays invisible until its visibility ends.
 */
export class Polls {
  readonly #client: SQSClient;
  readonly #clock: Clock;
  readonly #queue: string;
  readonly #url: string;
  readonly #giveBack: (received: Received) => void;
  readonly #waiters = new Set<() => void>();
  /** What was handed out, as long as its receiver has it. */
  readonly #handed = new WeakMap<Received, Held>();
  #needs: ReadonlySet<string> | undefined;
  #held: Held[] = [];
  #open: Promise<void> | undefined;

  /** `giveBack` is called, without a caller who waits, with what nobody here asks for soon. */
  constructor(client: SQSClient, clock: Clock, queue: string, url: string, giveBack: (received: Received) => void) {
    this.#client = client;
    this.#clock = clock;
    this.#queue = queue;
    this.#url = url;
    this.#giveBack = giveBack;
  }

  /** Hands out what is held, at most `max`. */
  take(max: number): Received[] {
    const now = this.#clock.elapsed();
    const taken: Held[] = [];
    this.#held = this.#held.filter((one) => {
      if (one.until <= now) return false;
      if (one.from > now || taken.length >= max) return true;
      taken.push(one);
      return false;
    });
    for (const one of taken) this.#handed.set(one.received, one);
    return taken.map(({ received }) => received);
  }

  /** Whether there is something to hand out. */
  get holds(): boolean {
    const now = this.#clock.elapsed();
    return this.#held.some(({ from, until }) => from <= now && until > now);
  }

  /** Calls `then` when something kept back is due; returns what calls it off. */
  whenDue(then: () => void): () => void {
    this.#waiters.add(then);
    return () => this.#waiters.delete(then);
  }

  /**
   * Lets a delivery come back within a second by keeping it here, where it is invisible to others anyway: SQS counts seconds, and asks for two
   * requests. Most often it is a message that was faster than the write it was sent before. Once a delivery, and only where this receiver can
   * run it; false: it is SQS's to bring it back.
   */
  keepBack(received: Received, delayMs: number): boolean {
    const handed = this.#handed.get(received);
    const { message } = received;
    const now = this.#clock.elapsed();
    if (!handed || handed.again || delayMs <= 0 || delayMs >= 1000) return false;
    if (now + delayMs + UNWANTED_MS >= handed.until) return false;
    if (message.kind === 'flow' && message.needs !== '' && this.#needs && !this.#needs.has(message.needs)) return false;
    const next = { ...received, receives: received.receives + 1 };
    const kept: Held = { received: next, from: now + delayMs, until: handed.until, again: true };
    this.#held.push(kept);
    this.#clock.after(delayMs, () => {
      for (const wake of [...this.#waiters]) wake();
    });
    this.#returnUnwanted([kept], delayMs + UNWANTED_MS);
    return true;
  }

  #returnUnwanted(held: readonly Held[], afterMs: number): void {
    this.#clock.after(afterMs, () => {
      const unwanted = held.filter((one) => this.#held.includes(one));
      this.#held = this.#held.filter((one) => !unwanted.includes(one));
      for (const { received } of unwanted) this.#giveBack(received);
    });
  }

  /** Resolves when a poll has ended, one that is open already included; what it brought is held. */
  poll(poll: Poll, signal?: AbortSignal): Promise<void> {
    this.#needs = poll.needs;
    // One that asks for what is there now must not wait for a long poll's end.
    if (poll.waitMs < 1000) return this.#receive(poll, signal);
    this.#open ??= this.#receive(poll, signal).finally(() => {
      this.#open = undefined;
    });
    return this.#open;
  }

  async #receive({ max, waitMs, visibilityMs }: Poll, signal?: AbortSignal): Promise<void> {
    const askedAt = this.#clock.elapsed();
    const waitS = Math.min(LONGEST_POLL_S, Math.floor(waitMs / 1000));
    try {
      const { Messages = [] } = await this.#client.send(
        new ReceiveMessageCommand({
          QueueUrl: this.#url,
          MaxNumberOfMessages: Math.max(1, Math.min(MOST, max)),
          WaitTimeSeconds: waitS,
          VisibilityTimeout: Math.ceil(visibilityMs / 1000),
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        }),
        { requestTimeout: waitS * 1000 + ANSWER_MS, ...(signal && { abortSignal: signal }) },
      );
      // A long poll's messages became invisible at some time while it was open. It ends as soon as it has one, so that was just now; a
      // short one may have been under way for long.
      const from = waitMs < 1000 ? askedAt : this.#clock.elapsed();
      const brought: Held[] = [];
      for (const { Body, ReceiptHandle, Attributes } of Messages) {
        const message = readBody(this.#queue, Body);
        if (!message || ReceiptHandle === undefined) continue;
        const receives = Number(Attributes?.ApproximateReceiveCount ?? 1);
        const received = { message, receipt: ReceiptHandle, receives };
        brought.push({ received, from: 0, until: from + visibilityMs, again: false });
      }
      this.#held.push(...brought);
      if (brought.length > 0) this.#returnUnwanted(brought, UNWANTED_MS);
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
export function readBody(queue: string, body: string | undefined): Message | undefined {
  try {
    const message = JSON.parse(body ?? '') as Message;
    return typeof message.kind === 'string' ? ({ ...message, queue } as Message) : undefined;
  } catch {
    return undefined;
  }
}
