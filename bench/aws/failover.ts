import { setTimeout as pause } from 'node:timers/promises';
import { type RunId, rootFlow } from '#ports/ids';
import { alone, type Demand, percentile, type Result } from '../bar.ts';
import { Installation } from './installation.ts';
import type { Part } from './part.ts';

const WINDOW_MS = 30_000;
const TINY_WINDOW_MS = 3_000;
/** Workers that are killed in one round, and rounds. */
const BY_EVENT = { workers: 5, rounds: 6 };
const BY_SILENCE = { workers: 5, rounds: 2 };
const TINY = { workers: 1, rounds: 1 };
/** The longest poll, and a moment. SQS may hand a message to the open poll of a process that is gone: who is killed has none, its one place being taken for longer. */
const POLL_MS = 21_000;

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
    const rounds = async (name: string, { workers, rounds: count }: typeof TINY, how: How) => {
      const times: number[] = [];
      for (let round = 0; round < count; round++) {
        times.push(
          ...(await takeOvers(
            installation,
            Array.from({ length: workers }, (_, i) => `${name}-${round}-${i}`),
            how,
          )),
        );
        say(`failover by ${name}, ms: ${times.slice(-workers).map(Math.round).join(', ')}`);
      }
      return times;
    };
    const settled = { settleMs: tiny ? 0 : POLL_MS };
    const event = await rounds('event', tiny ? TINY : BY_EVENT, { ...settled, event: true, withinMs: SECOND });
    const silence = await rounds('silence', tiny ? TINY : BY_SILENCE, { ...settled, event: false, withinMs: windowMs });
    const byEvent =
      'by the event that a task of ECS has stopped, delivered at once, and the answer of ECS, asked about that task: what ECS takes to notice comes on top';
    const ofEvent = `of ${event.length} take-overs ${byEvent}`;
    const ofSilence = `of ${silence.length} take-overs of workers that fell silent, window ${windowMs / SECOND} s`;
    return {
      counts: [],
      timings: [
        result('failover by event, p50', event, 0.5, atMost(3 * SECOND), ofEvent),
        result('failover by event, p99', event, 0.99, atMost(10 * SECOND), ofEvent),
        result('failover by silence, p50', silence, 0.5, undefined, ofSilence),
        result('failover by silence, longest', silence, 1, atMost(windowMs + 15 * SECOND), ofSilence),
      ],
    };
  },
};

/** How workers die. */
interface How {
  /** For how long they hold their flows at least. */
  readonly settleMs: number;
  /** Whether the event of their task comes. */
  readonly event: boolean;
  /** Where in the rhythm of beats and sweeps each dies is left to chance: within so long. */
  readonly withinMs: number;
}

const result = (
  name: string,
  times: readonly number[],
  share: number,
  demand: Demand | undefined,
  text: string,
): Result =>
  alone(name, 'ms', percentile(times, share), demand, `${text}; from SIGKILL to a commit under the new term`, times);

/** A worker process for each run, which holds it and is killed; another one takes over all of them. Returns how long each took. */
async function takeOvers(installation: Installation, names: readonly string[], how: How): Promise<number[]> {
  const started = await Promise.all(names.map(() => installation.worker(1)));
  const workers = new Map(started.map((worker) => [worker.incarnation, worker]));
  // The rule's next call, by which the sweeper sees that there are workers and goes on by itself: until then one that dies is noticed up to a minute later.
  await installation.call('sweeper', {});
  const held = await Promise.all(names.map((name) => begun(installation, name)));
  const settled = pause(how.settleMs);
  const heir = await installation.worker(names.length);
  for (const { owner, flow } of held) await installation.listed(owner, flow.id);
  await settled;
  const kill = async ({ run, owner, flow }: (typeof held)[number]) => {
    await pause(Math.random() * how.withinMs);
    const worker = workers.get(owner);
    if (!worker) throw new Error(`${owner} is no worker that was started: the machine is too busy for their beats`);
    const killed = await worker.kill();
    if (how.event) await installation.taskStopped(worker.taskArn);
    const { at } = await installation.until(run, ({ term, seq }) => term > flow.term && seq > flow.seq);
    return at - killed;
  };
  const times: number[] = [];
  // By the event one after another, as machines die; silence would take a window each.
  if (how.event) for (const one of held) times.push(await kill(one));
  else times.push(...(await Promise.all(held.map(kill))));
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
