/**
 * Runs a chart to its end with `decide` alone: one flow after another, on a virtual clock, with recorded results in the place of actions.
 */
import { type CompiledChart, inMapRun } from '#engine/chart/compiled';
import { advance, branchPosition, mapChildPosition, mapPlan, startPosition } from '#engine/decide';
import type { DecideOptions, Decision, Fact, FlowEvent, FlowOutcome, Position, RoundEnd } from '#engine/flow';
import type { HistoryEvent } from '#engine/history/event';
import { type FlowFacts, toEvents } from '#engine/history/to-events';
import type { Json } from '#engine/json';
import { StatesError } from '#engine/states-error';
import { type EpochMs, epoch } from '#engine/time';
import type { ItemStore } from '#ports/item-store';
import { childrenAgain } from '#scheduler/map-run/children';
import { roundOf } from '#scheduler/map-run/read-round';

/** What a Task's action answers. */
export type Answer = (state: string, input: Json, attempt: number) => FlowEvent;

/** A run's end, and the states that were entered on the way. */
export interface Ran {
  readonly outcome: FlowOutcome;
  readonly entered: readonly string[];
}

const startTime = epoch(Date.parse('2026-01-01T00:00:00Z'));

/** A world of one run. */
export class Driver {
  readonly chart: CompiledChart;
  readonly answer: Answer;
  readonly input: Json;
  /** What a distributed Map reads; the objects that the case's buckets held. */
  readonly items?: ItemStore;
  readonly entered: string[] = [];
  /** What was to be kept of each flow. */
  readonly facts = new Map<string, { readonly parent?: FlowFacts['parent']; readonly facts: Fact[] }>();
  /** Of the distributed Map that a flow stands at. */
  private readonly results = new Map<string, Json[]>();
  private splits = 0;
  private now: EpochMs = startTime;

  constructor(chart: CompiledChart, input: Json, answer: Answer, items?: ItemStore) {
    this.chart = chart;
    this.input = input;
    this.answer = answer;
    if (items) this.items = items;
  }

  /** The history of the run, made from its facts alone. */
  async history(): Promise<readonly HistoryEvent[]> {
    const events: HistoryEvent[] = [];
    const flows: FlowFacts[] = [...this.facts].map(([id, { parent, facts }]) => ({
      id,
      facts,
      ...(parent ? { parent } : null),
    }));
    const { run, token } = this.options('root');
    for await (const event of toEvents(this.chart, { context: { ...run, input: null }, token }, flows))
      events.push(event);
    return events;
  }

  async run(): Promise<Ran> {
    this.facts.set('root', { facts: [['started', this.now, this.input]] });
    const outcome = await this.flow(startPosition(this.chart, this.input, this.now), 'root');
    return { outcome, entered: this.entered };
  }

  private options(seed: string): DecideOptions {
    const { chart, input } = this;
    return {
      now: this.now,
      seed,
      run: {
        run: 'run-1',
        name: 'run-1',
        chart: chart.name,
        version: chart.version,
        startedAt: startTime,
        input: chart.needsRunInput ? input : null,
      },
      token: (step, attempt) => `token-${seed}-${step}-${attempt}`,
    };
  }

  private decide(position: Position, event: FlowEvent, seed: string): Decision {
    // Every decision has a time of its own, so that histories can be merged by time.
    this.now = epoch(this.now + 1);
    const decision = decideTraced(this.chart, position, event, this.options(seed), this.entered);
    this.facts.get(seed)?.facts.push(...decision.facts);
    return decision;
  }

  private flow(start: Position, seed: string): Promise<FlowOutcome> {
    return this.finish(this.decide(start, { type: 'go' }, seed), seed);
  }

