/**
 * Runs a chart to its end with `decide` alone: one flow after another, on a virtual clock, with recorded results in the place of actions.
 */
import type { CompiledChart, CompiledState } from '#engine/chart/compiled';
import { advance, branchPosition, startPosition } from '#engine/decide';
import type { DecideOptions, Decision, FlowEvent, FlowOutcome, Position } from '#engine/flow';
import type { Json } from '#engine/json';
import { type EpochMs, epoch } from '#engine/time';

/** What a Task's action answers. */
export type Answer = (state: string, input: Json, attempt: number) => FlowEvent;

/** A run's end, and the states that were entered on the way. */
export interface Ran {
  readonly outcome: FlowOutcome;
  readonly entered: readonly string[];
}

const startTime = epoch(Date.parse('2026-01-01T00:00:00Z'));

/** A synchronous world of one run. */
export class Driver {
  readonly chart: CompiledChart;
  readonly answer: Answer;
  readonly input: Json;
  readonly entered: string[] = [];
  private now: EpochMs = startTime;

  constructor(chart: CompiledChart, input: Json, answer: Answer) {
    this.chart = chart;
    this.input = input;
    this.answer = answer;
  }

  run(): Ran {
    const outcome = this.flow(startPosition(this.chart, this.input, this.now), 'root');
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
    return decideTraced(this.chart, position, event, this.options(seed), this.entered);
  }

  private flow(start: Position, seed: string): FlowOutcome {
    return this.finish(this.decide(start, { type: 'go' }, seed), seed);
  }

  /** Takes a started flow to its end. */
  private finish(started: Decision, seed: string): FlowOutcome {
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
      } else if (next.do === 'split') event = this.split(position, next.branches, next.maxConcurrency, seed);
      const callbackFailed = event.type === 'failed' && next.do === 'act' && next.action.callback;
      const decision = this.decide(position, event, seed);
      // The recorded result of a callback Task is that of its callback: an action that did not fail has been answered with null before.
      if (next.do === 'act' && next.action.callback && !callbackFailed && decision.next.do === 'callback') {
        ({ position, next } = this.decide(decision.position, event, seed));
      } else ({ position, next } = decision);
    }
  }

  /** Children run one after another, but as many as may run at a time have entered their first state before. */
  private split(position: Position, branches: number, maxConcurrency: number, seed: string): FlowEvent {
    const outputs: Json[] = [];
    const started: Decision[] = [];
    const seedOf = (index: number): string => `${seed}.${position.step}.${position.attempt}.${index}`;
    for (let index = 0; index < branches; index++) {
      while (started.length < branches && (maxConcurrency === 0 || started.length < index + maxConcurrency)) {
        const child = branchPosition(this.chart, position, started.length, this.options(seed));
        started.push(this.decide(child, { type: 'go' }, seedOf(started.length)));
      }
      const outcome = this.finish(started[index] as Decision, seedOf(index));
      if (outcome.status !== 'Succeeded') {
        if (outcome.status === 'TimedOut') return { type: 'cancelled', timedOut: true };
        return { type: 'branchFailed', index, error: outcome.error, cause: outcome.cause };
      }
      outputs.push(outcome.output);
    }
    return { type: 'joined', outputs };
  }
}

/** The runs of a distributed Map's items have histories of their own: their states are not in the parent's. */
const isRecorded = (state: CompiledState): boolean => {
  for (let outer = state.enclosing; outer !== null; outer = outer.enclosing) {
    if (outer.type === 'Map' && !outer.work.inheritVars) return false;
  }
  return true;
};

/** A decision that also notes the names of the states it entered. */
const decideTraced = (
  chart: CompiledChart,
  position: Position,
  event: FlowEvent,
  options: DecideOptions,
  names: string[],
): Decision => {
  return advance(chart, position, event, options, {
    entered: (state) => isRecorded(state) && names.push(state.name),
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
