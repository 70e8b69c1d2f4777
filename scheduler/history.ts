import { type CompiledChart, inMapRun } from '#engine/chart/compiled';
import type { Fact } from '#engine/flow';
import type { HistoryEvent as Told } from '#engine/history/event';
import { type FlowFacts, toEvents } from '#engine/history/to-events';
import { cursorInvalid } from '#ports/errors';
import { type FlowRecord, formatNewer, isReadable, isTerminal } from '#ports/flow-record';
import type { RunId } from '#ports/ids';
import type { FactChunk } from '#ports/store';
import { type RunSource, withRun } from '#scheduler/archive/run-source';
import type { Scheduler } from '#scheduler/context';
import { nameOf } from '#scheduler/decide-options';
import type { HistoryEvent, HistoryPage } from '#scheduler/operations';
import { firstRoot } from '#scheduler/views';

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
    const first = await firstRoot(this.#s, run);
    return withRun(this.#s, first, (source) => this.#pageFrom(source, first, after, limit));
  }

  async #pageFrom(source: RunSource, first: FlowRecord, after: number, limit: number): Promise<HistoryPage> {
    const { run } = first;
    const chart = await this.#s.charts.get(first.chart, first.version);
    const flows: FlowRecord[] = [];
    for await (const flow of source.flows()) if (!hasOwnHistory(chart, flow)) flows.push(flow);
    const unread = flows.find((flow) => !isReadable(flow));
    if (unread) throw formatNewer('rejected', unread);
    const stamp = stampOf(flows, source);
    const telling = this.#readOn(run, after, stamp) ?? (await this.#begin(chart, first, flows, source, stamp));
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
  #readOn(run: RunId, after: number, stamp: string): Telling | undefined {
    const kept = this.#tellings.get(run);
    if (!kept || kept.last !== after || kept.stamp !== stamp) return undefined;
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

  async #begin(
    chart: CompiledChart,
    first: FlowRecord,
    flows: readonly FlowRecord[],
    source: RunSource,
    stamp: string,
  ): Promise<Telling> {
    const { run, version, startedAt } = first;
    const context = { run, name: nameOf(first), chart: first.chart, version, startedAt, input: null };
    const events = toEvents(
      chart,
      { context },
      flows.map((flow) => factsOf(source, flow)),
    );
    return { events, stamp, last: 0 };
  }
}

function factsOf(source: RunSource, { id, parent }: FlowRecord): FlowFacts {
  const facts = factsIn(source.facts(id));
  return parent ? { id, parent: { flow: parent.id, split: parent.seq, index: parent.index }, facts } : { id, facts };
}

async function* factsIn(chunks: AsyncIterable<FactChunk>): AsyncGenerator<Fact> {
  for await (const { facts } of chunks) yield* facts;
}

/** Whether a flow is below a distributed Map: there may be a million of them, and they are no part of the run's history (AWS: "Distributed Map"). */
function hasOwnHistory(chart: CompiledChart, { parent, position }: FlowRecord): boolean {
  const state = parent && chart.states.get(position.at);
  return state !== undefined && inMapRun(state);
}

/** Of one flow what is added stands after what was told; of several it may stand between. A run that was moved is told anew from where it is now. */
function stampOf(flows: readonly FlowRecord[], { place }: RunSource): string {
  if (flows.length === 1) return place;
  return [place, ...flows.map(({ id, seq, status }) => `${id} ${seq} ${status}`)].join('\n');
}
