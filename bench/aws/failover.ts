import { setTimeout as pause } from 'node:timers/promises';
import { type RunId, rootFlow } from '#ports/ids';
import { alone, type Demand, percentile, type Result } from '../bar.ts';
import { Installation, type TaskProcess } from './installation.ts';
import type { Part } from './part.ts';

const WINDOW_MS = 30_000;
const TINY_WINDOW_MS = 3_000;
const EVENTS = 100;
/** Workers that fall silent in one round, and rounds. */
const SILENT = 6;
const ROUNDS = 3;

const SECOND = 1_000;
const atMost = (ms: number): Demand => ({ bar: ms, is: 'at most' });

/** Advanced by the function to a Task that never ends where it is begun, and at once where it is taken over. */
const CHART = JSON.stringify({
  name: 'hold',
  definition: {
    StartAt: 'Begin',
    States: { Begin: { Type: 'Pass', Next: 'Hold' }, Hold: { Type: 'Task', Resource: 'activity:hold', End: true } },
  },
});

/** From the SIGKILL of a worker process to the first commit under the new term, by functions alone: other workers do not look where the sweeper comes. */
export const failover: Part = {
  name: 'failover',
  async measure({ tiny, say }) {
    const windowMs = tiny ? TINY_WINDOW_MS : WINDOW_MS;
    await using installation = await Installation.open(windowMs);
    await installation.operations.putChart(CHART);
    await installation.begin();
    const byEvent = await takeOversByEvent(installation, tiny ? 1 : EVENTS, say);
    const bySilence: number[] = [];
    for (let round = 0; round < (tiny ? 1 : ROUNDS); round++)
      bySilence.push(...(await takeOversBySilence(installation, { round, windowMs, workers: tiny ? 1 : SILENT, say })));
    const event = `of ${byEvent.length} take-overs by the event that a task of ECS has stopped, delivered at once: what ECS takes to notice comes on top`;
    const silent = `of ${bySilence.length} take-overs of workers that fell silent, window ${windowMs / SECOND} s`;
    return {
      counts: [],
      timings: [
        result('failover by event, p50', byEvent, 0.5, atMost(3 * SECOND), event),
        result('failover by event, p99', byEvent, 0.99, atMost(10 * SECOND), event),
        result('failover by silence, p50', bySilence, 0.5, undefined, silent),
        result('failover by silence, longest', bySilence, 1, atMost(windowMs + 15 * SECOND), silent),
      ],
    };
  },
};

const result = (
  name: string,
  times: readonly number[],
  share: number,
  demand: Demand | undefined,
  text: string,
): Result =>
  alone(name, 'ms', percentile(times, share), demand, `${text}; from SIGKILL to a commit under the new term`, times);

/** Two workers; that which holds the run is killed, and the event of its task comes. */
async function takeOversByEvent(installation: Installation, kills: number, say: (text: string) => void) {
  const workers = new Map<string, TaskProcess>();
  const add = async () => {
    const worker = await installation.worker(1);
    workers.set(worker.incarnation, worker);
  };
  await Promise.all([add(), add()]);
  const times: number[] = [];
  for (let kill = 0; kill < kills; kill++) {
    const { run, owner, flow } = await begun(installation, `event-${kill}`);
    const worker = workers.get(owner)!;
    workers.delete(owner);
    // Where in the rhythm of beats and polls it dies is left to chance.
    await pause(Math.random() * SECOND);
    const killed = await worker.kill();
    await installation.call('platform-events', stopped(worker.taskArn));
    const { at } = await installation.until(run, ({ term, seq }) => term > flow.term && seq > flow.seq);
    times.push(at - killed);
    say(`failover by event ${kill + 1}: ${Math.round(at - killed)} ms`);
    await add();
  }
  await Promise.all([...workers.values()].map((worker) => worker.stop()));
  return times;
}

interface Silence {
  readonly round: number;
  readonly windowMs: number;
  readonly workers: number;
  readonly say: (text: string) => void;
}

/** Workers with a run each, of which nobody says that they are gone; another takes over what they held. */
async function takeOversBySilence(installation: Installation, { round, windowMs, workers, say }: Silence) {
  const alive = new Map<string, TaskProcess>();
  for (let i = 0; i < workers; i++) {
    const worker = await installation.worker(1);
    alive.set(worker.incarnation, worker);
  }
  const names = Array.from({ length: workers }, (_, i) => `silence-${round}-${i}`);
  const held = await Promise.all(names.map((name) => begun(installation, name)));
  const heir = await installation.worker(workers);
  // The rule's next call, by which the sweeper sees that there are workers and goes on by itself: until then one that dies is noticed up to a minute later.
  await installation.call('sweeper', {});
  const times = await Promise.all(
    held.map(async ({ run, owner, flow }) => {
      await pause(Math.random() * windowMs);
      const killed = await alive.get(owner)!.kill();
      const { at } = await installation.until(run, ({ term, seq }) => term > flow.term && seq > flow.seq);
      say(`failover by silence: ${Math.round(at - killed)} ms`);
      return at - killed;
    }),
  );
  await heir.stop();
  return times;
}

/** Starts a run and waits until the handler of its Task is at work in some worker. */
async function begun(installation: Installation, name: string) {
  const { run } = await installation.operations.startRun({ chart: 'hold', name, input: null });
  const { flow } = await installation.until(run, (now) => isAtWork(installation, run, now));
  return { run, flow, owner: flow.owner as string };
}

const isAtWork = async (
  { store }: Installation,
  run: RunId,
  { status, position }: { status: string; position: { step: number } },
) => status === 'Owned' && (await store.readCheckpoint(rootFlow(run), position.step)) !== undefined;

/** What EventBridge brings. */
const stopped = (taskArn: string) => ({
  source: 'aws.ecs',
  'detail-type': 'ECS Task State Change',
  time: new Date().toISOString(),
  detail: { taskArn, lastStatus: 'STOPPED', desiredStatus: 'STOPPED', stopCode: 'EssentialContainerExited' },
});
