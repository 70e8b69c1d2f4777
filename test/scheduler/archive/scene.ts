import { MemoryRunRows } from '#adapters/memory/memory-run-rows';
import { BlobArchive } from '#adapters/s3/blob-archive';
import { epoch } from '#engine/time';
import type { ActionRunner } from '#ports/action';
import type { RunRows } from '#ports/archive';
import type { RemovableBlobs } from '#ports/blobs';
import type { RunId } from '#ports/ids';
import type { Store } from '#ports/store';
import { archiveRuns } from '#scheduler/archive/archive-runs';
import type { Scheduler } from '#scheduler/context';
import { createOperations, createScheduler } from '#scheduler/create-operations';
import { Invocation } from '#scheduler/invocation';
import { orderedCommit } from '#scheduler/ordered-commit';
import { memoryScheduler } from '#test/scheduler/memory-scheduler';
import { MemoryBlobs } from '#test/support/memory-blobs';

const DAY_MS = 86_400_000;
const pass = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Pass', Result: name, End: true } } });

/** Two branches, then what the input asks for: `fail` or an end. */
const CHART = JSON.stringify({
  name: 'c',
  definition: {
    StartAt: 'Both',
    States: {
      Both: {
        Type: 'Parallel',
        Parameters: {},
        Branches: [pass('Left'), pass('Right')],
        ResultPath: '$.both',
        Next: 'Which',
      },
      Which: {
        Type: 'Choice',
        Choices: [{ Variable: '$.fail', BooleanEquals: true, Next: 'Broken' }],
        Default: 'Done',
      },
      Broken: { Type: 'Fail', Error: 'Broken', Cause: 'as asked' },
      Done: { Type: 'Succeed' },
    },
  },
});

const NO_ACTIONS: ActionRunner = {
  activities: new Set(),
  run: () => Promise.reject(new Error('the chart has no actions')),
};

/** What keeps rows and archives: in memory where absent. `startsAt`: the moment at which its clock stands. */
export interface Parts {
  readonly startsAt?: string;
  readonly store?: Store;
  readonly runRows?: RunRows;
  readonly blobs?: RemovableBlobs;
}

/** An installation whose clock is turned by hand, and runs in it that were advanced to their end. */
export async function archiveScene(parts: Parts = {}) {
  const memory = memoryScheduler(parts.startsAt);
  const { queue, clock } = memory;
  const store = parts.store ?? memory.store;
  const blobs = parts.blobs ?? new MemoryBlobs();
  const events: string[] = [];
  const surroundings = {
    ...memory,
    store,
    commit: orderedCommit(store, queue),
    runRows: parts.runRows ?? new MemoryRunRows(memory.store),
    archive: new BlobArchive(blobs),
    telemetry: { event: (name: string) => void events.push(name) },
  };
  const s = { ...createScheduler(surroundings), blobs };
  const operations = createOperations(s);
  await operations.putChart(CHART);
  const queues = ['default', '_control'];

  return {
    s,
    operations,
    clock,
    events,
    memory: memory.store,
    /** Advances all that can be advanced. */
    async settle(): Promise<void> {
      for (let request = 1; ; request++) {
        const received = await queue.receive({ queues, max: 10, waitMs: 0, visibilityMs: 60_000 });
        if (received.length === 0) return;
        const options = { name: 'f', request: `${request}`, lastsMs: 10_000, actions: NO_ACTIONS, queues };
        const invocation = new Invocation(s, options);
        for (const it of received) if (await invocation.handle(it)) await queue.done(it);
        invocation.close();
      }
    },
    async start(name: string, input: { readonly fail: boolean } & Record<string, string | boolean>): Promise<RunId> {
      const { run } = await operations.startRun({ chart: 'c', name, input });
      await this.settle();
      return run;
    },
    /** What a person sees of a run. */
    async seen(run: RunId) {
      const { archived: _archived, ...shown } = await operations.showRun(run);
      const history = await operations.history(run, { limit: 1000 });
      return { shown, history };
    },
    /** A day after the last run, all that has ended is archived. */
    archive: async (by: Scheduler, runs: readonly RunId[], days = 1) =>
      archiveRuns(by, runs, { before: epoch(clock.now() - days * DAY_MS), goesOn: () => true }),
    pass: (days: number) => clock.advance(days * DAY_MS),
  };
}

export type ArchiveScene = Awaited<ReturnType<typeof archiveScene>>;
