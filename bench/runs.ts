/**
 * Runs of ten in-process actions through the public start call and SDK handlers, `breaks: every-action`, each completion durable before the next
 * action starts: the whole of Flowbeat against the floor of bare SQLite, measured in turn on the same disk.
 *
 * Not in it: HTTP (the start call is the API's operation, in the process), inputs larger than a few bytes, other processes on the file.
 */
import { join } from 'node:path';
import { createActionRunner } from '#actions/action-runner';
import { openSqlite, type Sqlite } from '#adapters/sqlite/open';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import { SYSTEM_IDS } from '#adapters/system/ids';
import { SwappableActions } from '#embedded/swappable-actions';
import { isTerminal } from '#ports/flow-record';
import { type RunId, rootFlow, runId } from '#ports/ids';
import type { Telemetry } from '#ports/telemetry';
import { createOperations, createScheduler } from '#scheduler/create-operations';
import type { Operations } from '#scheduler/operations';
import { startWorker } from '#workers/start-worker';
import { ACTIONS } from './floor.ts';

/** A chart of ten Tasks one after another. `activity`: which handler the step runs. */
export const chainChart = (name: string, activity: (step: number) => string, more: object = {}): string =>
  JSON.stringify({
    name,
    breaks: 'every-action',
    ...more,
    definition: {
      StartAt: 'Step0',
      States: Object.fromEntries(
        Array.from({ length: ACTIONS }, (_, i) => [
          `Step${i}`,
          {
            Type: 'Task',
            Resource: `activity:${activity(i)}`,
            ...(i + 1 < ACTIONS ? { Next: `Step${i + 1}` } : { End: true }),
          },
        ]),
      ),
    },
  });

/** The chart that is measured: a chain of ten Tasks. */
export const CHAIN = chainChart('bench', () => 'work');

/** The handler that is measured: a no-op that returns a small JSON. */
export const ACTIVITIES = { work: (input: { readonly n: number }) => ({ n: input.n + 1, ok: true }) };

/** What each run is started on. */
export const INPUT = { n: 0, ok: true };

/** The name of the run with this number. */
export const nameOfRun = (index: number): string => `run-${String(index).padStart(6, '0')}-abcdefgh`;

/** A server with its in-process worker over a state file, without HTTP. */
export interface EmbeddedRuns {
  /** Starts a run and resolves when it has ended. `started` is called when the start is acknowledged. */
  run(name: string, started?: () => void): Promise<RunId>;
  readonly operations: Operations;
  readonly sqlite: Sqlite;
  close(): Promise<void>;
}

/** Composed as the server composes itself; told of ends, as whoever waits for a run's end is. */
export async function embedded(
  file: string,
  places: number,
  activities: Readonly<Record<string, unknown>> = ACTIVITIES,
): Promise<EmbeddedRuns> {
  const sqlite = await openSqlite({ file, clock: SYSTEM_CLOCK });
  const ended = new Map<string, () => void>();
  const telemetry: Telemetry = {
    event(name, fields) {
      if (name !== 'ended') return;
      const flow = fields.flow as string;
      ended.get(flow)?.();
      ended.delete(flow);
    },
  };
  const s = createScheduler({ ...sqlite, clock: SYSTEM_CLOCK, ids: SYSTEM_IDS, telemetry });
  const actions = new SwappableActions();
  actions.swap(createActionRunner({ activities: activities as never, clock: SYSTEM_CLOCK, exec: true, telemetry }));
  const operations = createOperations(s);
  await operations.putChart(CHAIN);
  const leases = {
    module: import.meta.resolve('#adapters/sqlite/lease-connection'),
    name: 'openLeases',
    options: file,
  };
  const worker = await startWorker(s, {
    kind: 'in-process',
    queues: [],
    places,
    windowMs: 30_000,
    actions,
    leases,
  });
  return {
    operations,
    sqlite,
    run: (name, started) =>
      new Promise((resolve, reject) => {
        const run = runId('bench', name);
        ended.set(rootFlow(run), () => resolve(run));
        operations.startRun({ chart: 'bench', name, input: INPUT }).then(started, reject);
      }),
    async close() {
      await worker.drain(1_000);
      await actions.close();
      await sqlite.close();
    },
  };
}

/** Runs `count` runs, `flight` of them at a time. */
export async function runAll(server: EmbeddedRuns, flight: number, count: number): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await server.run(nameOfRun(next++));
  };
  await Promise.all(Array.from({ length: flight }, lane));
}

/** Durable actions a second with `flight` runs in flight, `runs` in all; checked afterwards. */
export async function runsThroughput(folder: string, flight: number, runs: number): Promise<number> {
  const server = await embedded(join(folder, `runs-${performance.now()}.db`), flight);
  const began = performance.now();
  await runAll(server, flight, runs);
  const seconds = (performance.now() - began) / 1_000;
  mustBeDurable(server);
  for (let i = 0; i < runs; i++) await mustBeComplete(server, runId('bench', nameOfRun(i)));
  await mustTellAll(server, runId('bench', nameOfRun(runs - 1)));
  await server.close();
  return (runs * ACTIONS) / seconds;
}

/** Reads back from the measured store that a commit waits for the disk. */
export function mustBeDurable({ sqlite }: Pick<EmbeddedRuns, 'sqlite'>): void {
  const { journalMode, synchronous } = sqlite.settings();
  if (journalMode === 'wal' && synchronous === 2) return;
  throw new Error(`the measured store has journal_mode ${journalMode} and synchronous ${synchronous}`);
}

/** The run has ended and there is a commit of each action in its history. */
export async function mustBeComplete({ sqlite: { store } }: Pick<EmbeddedRuns, 'sqlite'>, run: RunId): Promise<void> {
  const flow = rootFlow(run);
  const chunks = await store.readFacts(flow, 0, 100);
  const record = await store.readFlow(flow);
  const done = chunks.flatMap(({ facts }) => facts).filter(([kind]) => kind === 'ok').length;
  if (done === ACTIONS && record && isTerminal(record.status)) return;
  throw new Error(`${flow} is not complete: ${done} of ${ACTIONS} actions in its history, status ${record?.status}`);
}

/** The history that a user reads tells of every action: scheduled, started and succeeded. */
export async function mustTellAll({ operations }: Pick<EmbeddedRuns, 'operations'>, run: RunId): Promise<void> {
  const { events } = await operations.history(run, { limit: 1_000 });
  const count = (type: string) => events.filter((event) => event.type === type).length;
  const told = ['TaskStateEntered', 'ActivityScheduled', 'ActivitySucceeded', 'TaskStateExited'].map(count);
  if (told.every((n) => n === ACTIONS) && count('ExecutionSucceeded') === 1) return;
  throw new Error(
    `the history of ${run} has gaps: ${[...new Set(events.map(({ type }) => type))].join(', ')}; ${told}`,
  );
}
