/**
 * `flowbeat demo failover`: three worker processes over one temporary state file, a run of long actions, SIGKILL for the worker that holds it. What is
 * said of the take-over is read from the run's stored history.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DemoStory } from '#embedded/demo-story';
import { type Embedded, startEmbedded } from '#embedded/start-embedded';
import type { RunId } from '#ports/ids';
import type { FlowView } from '#scheduler/operations';
import { WorkerChild } from '#workers/worker-child';

const WORKERS = ['ada', 'ben', 'cleo'];
const WINDOW_MS = 3_000;
const LOOK_MS = 40;
/** The action in which the worker is killed, and how long after it was begun. */
const FATAL = 'Pack';
const INTO_MS = 1_400;

const task = (activity: string, next: string | undefined) => ({
  Type: 'Task',
  Resource: `activity:${activity}`,
  ResultPath: `$.${activity}`,
  ...(next === undefined ? { End: true } : { Next: next }),
});
const CHART = {
  name: 'orders',
  definition: {
    StartAt: 'Fetch orders',
    States: {
      'Fetch orders': task('fetchOrders', FATAL),
      [FATAL]: task('pack', 'Ship'),
      Ship: task('ship', undefined),
    },
  },
};

/** Runs the demo; resolves to 0 where the run succeeded on another worker. */
export async function demoFailover({ json }: { readonly json: boolean }): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'flowbeat-demo-'));
  const workers: WorkerChild[] = [];
  let server: Embedded | undefined;
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    server = await startEmbedded({ file: join(folder, 'state.db'), api: false });
    await server.operations.putChart(JSON.stringify(CHART));
    for (const name of WORKERS) workers.push(start(name, join(folder, 'state.db')));
    await Promise.all(workers.map(({ ready }) => ready));
    const story = new DemoStory(json, workers);
    const { run } = await server.operations.startRun({ chart: CHART.name, name: 'demo', input: {} });
    story.begins(run, WINDOW_MS);
    return (await follow(server, run, workers, story, interrupted.signal)) ? 0 : 1;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await Promise.all(workers.map((worker) => worker.kill('SIGKILL')));
    await server?.abort();
    rmSync(folder, { recursive: true, force: true });
  }
}

function start(name: string, file: string): WorkerChild {
  return new WorkerChild({
    store: { kind: 'sqlite', file },
    name,
    handlers: [fileURLToPath(import.meta.resolve('#embedded/demo-handlers'))],
    queues: [],
    places: 2,
    windowMs: WINDOW_MS,
    drainMs: 0,
    proof: true,
  });
}

/** Tells what becomes of the run, kills the worker that holds it in the fatal action, and returns whether the run succeeded after all. */
async function follow(
  server: Embedded,
  run: RunId,
  workers: readonly WorkerChild[],
  story: DemoStory,
  stop: AbortSignal,
): Promise<boolean> {
  let killed = false;
  let fatalSince: number | undefined;
  while (!stop.aborted) {
    const { flows, outcome } = await server.operations.showRun(run);
    const { events } = await server.operations.history(run, { limit: 1_000 });
    const [flow] = flows;
    story.reads(events);
    if (flow) story.sees(flow);
    if (outcome) {
      story.ends(outcome);
      return outcome.status === 'Succeeded' && killed;
    }
    if (flow && !killed) {
      const holder = holderIn(flow, FATAL, workers);
      if (holder) fatalSince ??= performance.now();
      if (holder && fatalSince !== undefined && performance.now() - fatalSince > INTO_MS) {
        killed = true;
        story.kills(holder, flow);
        await holder.kill('SIGKILL');
      }
    }
    await after(LOOK_MS);
  }
  return false;
}

/** The worker that holds a flow at a state. */
function holderIn({ owner, at }: FlowView, state: string, workers: readonly WorkerChild[]): WorkerChild | undefined {
  if (at !== state || owner === undefined) return undefined;
  return workers.find(({ name }) => owner.startsWith(`${name}-`));
}
