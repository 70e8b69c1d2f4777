/**
 * A run's history from the facts of its flows.
 *
 * The flows are told side by side in the order of time. A child begins after the event that split its parent, and a parent's join is told
 * after the last event of its children, whatever the clocks of those who wrote them said. What is kept in memory is one position and
 * one fact a flow that is under way, and the outputs of children whose join is to come: constant for one long flow.
 */
import type { CompiledChart, CompiledState } from '#engine/chart/compiled';
import { branchPosition, redrivePosition, startPosition } from '#engine/decide';
import type { DecideOptions, Fact, FlowOutcome, RunContext } from '#engine/flow';
import type { HistoryEvent, LooseEvent } from '#engine/history/event';
import { FlowReplay } from '#engine/history/replay';
import { TimeHeap } from '#engine/history/time-heap';
import type { Json, JsonObject } from '#engine/json';
import { type EpochMs, epoch } from '#engine/time';

/** The facts of one flow, oldest first, and where it hangs. */
export interface FlowFacts {
  readonly id: string;
  /**
   * The flow that split, and which child this is. `split` is any number that is greater for a later split of that flow (the number of its
   * commit there). Absent: a root. Where a run was redriven there are several roots: in the order given, each goes on from the one before.
   */
  readonly parent?: { readonly flow: string; readonly split: number; readonly index: number };
  readonly facts: Iterable<Fact> | AsyncIterable<Fact>;
}

/** A flow under way. */
interface Told {
  readonly replay: FlowReplay;
  readonly facts: AsyncIterator<Fact> | Iterator<Fact>;
  readonly parent: Told | undefined;
  readonly index: number;
  /** Groups of children yet to come, one a split, in order. */
  readonly groups: FlowFacts[][];
  /** The present split's children by index. */
  under: Map<number, Told>;
  /** How those of them ended that have. */
  children: Map<number, FlowOutcome | undefined>;
  /** Children of the present split that have more facts to come. */
  open: number;
  next: Fact | undefined;
  /** The state that its parent split at. */
  readonly state: CompiledState | undefined;
  /** Its next fact has come, but waits for a child. */
  parked: boolean;
  /** Whether its first event was told. */
  begun: boolean;
  /** Number of its last event. */
  last: number;
}

/** What `toEvents` needs of the run. `run.input` may be null: the first fact of the root carries the input. */
export interface HistoryRun {
  readonly context: RunContext;
  /** The tokens of callback Tasks, where they are to be shown; otherwise a word in their place. */
  readonly token?: DecideOptions['token'];
}

const hiddenToken = (): string => '(token)';

/** The events of a run, numbered from 1, as a lazy stream. `flows`: all of its flows, in any order but for the roots'. */
export async function* toEvents(
  chart: CompiledChart,
  run: HistoryRun,
  flows: readonly FlowFacts[],
): AsyncGenerator<HistoryEvent, void, undefined> {
  yield* new Telling(chart, run, flows).tell();
}

class Telling {
  private readonly chart: CompiledChart;
  private readonly token: DecideOptions['token'];
  private context: RunContext;
  private readonly roots: FlowFacts[];
  private readonly byParent = new Map<string, FlowFacts[]>();
  private readonly ready = new TimeHeap<Told>();
  private count = 0;

  constructor(chart: CompiledChart, run: HistoryRun, flows: readonly FlowFacts[]) {
    this.chart = chart;
    this.context = run.context;
    this.token = run.token ?? hiddenToken;
    this.roots = flows.filter((flow) => flow.parent === undefined);
    for (const flow of flows) {
      if (flow.parent === undefined) continue;
      const known = this.byParent.get(flow.parent.flow);
      if (known === undefined) this.byParent.set(flow.parent.flow, [flow]);
      else known.push(flow);
    }
  }

  async *tell(): AsyncGenerator<HistoryEvent, void, undefined> {
    let before: Told | undefined;
    for (const root of this.roots) {
      const facts = iterate(root.facts);
      const first = await pull(facts);
      if (first === undefined) continue;
      const told = this.begin(root, facts, first, before);
      if (before === undefined) yield this.number(told, startEvent(this.context), 0);
      else told.last = before.last;
      yield* this.flows();
      if (told.replay.outcome !== undefined) yield this.number(told, endEvent(told, told.replay.outcome), told.last);
      before = told;
    }
  }

  private begin(root: FlowFacts, facts: Told['facts'], first: Fact, before: Told | undefined): Told {
    const [kind, at, input] = first;
    if (kind === 'started' && before === undefined) this.context = { ...this.context, input: input ?? null };
    const position =
      before?.replay.position.phase === 'end'
        ? redrivePosition(before.replay.position, at)
        : startPosition(this.chart, this.context.input, at);
    const told = this.track(root, facts, position, undefined, 0);
    told.next = first;
    this.ready.push(at, told);
    return told;
  }

  private track(
    flow: FlowFacts,
    facts: Told['facts'],
    position: FlowReplay['position'],
    parent: Told | undefined,
    index: number,
  ): Told {
    const groups = new Map<number, FlowFacts[]>();
    for (const child of this.byParent.get(flow.id) ?? []) {
      const split = child.parent?.split ?? 0;
      const group = groups.get(split);
      if (group === undefined) groups.set(split, [child]);
      else group.push(child);
    }
    return {
      replay: new FlowReplay(this.chart, flow.id, position, this.context, this.token),
      facts,
      parent,
      index,
      groups: [...groups].sort(([a], [b]) => a - b).map(([, group]) => group),
      under: new Map(),
      children: new Map(),
      open: 0,
      next: undefined,
      state: parent === undefined ? undefined : this.chart.states.get(parent.replay.position.at),
      parked: false,
      begun: false,
      last: parent?.last ?? 0,
    };
  }

