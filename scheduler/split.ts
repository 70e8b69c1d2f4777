import type { CompiledChart } from '#engine/chart/compiled';
import { branchPositions, type MapChild, mapChildPosition, mapPlan } from '#engine/decide';
import type { DecideOptions, Fact, Position } from '#engine/flow';
import type { FlowRecord, ParentLink } from '#ports/flow-record';
import { childFlow } from '#ports/ids';
import type { Write } from '#ports/write';
import type { Scheduler } from '#scheduler/context';
import { decideOptions, needsOf, queueOf } from '#scheduler/decide-options';
import { joinRows } from '#scheduler/join-tree';
import { childrenAgain } from '#scheduler/map-run/children';
import { ReadAhead } from '#scheduler/map-run/read-ahead';
import { flowMessage, send } from '#scheduler/messages';

/** How the children of a split run: how many at a time (0: no bound), and whether one that fails has ended as others have. */
export type Manner = Pick<ParentLink, 'max' | 'tolerant'>;

/** Children of a distributed Map that are put at a time. */
const TOGETHER = 100;

/** What each scheduler has read ahead. */
const readAhead = new WeakMap<Scheduler, ReadAhead>();

/** Puts a child of the split that `parent` stands at: its message first, then the flow if absent. A repeat makes the same child. */
export async function putChild(
  s: Scheduler,
  parent: FlowRecord,
  seq: number,
  index: number,
  manner: Manner,
): Promise<void> {
  const birth = await birthOf(s, parent, seq, manner);
  await s.commit(puts([await birth.child(index)]));
}

/**
 * Carries out a split: join rows (put if absent), then for each child message and put. The parent's release comes after it (DESIGN.md §4.5). Where
 * the Map bounds its concurrency only the first `max` children are put: each that ends starts the one `max` further on, a rule that needs
 * no counter and can be repeated. The children of a distributed Map are read and put some at a time, so that memory does not grow with them. Returns whether all was put.
 */
export async function carryOutSplit(
  s: Scheduler,
  parent: FlowRecord,
  manner: Manner,
  signal: AbortSignal,
): Promise<boolean> {
  const { split } = parent;
  const { branches } = parent.position;
  if (split === undefined || branches === undefined) throw new Error(`${parent.id} does not stand at a split`);
  const count = manner.max > 0 ? Math.min(manner.max, branches) : branches;
  const birth = await birthOf(s, parent, split, manner);
  let rows: Write[] = joinRows(parent.id, split, branches).map((row) => ({ kind: 'putJoin', row }) as const);
  for await (const children of birth.children(count, signal)) {
    if (!(await s.commit([...rows, ...puts(children)])).ok) return false;
    rows = [];
  }
  return true;
}

const birthOf = async (s: Scheduler, parent: FlowRecord, seq: number, manner: Manner): Promise<Birth> => {
  const chart = await s.charts.get(parent.chart, parent.version);
  return new Birth(s, chart, parent, seq, manner, await decideOptions(s, parent, chart));
};

/** Makes the children of one split. */
class Birth {
  readonly #s: Scheduler;
  readonly #chart: CompiledChart;
  readonly #parent: FlowRecord;
  readonly #seq: number;
  readonly #manner: Manner;
  readonly #options: DecideOptions;

  constructor(
    s: Scheduler,
    chart: CompiledChart,
    parent: FlowRecord,
    seq: number,
    manner: Manner,
    options: DecideOptions,
  ) {
    this.#s = s;
    this.#chart = chart;
    this.#parent = parent;
    this.#seq = seq;
    this.#manner = manner;
    this.#options = options;
  }

  async child(index: number): Promise<FlowRecord> {
    const parent = this.#parent;
    if (parent.position.map === undefined) return this.#branch(index, this.#branchPositions()(index));
    const plan = mapPlan(this.#chart, parent.position, this.#options);
    const ahead = readAhead.get(this.#s) ?? new ReadAhead(this.#s);
    readAhead.set(this.#s, ahead);
    return this.#item(index, await ahead.child(parent, this.#seq, index, plan));
  }

  /** The first children, in groups that are put together. */
  async *children(count: number, signal: AbortSignal): AsyncGenerator<readonly FlowRecord[]> {
    const { position } = this.#parent;
    if (position.map === undefined) {
      const at = this.#branchPositions();
      yield Array.from({ length: count }, (_, index) => this.#branch(index, at(index)));
      return;
    }
    const plan = mapPlan(this.#chart, position, this.#options);
    let group: FlowRecord[] = [];
    let index = 0;
    for await (const child of childrenAgain(this.#s, plan, position, { first: 0, count }, signal)) {
      group.push(this.#item(index++, child));
      if (group.length < TOGETHER) continue;
      yield group;
      group = [];
    }
    if (group.length > 0) yield group;
  }

  /** A branch of a Parallel, an item of an inline Map. */
  #branch(index: number, position: Position): FlowRecord {
    return this.#child(index, position, this.#parent.startedAt);
  }

  #branchPositions(): (index: number) => Position {
    return branchPositions(this.#chart, this.#parent.position, this.#options);
  }

  /** An item of a distributed Map, or a batch: a run by itself to those who look at it, so that its time begins here. */
  #item(index: number, child: MapChild): FlowRecord {
    const position = mapChildPosition(this.#chart, this.#parent.position, child, this.#options);
    return this.#child(index, position, this.#options.now);
  }

  #child(index: number, position: Position, startedAt: FlowRecord['startedAt']): FlowRecord {
    const parent = this.#parent;
    return {
      format: parent.format,
      id: childFlow(parent.id, this.#seq, index),
      run: parent.run,
      parent: { id: parent.id, seq: this.#seq, index, branches: parent.position.branches ?? 0, ...this.#manner },
      chart: parent.chart,
      version: parent.version,
      queue: queueOf(this.#chart, position),
      needs: needsOf(this.#chart, position),
      startedAt,
      ...(parent.deadline !== undefined && { deadline: parent.deadline }),
      nonce: parent.nonce,
      status: 'Queued',
      term: 1,
      seq: 0,
      claims: 0,
      position,
      redrives: 0,
      updated: this.#options.now,
    };
  }
}

const NO_FACTS: readonly Fact[] = [];

const puts = (children: readonly FlowRecord[]): Write[] => [
  ...children.map((flow) => send(flowMessage(flow, 1))),
  ...children.map((flow) => ({ kind: 'putFlow', flow, facts: NO_FACTS }) as const),
];
