import type { Fact } from '#engine/flow';
import type { HistoryEvent as Told } from '#engine/history/event';
import { type FlowFacts, toEvents } from '#engine/history/to-events';
import { cursorInvalid, rejected } from '#ports/errors';
import { type FlowRecord, formatNewer, isReadable, isTerminal } from '#ports/flow-record';
import type { FlowId, RunId } from '#ports/ids';
import type { Scheduler } from '#scheduler/context';
import { nameOf } from '#scheduler/decide-options';
import type { HistoryEvent, HistoryPage } from '#scheduler/operations';
import { flowsOf } from '#scheduler/views';

/** Commits whose facts are read at a time. */
const CHUNKS = 200;

/** Tellings that were read in part and may be read on. */
const KEPT = 8;

/** A telling that has been read up to `last`. `stamp`: what the run's flows were when it began. */
interface Telling {
  readonly events: AsyncIterator<Told>;
  readonly stamp: string;
  last: number;
}

/**
 * The histories of runs, made from facts on read. A telling begins at the first fact, so the next page of one is read on from where the last page
 * left it: a history of a million events would otherwise be told a thousand times. `cursor` is the number of the last event read.
 */
export class Histories {
  readonly #s: Scheduler;
  readonly #tellings = new Map<RunId, Telling>();

  constructor(s: Scheduler) {
    this.#s = s;
  }

  async page(run: RunId, cursor: string | undefined, limit: number): Promise<HistoryPage> {
    const after = Number(cursor ?? 0);
    if (!Number.isSafeInteger(after) || after < 0) {
      throw cursorInvalid('a history', String(cursor));
    }
    const flows: FlowRecord[] = [];
    for await (const flow of flowsOf(this.#s, run)) flows.push(flow);
    const [first] = flows;
    if (!first) throw rejected('RUN_NOT_FOUND', `There is no run ${run}.`, { run });
    const unread = flows.find((flow) => !isReadable(flow));
    if (unread) throw formatNewer('rejected', unread);
    const telling = this.#readOn(run, after, flows) ?? (await this.#begin(first, flows));
    const events: HistoryEvent[] = [];
    let more = true;
    while (events.length < limit) {
      const { done, value } = await telling.events.next();
      if (done) {
        more = false;
        break;
      }
      telling.last = value.id;
      if (value.id > after) events.push(value as unknown as HistoryEvent);
    }
    if (more) this.#keep(run, telling);
    const open = more || flows.some(({ status }) => !isTerminal(status));
    return { events, ...(open && { cursor: String(telling.last > after ? telling.last : after) }) };
  }

  /** The telling that stopped at `after`, if nothing has been added to the run since: what is added may stand before what was not told yet. */
  #readOn(run: RunId, after: number, flows: readonly FlowRecord[]): Telling | undefined {
    const kept = this.#tellings.get(run);
    if (!kept || kept.last !== after || kept.stamp !== stampOf(flows)) return undefined;
    this.#tellings.delete(run);
    return kept;
  }

  #keep(run: RunId, telling: Telling): void {
    this.#tellings.delete(run);
    this.#tellings.set(run, telling);
    for (const oldest of this.#tellings.keys()) {
      if (this.#tellings.size <= KEPT) return;
      this.#tellings.delete(oldest);
    }
  }

  async #begin(first: FlowRecord, flows: readonly FlowRecord[]): Promise<Telling> {
    const chart = await this.#s.charts.get(first.chart, first.version);
    const { run, version, startedAt } = first;
    const context = { run, name: nameOf(first), chart: first.chart, version, startedAt, input: null };
    const events = toEvents(
      chart,
      { context },
      flows.map((flow) => this.#factsOf(flow)),
    );
    return { events, stamp: stampOf(flows), last: 0 };
  }

  #factsOf({ id, parent }: FlowRecord): FlowFacts {
    const facts = this.#read(id);
    return parent ? { id, parent: { flow: parent.id, split: parent.seq, index: parent.index }, facts } : { id, facts };
  }

  async *#read(flow: FlowId): AsyncGenerator<Fact> {
    for (let after = -1; ; ) {
      const chunks = await this.#s.store.readFacts(flow, after, CHUNKS);
      for (const chunk of chunks) yield* chunk.facts;
      if (chunks.length < CHUNKS) return;
      after = chunks.at(-1)!.seq;
    }
  }
}

/** Of one flow what is added stands after what was told; of several it may stand between. */
function stampOf(flows: readonly FlowRecord[]): string {
  if (flows.length === 1) return '1';
  return flows.map(({ id, seq, status }) => `${id} ${seq} ${status}`).join('\n');
}