  /** Tells the root that is ready, with all flows below it. */
  private async *flows(): AsyncGenerator<HistoryEvent, void, undefined> {
    for (let told = this.ready.pop(); told !== undefined; told = this.ready.pop()) {
      const fact = told.next as Fact;
      told.parked = this.mustWait(told, fact);
      if (told.parked) continue;
      if (!told.begun) yield* this.iteration(told, 'Started', fact[1]);
      told.begun = true;
      told.replay.take(fact, fact[0] === 'join' ? outputsOf(told) : []);
      for (const event of told.replay.events) yield this.number(told, event, told.last);
      if (told.replay.hasSplit) await this.descend(told, fact[1]);
      told.next = await pull(told.facts);
      if (told.next !== undefined) this.ready.push(told.next[1], told);
      else yield* this.ascend(told);
    }
  }

  /** A join waits for every child, a branch's failure for the child that failed. */
  private mustWait(told: Told, fact: Fact): boolean {
    if (fact[0] === 'join') return told.open > 0;
    if (fact[0] !== 'branch') return false;
    const index = Number(fact[2]);
    return told.under.has(index) && !told.children.has(index);
  }

  /** The children of a split begin. */
  private async descend(told: Told, at: EpochMs): Promise<void> {
    told.under = new Map();
    told.children = new Map();
    told.open = 0;
    for (const flow of told.groups.shift() ?? []) {
      const index = flow.parent?.index ?? 0;
      const facts = iterate(flow.facts);
      const first = await pull(facts);
      if (first === undefined) continue;
      const position = branchPosition(this.chart, told.replay.position, index, told.replay.at(first[1]));
      const child = this.track(flow, facts, position, told, index);
      child.next = first;
      told.under.set(index, child);
      told.open++;
      // Never before the split, whatever its worker's clock says.
      this.ready.push(epoch(Math.max(first[1], at)), child);
    }
  }

  /** A flow has no more facts. A child's end may be what its parent waits for. */
  private *ascend(told: Told): Generator<HistoryEvent, void, undefined> {
    const { parent, replay } = told;
    if (parent === undefined) return;
    const { outcome } = replay;
    if (outcome !== undefined) {
      const suffix = outcome.status === 'Succeeded' ? 'Succeeded' : outcome.status === 'Failed' ? 'Failed' : 'Aborted';
      yield* this.iteration(told, suffix, replay.now);
      // A Task that ends its branch or iteration by its failure is told as aborted too (recorded behaviour).
      if (outcome.status === 'Failed' && this.chart.states.get(replay.position.at)?.type === 'Task')
        yield this.number(told, { timestamp: replay.now, type: 'TaskStateAborted' }, told.last);
    }
    // A parent that has gone on to another split has no use for a late child.
    if (parent.under.get(told.index) !== told) return;
    parent.children.set(told.index, outcome);
    parent.open--;
    parent.last = told.last;
    if (parent.parked && parent.next !== undefined && !this.mustWait(parent, parent.next)) {
      parent.parked = false;
      this.ready.push(parent.next[1], parent);
    }
  }

  /** A Map has events for each of its items; a Parallel has none for its branches. */
  private *iteration(told: Told, suffix: string, at: EpochMs): Generator<HistoryEvent, void, undefined> {
    const { state } = told;
    if (state?.type === 'Map') yield this.number(told, iterationEvent(suffix, at, state.name, told.index), told.last);
  }

  private number(told: Told, event: LooseEvent, previous: number): HistoryEvent {
    const id = ++this.count;
    told.last = id;
    const head = { id, previousEventId: previous, timestamp: event.timestamp, type: event.type, flow: told.replay.id };
    return event.details === undefined ? head : { ...head, [event.details[0]]: event.details[1] };
  }
}

const iterate = (facts: FlowFacts['facts']): Told['facts'] =>
  Symbol.asyncIterator in facts ? facts[Symbol.asyncIterator]() : facts[Symbol.iterator]();

const pull = async (facts: Told['facts']): Promise<Fact | undefined> => {
  const { done, value } = await facts.next();
  return done === true ? undefined : value;
};

const outputsOf = (told: Told): readonly Json[] =>
  Array.from({ length: told.replay.position.branches ?? 0 }, (_, index) => {
    const outcome = told.children.get(index);
    return outcome?.status === 'Succeeded' ? outcome.output : null;
  });

const startEvent = (context: RunContext): LooseEvent => ({
  timestamp: context.startedAt,
  type: 'ExecutionStarted',
  details: ['executionStartedEventDetails', { input: JSON.stringify(context.input) }],
});

const iterationEvent = (suffix: string, timestamp: EpochMs, name: string, index: number): LooseEvent => ({
  timestamp,
  type: `MapIteration${suffix}`,
  details: [`mapIteration${suffix}EventDetails`, { name, index }],
});

const endTypes = { Succeeded: 'Succeeded', Failed: 'Failed', TimedOut: 'TimedOut', Cancelled: 'Aborted' } as const;

const endEvent = (told: Told, outcome: FlowOutcome): LooseEvent => {
  const suffix = endTypes[outcome.status];
  const details: JsonObject =
    outcome.status === 'Succeeded'
      ? { output: JSON.stringify(outcome.output) }
      : {
          ...(outcome.error === undefined ? null : { error: outcome.error }),
          ...(outcome.cause === undefined ? null : { cause: outcome.cause }),
        };
  return {
    timestamp: told.replay.now,
    type: `Execution${suffix}`,
    details: [`execution${suffix}EventDetails`, details],
  };
};
