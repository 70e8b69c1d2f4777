/**
 * Runs an example with `decide` and the real runner of actions, without a server: waits take no time, the children of a split run together.
 */
import { readFileSync } from 'node:fs';
import { type ActionRunnerOptions, createActionRunner } from '#actions/action-runner';
import { compileChart } from '#engine/chart/compile';
import type { CompiledChart } from '#engine/chart/compiled';
import { validateChart } from '#engine/chart/validate';
import { branchPosition, decide, startPosition } from '#engine/decide';
import type { ActionRequest, DecideOptions, FlowEvent, FlowOutcome, Position } from '#engine/flow';
import type { Json } from '#engine/json';
import { epoch } from '#engine/time';
import type { ActionOutcome } from '#ports/action';
import type { Clock } from '#ports/clock';
import type { FlowId, RunId } from '#ports/ids';
import handlers from '../../examples/handlers.ts';

const examples = new URL('../../examples/', import.meta.url);

/** The text of an example's chart. */
export const chartText = (name: string): string => readFileSync(new URL(`${name}.yaml`, examples), 'utf8');

/** An example, validated and compiled. */
export function chartOf(name: string): CompiledChart {
  const checked = validateChart(chartText(name));
  if (!checked.ok) throw new Error(JSON.stringify(checked.errors, null, 2));
  return compileChart(checked.chart, 1);
}

/** An action that was run, for tests to look at. */
export interface Ran {
  readonly state: string;
  readonly attempt: number;
  readonly outcome: ActionOutcome;
}

/** What answers the token of a callback Task. */
export type Answer = (token: string) => FlowEvent;

const clock: Clock = {
  now: () => epoch(Date.now()),
  elapsed: () => performance.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return { cancel: () => clearTimeout(timer) };
  },
};

const options: ActionRunnerOptions = {
  activities: { activities: handlers, module: new URL('handlers.ts', examples).href },
  clock,
  exec: true,
};

/** Runs an example to its end. */
export async function runExample(name: string, input: Json, run: string, answer?: Answer) {
  await using world = new World(chartOf(name), run, input, answer);
  const outcome = await world.flow(startPosition(world.chart, input, clock.now()), run);
  return { outcome, actions: world.actions };
}

class World implements AsyncDisposable {
  readonly chart: CompiledChart;
  readonly actions: Ran[] = [];
  readonly #runner = createActionRunner(options);
  readonly #answer: Answer | undefined;
  readonly #run: string;
  readonly #input: Json;
  readonly #startedAt = clock.now();
  /** Waits are skipped: this much time has passed beside the clock's. */
  #skipped = 0;

  constructor(chart: CompiledChart, run: string, input: Json, answer: Answer | undefined) {
    this.chart = chart;
    this.#run = run;
    this.#input = input;
    this.#answer = answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runner.close();
  }

  async flow(start: Position, flow: string): Promise<FlowOutcome> {
    let { position, next } = decide(this.chart, start, { type: 'go' }, this.#options(flow));
    for (;;) {
      let event: FlowEvent = { type: 'go' };
      if (next.do === 'end') return next.outcome;
      if (next.do === 'act') event = await this.#act(position, next.action, flow);
      else if (next.do === 'wait') await this.#wait(next.due);
      else if (next.do === 'callback')
        event = this.#answer?.(this.#token(flow, position.step, position.attempt)) ?? event;
      else if (next.do === 'split') event = await this.#split(position, next.branches, next.maxConcurrency, flow);
      ({ position, next } = decide(this.chart, position, event, this.#options(flow)));
    }
  }

  /** Time for what goes on beside the chart, and then the due time. */
  async #wait(due: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 50));
    this.#skipped = Math.max(this.#skipped, due - clock.now());
  }

  async #act(position: Position, action: ActionRequest, flow: string): Promise<FlowEvent> {
    const key = `${flow}-${action.step}`;
    const outcome = await this.#runner.run({
      resource: action.resource,
      input: action.input,
      flow: flow as FlowId,
      run: this.#run as RunId,
      chart: this.chart.name,
      state: position.at,
      idempotencyKey: key,
      attempt: action.attempt,
      timeoutMs: action.timeoutMs,
      heartbeatMs: action.heartbeatMs,
      token: action.callback ? this.#token(flow, action.step, action.attempt) : undefined,
      signal: new AbortController().signal,
      checkpoint: () => Promise.resolve(),
      readCheckpoint: () => Promise.resolve(undefined),
    });
    this.actions.push({ state: position.at, attempt: action.attempt, outcome });
    if (outcome.ok) return { type: 'completed', output: outcome.output };
    return { type: 'failed', error: outcome.error, ...(outcome.cause === undefined ? {} : { cause: outcome.cause }) };
  }

  async #split(position: Position, branches: number, maxConcurrency: number, flow: string): Promise<FlowEvent> {
    const outcomes: FlowOutcome[] = [];
    let started = 0;
    const take = async () => {
      while (started < branches) {
        const index = started++;
        const child = `${flow}/${position.step}.${index}`;
        outcomes[index] = await this.flow(
          branchPosition(this.chart, position, index, { ...this.#options(flow), now: clock.now() }),
          child,
        );
      }
    };
    const lanes = maxConcurrency === 0 ? branches : Math.min(branches, maxConcurrency);
    await Promise.all(Array.from({ length: lanes }, take));
    const outputs: Json[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status !== 'Succeeded')
        return { type: 'branchFailed', index, error: outcome.error, cause: outcome.cause };
      outputs.push(outcome.output);
    }
    return { type: 'joined', outputs };
  }

  #token(flow: string, step: number, attempt: number): string {
    return `token:${flow}:${step}:${attempt}`;
  }

  #options(flow: string): DecideOptions {
    const { chart } = this;
    return {
      now: epoch(clock.now() + this.#skipped),
      seed: flow,
      run: {
        run: this.#run,
        name: this.#run.slice(this.#run.indexOf(':') + 1),
        chart: chart.name,
        version: 1,
        startedAt: this.#startedAt,
        input: chart.needsRunInput ? this.#input : null,
      },
      token: (step, attempt) => this.#token(flow, step, attempt),
    };
  }
}
