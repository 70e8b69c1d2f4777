import { createActionRunner } from '#actions/action-runner';
import { atomicCommit } from '#adapters/memory/atomic-commit';
import { MemoryDirectClaims } from '#adapters/memory/memory-direct-claims';
import { MemoryItems } from '#adapters/memory/memory-items';
import { MemoryQueue } from '#adapters/memory/memory-queue';
import { MemoryStore } from '#adapters/memory/memory-store';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import type { Json } from '#engine/json';
import type { FlowRecord } from '#ports/flow-record';
import { type RunId, rootFlow } from '#ports/ids';
import type { RunEvents } from '#ports/run-events';
import type { Commit } from '#ports/write';
import { createOperations, createScheduler } from '#scheduler/create-operations';
import { orderedCommit } from '#scheduler/ordered-commit';
import { TimerBeats } from '#workers/beats';
import { Worker, type WorkerOptions } from '#workers/worker';

/** A handler of a test: what it is given, and the signal by which it is told to stop. */
export type CrewHandler = (input: Json, context: { readonly signal: AbortSignal }) => unknown;

/** An installation in memory by the real clock, whose parts a test can reach, and whose commits it can spoil. `direct`: with direct claims, so atomic. */
export function crewOf(
  activities: Readonly<Record<string, CrewHandler>>,
  spoil: (commit: Commit) => Commit = (c) => c,
  {
    direct = false,
    runEvents,
    mapRound,
  }: { readonly direct?: boolean; readonly runEvents?: RunEvents; readonly mapRound?: number } = {},
) {
  const store = new MemoryStore();
  const queue = new MemoryQueue(SYSTEM_CLOCK);
  const items = new MemoryItems();
  const events: { readonly name: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];
  const telemetry = {
    event: (name: string, fields: Readonly<Record<string, unknown>>) => void events.push({ name, fields }),
  };
  let id = 0;
  const directClaims = new MemoryDirectClaims(queue);
  const commit = spoil(direct ? atomicCommit(store, queue, directClaims) : orderedCommit(store, queue));
  const ids = { random: () => `id-${++id}` };
  const s = createScheduler({
    store,
    queue,
    commit,
    ...(direct && { directClaims }),
    ...(runEvents && { runEvents }),
    items,
    ...(mapRound !== undefined && { mapRound }),
    clock: SYSTEM_CLOCK,
    ids,
    telemetry,
  });
  const actions = createActionRunner({ activities: activities as never, clock: SYSTEM_CLOCK });
  const operations = createOperations(s);
  const workers: Worker[] = [];
  return {
    store,
    queue,
    items,
    s,
    operations,
    events,
    async worker(options: Partial<WorkerOptions> = {}): Promise<Worker> {
      const worker = new Worker(s, {
        name: `w${workers.length}`,
        kind: 'in-process',
        host: 'test',
        queues: ['default'],
        places: 10,
        windowMs: 600,
        pollMs: 500,
        actions,
        beats: new TimerBeats(store, SYSTEM_CLOCK),
        ...options,
      });
      workers.push(worker);
      await worker.start();
      return worker;
    },
    /** Stores a chart and starts a run of it, named `r`; returns its root flow's id. */
    async start(chart: Json, input: Json = {}): Promise<RunId> {
      const { chart: stored } = await operations.putChart(JSON.stringify(chart));
      return (await operations.startRun({ chart: stored.name, name: 'r', input })).run;
    },
    root: (run: RunId, redrive = 0): FlowRecord | undefined => store.flows.get(rootFlow(run, redrive)),
    async close(): Promise<void> {
      await Promise.all(workers.map((worker) => worker.drain(200)));
      await actions.close();
    },
  };
}
