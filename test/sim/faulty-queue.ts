import type { Queue, ReceiveOptions } from '#ports/message';
import type { Count } from '#test/sim/sim-process';
import type { Random } from '#test/support/random';

/** How likely a message meets each fate. */
export interface QueueFaults {
  readonly doubled: number;
  readonly early: number;
  readonly late: number;
  /** Delivered to somebody who never gets it: it comes back when its visibility ends. */
  readonly lostInDelivery: number;
  /** Gone for good: only the census finds what it would have woken. */
  readonly lostForGood: number;
}

export const FAIR_QUEUE: QueueFaults = { doubled: 0, early: 0, late: 0, lostInDelivery: 0, lostForGood: 0 };

/** An at-least-once queue at its worst: doubles, delivers early and late, loses deliveries; one that does not sort gives a worker what it has no handler for. */
export function faultyQueue(
  random: Random,
  queue: Queue,
  faults: () => QueueFaults,
  count: Count,
  sorts: boolean,
): Queue {
  const happens = (fault: keyof QueueFaults) => {
    if (!random.chance(faults()[fault])) return false;
    count[fault] = (count[fault] ?? 0) + 1;
    return true;
  };
  return {
    maxDelayMs: queue.maxDelayMs,
    async send(messages) {
      const sent = [];
      for (const { message, delayMs } of messages) {
        if (happens('lostForGood')) continue;
        let delay = delayMs + random.between(0, 5);
        if (delayMs > 0 && happens('early')) delay = random.between(0, delayMs);
        if (happens('late')) delay += random.between(100, 4_000);
        sent.push({ message, delayMs: delay });
        if (happens('doubled'))
          sent.push({ message, delayMs: delay + random.between(0, random.pick([300, 1_500, 6_000])) });
      }
      await queue.send(sent);
    },
    async receive(options) {
      // A queue that does not sort sorts by chance, so that the same worker is not always the first to be asked.
      const sorted = sorts || random.chance(0.5);
      const received = await queue.receive(sorted ? options : unsorted(options));
      // Delivered, and never to come back: the witness of what its receiver does with it is gone.
      for (const it of received) if (happens('lostForGood')) await queue.done(it);
      return received.filter(() => !happens('lostInDelivery'));
    },
    done: (received) => queue.done(received),
    later: (received, delayMs) => queue.later(received, delayMs),
  };
}

/** The options without what the receiver can run; how many it wants it is still asked at the moment that there are some. */
const unsorted = (options: ReceiveOptions): ReceiveOptions => ({
  queues: options.queues,
  get max() {
    return options.max;
  },
  waitMs: options.waitMs,
  visibilityMs: options.visibilityMs,
  ...(options.signal && { signal: options.signal }),
});