  /** Takes a started flow to its end. */
  private async finish(started: Decision, seed: string): Promise<FlowOutcome> {
    const deadline = this.chart.timeoutMs === null ? Number.POSITIVE_INFINITY : startTime + this.chart.timeoutMs;
    let { position, next } = started;
    for (;;) {
      let event: FlowEvent = { type: 'go' };
      if (next.do === 'end') return next.outcome;
      if (next.do === 'act') event = this.answer(position.at, next.action.input, position.attempt);
      else if (next.do === 'wait') {
        if (next.due > deadline) event = { type: 'cancelled', timedOut: true };
        else this.now = epoch(Math.max(this.now, next.due));
      } else if (next.do === 'callback') {
        event = this.answer(position.at, null, position.attempt);
      } else if (next.do === 'split') event = await this.split(position, next.branches, next.maxConcurrency, seed);
      else if (next.do === 'read' || next.do === 'gather') event = await this.lookUp(position, next.do, seed);
      // What was recorded of a callback Task is the answer of its callback: the action before it is done.
      const acted =
        next.do === 'act' && next.action.callback
          ? this.decide(position, { type: 'completed', output: null }, seed)
          : undefined;
      ({ position, next } = this.decide(acted?.position ?? position, event, seed));
    }
  }

  /** Children run one after another, but as many as may run at a time have entered their first state before. */
  private async split(position: Position, branches: number, maxConcurrency: number, seed: string): Promise<FlowEvent> {
    if (position.map) return this.round(position, branches, seed);
    const outputs: Json[] = [];
    const started: Decision[] = [];
    const number = ++this.splits;
    const seedOf = (index: number): string => `${seed}.${position.step}.${position.attempt}.${index}`;
    for (let index = 0; index < branches; index++) {
      while (started.length < branches && (maxConcurrency === 0 || started.length < index + maxConcurrency)) {
        const child = branchPosition(this.chart, position, started.length, this.options(seed));
        this.facts.set(seedOf(started.length), {
          parent: { flow: seed, split: number, index: started.length },
          facts: [],
        });
        started.push(this.decide(child, { type: 'go' }, seedOf(started.length)));
      }
      const outcome = await this.finish(started[index] as Decision, seedOf(index));
      if (outcome.status !== 'Succeeded') {
        if (outcome.status === 'TimedOut') return { type: 'cancelled', timedOut: true };
        return { type: 'branchFailed', index, error: outcome.error, cause: outcome.cause };
      }
      outputs.push(outcome.output);
    }
    return { type: 'joined', outputs };
  }

  /** What a distributed Map reads next, or what it comes to. */
  private async lookUp(position: Position, what: 'read' | 'gather', seed: string): Promise<FlowEvent> {
    if (what === 'gather') return { type: 'gathered', output: this.results.get(seed) ?? [] };
    try {
      const plan = mapPlan(this.chart, position, this.options(seed));
      if (position.map?.rounds.length === 0) this.results.set(seed, []);
      return { type: 'read', round: await roundOf(this, plan, position, new AbortController().signal) };
    } catch (error) {
      if (!(error instanceof StatesError)) throw error;
      return { type: 'failed', error: error.error, cause: error.message };
    }
  }

  /** The children of a distributed Map's round, one after another. */
  private async round(position: Position, branches: number, seed: string): Promise<FlowEvent> {
    const split = ++this.splits;
    const plan = mapPlan(this.chart, position, this.options(seed));
    const outputs = this.results.get(seed) as Json[];
    const of = (failed: number): RoundEnd => ({ split, children: branches, failed });
    let failed = 0;
    let index = 0;
    const all = { first: 0, count: branches };
    for await (const child of childrenAgain(this, plan, position, all, new AbortController().signal)) {
      const id = `${seed}.${split}.${index}`;
      const outcome = await this.flow(mapChildPosition(this.chart, position, child, this.options(id)), id);
      if (outcome.status === 'TimedOut') return { type: 'cancelled', timedOut: true };
      if (outcome.status === 'Succeeded') outputs.push(outcome.output);
      else if (!plan.isTolerant) return { type: 'branchFailed', index, round: of(1) };
      else failed++;
      index++;
    }
    return { type: 'joined', outputs: [], round: of(failed) };
  }
}

/** A decision that also notes the names of the states it entered. */
const decideTraced = (
  chart: CompiledChart,
  position: Position,
  event: FlowEvent,
  options: DecideOptions,
  names: string[],
): Decision => {
  return advance(chart, position, event, options, {
    entered: (state) => !inMapRun(state) && names.push(state.name),
    exited: () => {},
    scheduled: () => {},
    submitted: () => {},
    succeeded: () => {},
    failed: () => {},
    retried: () => {},
    split: () => {},
    joined: () => {},
  });
};
