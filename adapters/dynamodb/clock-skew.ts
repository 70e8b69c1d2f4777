/**
 * How far this process's clock is from AWS's, by the `Date` that each answer of DynamoDB has anyway. Between the sending of a request and its answer the server read its
 * clock, which the header tells in whole seconds: so an answer says between which two bounds the difference is, and several say it closer. What is told is what is
 * certain: the bound that is nearer to zero, and zero where there may be no difference. Nothing is decided by it (L12); it is for people.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '#ports/clock';

/** A header tells whole seconds. */
const RESOLUTION_MS = 1_000;
/** Clocks drift, and are set: what was learnt holds so long. */
const HOLDS_MS = 60_000;
/** Servers differ among themselves by some milliseconds. */
const NOTICED_MS = 100;

/** One answer, by the process's own clock and the server's. */
interface Answer {
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly date: number;
}

/** What the answers of the last minute say. */
export class ClockSkew {
  #low = Number.NEGATIVE_INFINITY;
  #high = Number.POSITIVE_INFINITY;
  #since: number | undefined;

  /** Takes an answer into account; `elapsed`: when it came, by a clock that only grows. Returns whether it began a new minute. */
  note({ sentAt, answeredAt, date }: Answer, elapsed: number): boolean {
    const low = sentAt - (date + RESOLUTION_MS);
    const high = answeredAt - date;
    const isFresh = this.#since === undefined || elapsed - this.#since >= HOLDS_MS;
    // Bounds that exclude each other: one of the clocks was set in between.
    if (isFresh || low > this.#high || high < this.#low) {
      this.#since = elapsed;
      [this.#low, this.#high] = [low, high];
      return isFresh;
    }
    this.#low = Math.max(this.#low, low);
    this.#high = Math.min(this.#high, high);
    return false;
  }

  /** Milliseconds by which this process's clock is ahead of AWS's for certain; behind it, where negative. Zero where it may be right. */
  get ms(): number {
    if (this.#since === undefined) return 0;
    const nearest = this.#low > 0 ? this.#low : Math.min(0, this.#high);
    return Math.abs(nearest) < NOTICED_MS ? 0 : Math.round(nearest);
  }
}

/** Has a client's answers tell of the clock. `told` is called at most once a minute, where the clock is off, with what the minute before said. */
export function watchClock(client: DynamoDBClient, clock: Clock, told?: (skewMs: number) => void): ClockSkew {
  const skew = new ClockSkew();
  client.middlewareStack.add(
    (next) => async (args) => {
      const sentAt = clock.now();
      const answer = await next(args);
      const { headers } = answer.response as { readonly headers?: Readonly<Record<string, string>> };
      const date = Date.parse(headers?.date ?? '');
      if (Number.isNaN(date)) return answer;
      const before = skew.ms;
      if (skew.note({ sentAt, answeredAt: clock.now(), date }, clock.elapsed())) {
        const now = before === 0 ? skew.ms : before;
        if (now !== 0) told?.(now);
      }
      return answer;
    },
    // Inside of what reads an answer, so that refusals tell of the clock too: of one that is far off there is nothing else.
    { step: 'deserialize', priority: 'low', name: 'flowbeatClockSkew' },
  );
  return skew;
}
