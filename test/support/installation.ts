import { createActionRunner } from '#actions/action-runner';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import type { Json } from '#engine/json';
import { type FlowRecord, isTerminal } from '#ports/flow-record';
import { type RunId, rootFlow } from '#ports/ids';
import type { Queue } from '#ports/message';
import type { Store } from '#ports/store';
import type { Commit } from '#ports/write';
import { createOperations, createScheduler } from '#scheduler/create-operations';
import { TimerBeats } from '#workers/beats';
import { Worker } from '#workers/worker';

/** What an adapter offers. */
export interface Backend {
  readonly store: Store;
  readonly queue: Queue;
  readonly commit: Commit;
}

/** A handler of the test. */
export type TestHandler = (input: never) => Json | Promise<Json>;

/** Operations and workers of one process over any adapter, by the real clock. */
export async function installation(
  backend: Backend,
  activities: Readonly<Record<string, TestHandler>>,
  options: { readonly workers?: number; readonly places?: number; readonly windowMs?: number } = {},
) {
  const { workers = 1, places = 50, windowMs = 3_000 } = options;
  const ended = new Map<string, () => void>();
  const telemetry = {
    event(name: string, fields: Readonly<Record<string, unknown>>) {
      if (name === 'ended') ended.get(String(fields.flow))?.();
    },
  };
  let id = 0;
  const s = createScheduler({ ...backend, clock: SYSTEM_CLOCK, ids: { random: () => `id-${++id}` }, telemetry });
  const actions = createActionRunner({ activities: activities as never, clock: SYSTEM_CLOCK });
  const crew = Array.from(
    { length: workers },
    (_, i) =>
      new Worker(s, {
        name: `w${i}`,
        kind: 'in-process',
        host: 'test',
        queues: ['default'],
        places,
        windowMs,
        pollMs: 1_000,
        actions,
        beats: new TimerBeats(s.store, SYSTEM_CLOCK),
      }),
  );
  for (const worker of crew) await worker.start();
  const operations = createOperations(s);
  return {
    scheduler: s,
    operations,
    /** Stores a chart, starts a run of it and resolves with its root flow when it has ended. */
    async run(chart: Json, input: Json): Promise<FlowRecord> {
      const { chart: stored } = await operations.putChart(JSON.stringify(chart));
      const name = `run-${++id}`;
      const root = rootFlow(`${stored.name}:${name}` as RunId);
      const end = new Promise<void>((resolve) => ended.set(root, resolve));
      await operations.startRun({ chart: stored.name, name, input });
      await end;
      const flow = await s.store.readFlow(root);
      if (!flow || !isTerminal(flow.status)) throw new Error(`${root} has not ended`);
      return flow;
    },
    async close() {
      for (const worker of crew) await worker.drain(1_000);
      await actions.close();
    },
  };
}
