import { afterAll, beforeAll, describe, it } from 'vitest';
import type { EpochMs } from '#engine/time';
import type { RunRows } from '#ports/archive';
import type { DirectClaims } from '#ports/direct-claim';
import type { Queue } from '#ports/message';
import type { Store } from '#ports/store';
import type { Commit } from '#ports/write';

/** An adapter under test: opened once for the whole suite, so every test makes its own ids and uses a queue of its own. */
export interface ContractSubject {
  readonly store: Store;
  readonly queue: Queue;
  readonly commit: Commit;
  /** Where an archive can stand beside the adapter. */
  readonly runRows?: RunRows;
  /** Where the adapter offers it. */
  readonly directClaims?: DirectClaims;
  /** True where a refused commit leaves nothing behind; else the writes before the refused one stay. */
  readonly atomic: boolean;
  /** The adapter's wall clock. */
  now(): EpochMs;
  /** Lets at least `ms` pass: turns the adapter's clock where it takes one, else really waits. The suite asks for multiples of 1,000. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens the adapter with `queues` ready to take messages (SQS wants them made). */
export type ContractFactory = (queues: readonly string[]) => Promise<ContractSubject>;

/** Tests that an adapter does not run, by title, each with its reason. An unknown title fails the suite. */
export type ContractSkips = Readonly<Record<string, string>>;

/** What a part of the suite gets: the subject (from the first test on), and `it` that knows the skips. */
export interface Suite {
  readonly subject: ContractSubject;
  test(title: string, body: () => Promise<void>): void;
  /** A new name, never used before in this suite: for charts, runs, workers, settings. */
  fresh(prefix?: string): string;
  /** A queue that no other test uses. */
  freshQueue(): string;
}

const QUEUE_COUNT = 32;

/** The queues that the suite uses. */
const QUEUES: readonly string[] = ['default', ...Array.from({ length: QUEUE_COUNT }, (_, i) => `contract-${i}`)];

/** Runs `parts` against what `factory` opens. */
export function suite(
  name: string,
  factory: ContractFactory,
  skips: ContractSkips,
  parts: Record<string, (s: Suite) => void>,
) {
  describe(`contract: ${name}`, () => {
    let opened: ContractSubject | undefined;
    let serial = 0;
    let queues = 0;
    const titles = new Set<string>();
    // Emulators keep their data between runs of the suite: a stamp keeps the ids of two runs apart.
    const stamp = Math.trunc(performance.timeOrigin).toString(36).slice(-5);
    const shared: Suite = {
      get subject() {
        if (!opened) throw new Error('the adapter is open only while tests run');
        return opened;
      },
      test(title, body) {
        if (titles.has(title)) throw new Error(`two tests are called "${title}"`);
        titles.add(title);
        const reason = skips[title];
        if (reason === undefined) it(title, body);
        else it.skip(`${title} (skipped: ${reason})`, body);
      },
      fresh: (prefix = 'x') => `${prefix}-${stamp}-${++serial}`,
      freshQueue() {
        const queue = QUEUES[++queues];
        if (queue === undefined)
          throw new Error(`more than ${QUEUE_COUNT} tests use a queue of their own: raise QUEUE_COUNT`);
        return queue;
      },
    };

    beforeAll(async () => {
      opened = await factory(QUEUES);
    });
    afterAll(async () => {
      await opened?.close();
    });

    for (const [part, register] of Object.entries(parts)) describe(part, () => register(shared));

    const unknown = Object.keys(skips).filter((title) => !titles.has(title));
    if (unknown.length > 0) throw new Error(`skips that name no test: ${unknown.join('; ')}`);
  });
}
