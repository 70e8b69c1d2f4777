import { setImmediate } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { createActionRunner } from '#actions/action-runner';
import type { FlowOutcome } from '#engine/flow';
import type { Json } from '#engine/json';
import { type FlowRecord, isTerminal } from '#ports/flow-record';
import { type RunId, rootFlow } from '#ports/ids';
import type { Integrations } from '#ports/integrations';
import { createOperations } from '#scheduler/create-operations';
import { withOwnRuns } from '#scheduler/integrations';
import { memoryScheduler } from '#test/scheduler/memory-scheduler';
import { TimerBeats } from '#workers/beats';
import { Worker } from '#workers/worker';

/** No service but our own runs. */
export const NO_SERVICES: Integrations = {
  call: ({ resource }) => Promise.resolve({ ok: false, error: 'NoService', cause: resource }),
};

/** The longest that is waited, by that clock: longer than anything comes back later. */
const MOST_MS = 20_000;

/** A scheduler in memory with a worker that calls `services`, by a clock that is turned. */
export async function workerWith(services: Integrations = NO_SERVICES) {
  const s = { ...memoryScheduler(), services };
  const { clock } = s;
  const operations = createOperations(s);
  const activities = {
    double: (input: { n: number }) => ({ n: input.n * 2 }),
    fail: () => {
      throw new TypeError('not today');
    },
  };
  const actions = createActionRunner({ activities, clock, integrations: withOwnRuns(s, services) });
  const worker = new Worker(s, {
    name: 'w',
    kind: 'in-process',
    host: 'test',
    queues: ['default'],
    places: 10,
    windowMs: 30_000,
    pollMs: 20_000,
    actions,
    beats: new TimerBeats(s.store, clock),
  });
  onTestFinished(async () => {
    worker.abort();
    await actions.close();
  });
  await worker.start();
  return {
    s,
    operations,
    worker,
    /** Turns the clock. */
    pass: (ms: number) => clock.advance(ms),
    /** The run's root when `is` holds of it. A little time passes with each turn of the event loop: a message that came too early comes back later. */
    async until(run: RunId, is: (root: FlowRecord) => boolean): Promise<FlowRecord> {
      for (let passed = 0; passed < MOST_MS; passed++) {
        const root = await s.store.readFlow(rootFlow(run));
        if (root && is(root)) return root;
        await clock.advance(1);
        await setImmediate();
      }
      const { status, waits } = (await s.store.readFlow(rootFlow(run))) ?? {};
      throw new Error(`${run} is not there after ${MOST_MS} ms: ${JSON.stringify({ status, waits })}`);
    },
    /** How the run ended. */
    async outcome(run: RunId): Promise<FlowOutcome | undefined> {
      return (await this.until(run, ({ status }) => isTerminal(status))).outcome;
    },
    putChart: (name: string, states: object, more: object = {}) =>
      operations.putChart(
        JSON.stringify({ name, definition: { StartAt: Object.keys(states)[0], States: states, ...more } }),
      ),
    start: async (chart: string, input: Json = {}) => (await operations.startRun({ chart, name: 'r', input })).run,
  };
}
