/**
 * Runs of ten in-process actions through the public start call and SDK handlers, `breaks: every-action`, each completion durable before the next
 * action starts: the whole of Flowbeat against the floor of bare SQLite, measured in turn on the same disk.
 *
 * Not in it: HTTP (the start call is the API's operation, in the process), inputs larger than a few bytes, other processes on the file.
 */
import { join } from 'node:path';
import { createActionRunner } from '#actions/action-runner';
import { openSqlite } from '#adapters/sqlite/open';
import { SYSTEM_CLOCK } from '#adapters/sqlite/system-clock';
import { isTerminal } from '#ports/flow-record';
import { type RunId, rootFlow } from '#ports/ids';
import type { Store } from '#ports/store';
import type { Telemetry } from '#ports/telemetry';
import { createOperations, createScheduler } from '#scheduler/create-operations';
import { TimerBeats } from '#workers/beats';
import { Worker } from '#workers/worker';
import { ACTIONS } from './floor.ts';

const states = Object.fromEntries(
  Array.from({ length: ACTIONS }, (_, i) => [
    `Step${i}`,
    { Type: 'Task', Resource: 'activity:work', ...(i + 1 < ACTIONS ? { Next: `Step${i + 1}` } : { End: true }) },
  ]),
);

/** The chart that is measured: a chain of ten Tasks. */
export const CHAIN = JSON.stringify({
  name: 'bench',
  breaks: 'every-action',
  definition: { StartAt: 'Step0', States: states },
});

/** The handler that is measured: a no-op that returns a small JSON. */
export const ACTIVITIES = { work: (input: { readonly n: number }) => ({ n: input.n + 1, ok: true }) };

/** A server with its in-process worker over a new state file, without HTTP. */
export async function embedded(folder: string, places: number) {
  const sqlite = await openSqlite({ file: join(folder, `runs-${performance.now()}.db`) });
  const ended = new Map<string, () => void>();
  const telemetry: Telemetry = {
    event(name, fields) {
      if (name !== 'ended') return;
      const flow = fields.flow as string;
      ended.get(flow)?.();
      ended.delete(flow);
    },
  };
  let id = 0;
  const ids = { random: () => `${++id}`.padStart(22, 'x') };
  const s = createScheduler({ ...sqlite, clock: SYSTEM_CLOCK, ids, telemetry });
  const actions = createActionRunner({ activities: ACTIVITIES as never, clock: SYSTEM_CLOCK });
  const worker = new Worker(s, {
    name: 'bench',
    kind: 'in-process',
    host: 'bench',
    queues: ['default'],
    places,
    windowMs: 30_000,
    pollMs: 1_000,
    actions,
    beats: new TimerBeats(s.store, SYSTEM_CLOCK),
  });
  const operations = createOperations(s);
  await operations.putChart(CHAIN);
  await worker.start();
  /** Starts a run and resolves when it has ended. */
  const run = (name: string): Promise<RunId> =>
    new Promise((resolve, reject) => {
      const done = () => resolve(`bench:${name}` as RunId);
      ended.set(rootFlow(`bench:${name}` as RunId), done);
      operations.startRun({ chart: 'bench', name, input: { n: 0, ok: true } }).catch(reject);
    });
  return {
    run,
    sqlite,
    store: sqlite.store as Store,
    async close() {
      await worker.drain(1_000);
      await actions.close();
      await sqlite.close();
    },
  };
}

/** Durable actions a second with `flight` runs in flight, `runs` in all. */
export async function runsThroughput(folder: string, flight: number, runs: number): Promise<number> {
  const server = await embedded(folder, flight);
  let next = 0;
  const lane = async () => {
    while (next < runs) await server.run(`run-${String(next++).padStart(6, '0')}-abcdefgh`);
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: flight }, lane));
  const seconds = (performance.now() - began) / 1_000;
  await complete(server.store, runs);
  await server.close();
  return (runs * ACTIONS) / seconds;
}

/** The history of every measured run is complete: a commit for each action. */
async function complete(store: Store, runs: number): Promise<void> {
  for (let i = 0; i < runs; i += Math.max(1, Math.floor(runs / 50))) {
    const flow = rootFlow(`bench:run-${String(i).padStart(6, '0')}-abcdefgh` as RunId);
    const chunks = await store.readFacts(flow, 0, 100);
    const record = await store.readFlow(flow);
    if (chunks.length !== ACTIONS || !record || !isTerminal(record.status))
      throw new Error(`${flow} is not complete: ${chunks.length} commits`);
  }
}

/** Milliseconds of each of `runs` runs of ten actions, one at a time. */
export async function runsLatency(folder: string, runs: number): Promise<readonly number[]> {
  const server = await embedded(folder, 1);
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const began = performance.now();
    await server.run(`low-${i}`);
    times.push(performance.now() - began);
  }
  await server.close();
  return times;
}
