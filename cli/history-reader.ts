import { type Client, runPath } from '#cli/client';
import type { HistoryEvent, HistoryPage } from '#http/contract/history';

const PAGE = 1000;
/** Beyond so many events of a run with several flows, the history of a run that still runs is not read again and again. */
const MOST_EVENTS = 20_000;
/** Reading may take one part in so many of the time. */
const SHARE = 5;

/** What was read: events not told before. */
export interface Read {
  readonly events: readonly HistoryEvent[];
  /** Whether there is more to read at once. */
  readonly more: boolean;
}

/**
 * Reads what is new in the history of a run that goes on.
 *
 * The numbers of one flow's events never change, so such a history is read on from where it stopped. Several flows are told side by side in
 * the order of time, and what a flow commits late stands before what others committed early: their events get new numbers, but keep
 * their order within each flow. So that history is read from its start each time, and how many events of each flow were told says which are new.
 */
export class HistoryReader {
  readonly #client: Client;
  readonly #run: string;
  readonly #signal: AbortSignal;
  /** How many events of each flow were told. */
  readonly #told = new Map<string, number>();
  #cursor: string | undefined;
  #lastId = 0;
  #severalFlows = false;
  #notBefore = 0;

  constructor(client: Client, run: string, signal: AbortSignal) {
    this.#client = client;
    this.#run = run;
    this.#signal = signal;
  }

  /** `flows`: how many the run has by now. `last`: it has ended, and this reading is the last. */
  async next(flows: number, last: boolean): Promise<Read> {
    this.#severalFlows ||= flows > 1;
    return this.#severalFlows ? this.#readAgain(last) : this.#readOn();
  }

  async #readOn(): Promise<Read> {
    const page = await this.#page(this.#cursor);
    const events = page.items.filter(({ id }) => id > this.#lastId);
    this.#cursor = page.cursor ?? this.#cursor;
    this.#lastId = events.at(-1)?.id ?? this.#lastId;
    for (const { flow } of events) this.#told.set(flow, (this.#told.get(flow) ?? 0) + 1);
    return { events, more: page.items.length >= PAGE && page.cursor !== undefined };
  }

  async #readAgain(last: boolean): Promise<Read> {
    const started = performance.now();
    if (!last && started < this.#notBefore) return { events: [], more: false };
    const events: HistoryEvent[] = [];
    const seen = new Map<string, number>();
    let total = 0;
    let cursor: string | undefined;
    do {
      const page = await this.#page(cursor);
      for (const event of page.items) if (this.#isNew(event, seen)) events.push(event);
      total += page.items.length;
      cursor = page.items.length < PAGE ? undefined : page.cursor;
    } while (cursor !== undefined && (last || total < MOST_EVENTS));
    const tooMany = total >= MOST_EVENTS;
    this.#notBefore = tooMany ? Number.POSITIVE_INFINITY : performance.now() + SHARE * (performance.now() - started);
    return { events, more: false };
  }

  #isNew({ flow }: HistoryEvent, seen: Map<string, number>): boolean {
    const place = (seen.get(flow) ?? 0) + 1;
    seen.set(flow, place);
    if (place <= (this.#told.get(flow) ?? 0)) return false;
    this.#told.set(flow, place);
    return true;
  }

  async #page(cursor: string | undefined): Promise<HistoryPage> {
    const { body } = await this.#client.call<HistoryPage>(`${runPath(this.#run)}/history`, {
      query: { limit: PAGE, cursor },
      signal: this.#signal,
    });
    return body;
  }
}
