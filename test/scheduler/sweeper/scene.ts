import { epoch } from '#engine/time';
import type { Clock } from '#ports/clock';
import type { Incarnation } from '#ports/ids';
import type { Lease, Platform } from '#ports/lease';
import { SWEEP_QUEUE } from '#ports/message';
import type { Telemetry } from '#ports/telemetry';
import { claim } from '#scheduler/claim';
import type { Scheduler } from '#scheduler/context';
import { createOperations, createScheduler } from '#scheduler/create-operations';
import { orderedCommit } from '#scheduler/ordered-commit';
import { Sweeper, type SweeperOptions } from '#scheduler/sweeper/sweep';
import { memoryScheduler } from '#test/scheduler/memory-scheduler';

export const WINDOW_MS = 30_000;
export const always = () => true;

/** An installation in memory without a process: workers are leases that somebody beats or does not, functions are called. */
export function scene() {
  const memory = memoryScheduler();
  const { store, queue, clock } = memory;
  const events: { readonly name: string; readonly fields: Record<string, unknown> }[] = [];
  const telemetry: Telemetry = { event: (name, fields) => void events.push({ name, fields }) };
  // As on AWS nobody finds flows by owner, and a commit is composed.
  store.ownedBy = async () => undefined;
  const s = createScheduler({ ...memory, telemetry, commit: orderedCommit(store, queue) });
  const beats = new Map<Incarnation, number>();
  const start = async (name: string) => {
    const operations = createOperations(s);
    await operations.putChart(JSON.stringify({ name: 'c', definition: TASK }));
    return operations.startRun({ chart: 'c', name, input: null });
  };
  return {
    s,
    store,
    queue,
    clock,
    events,
    told: (name: string) => events.filter((event) => event.name === name).map(({ fields }) => fields),
    /** Starts a run of one action. */
    start,
    /** The lease of a worker that holds the flows of `runs`. */
    async worker(name: string, runs: readonly string[] = [], platform?: Platform): Promise<Incarnation> {
      const incarnation = `${name}-1` as Incarnation;
      const flows = [];
      for (const run of runs) {
        const started = await start(run);
        const flow = store.flows.get(started.run as never)!;
        await claim(s, flow, { incarnation, worker: name, signal: new AbortController().signal });
        flows.push({ flow: flow.id, term: 2 });
      }
      await store.putLease({
        ...LEASE,
        incarnation,
        worker: name,
        flows,
        startedAt: clock.now(),
        ...(platform && { platform }),
      });
      return incarnation;
    },
    beat: async (incarnation: Incarnation) => {
      const beat = (beats.get(incarnation) ?? 0) + 1;
      beats.set(incarnation, beat);
      const flows = store.leases.get(incarnation)?.flows ?? [];
      const rest = { progress: beat, stalled: false, status: 'Connected', flows, now: clock.now() } as const;
      return store.beat({ incarnation, beat, ...rest });
    },
    statuses: () => [...store.flows.values()].map(({ status }) => status),
    wakes: () => [...queue.entries.values()].filter(({ message }) => message.queue === SWEEP_QUEUE),
  };
}

const TASK = { StartAt: 'T', States: { T: { Type: 'Task', Resource: 'activity:work', End: true } } };

const LEASE: Omit<Lease, 'incarnation' | 'worker' | 'startedAt' | 'flows'> = {
  kind: 'external',
  host: 'host',
  status: 'Connected',
  windowMs: WINDOW_MS,
  beat: 0,
  progress: 0,
  stalled: false,
  places: 8,
  activities: ['work'],
  queues: ['default'],
  beatAt: epoch(0),
  commands: [],
};

export type Scene = ReturnType<typeof scene>;

/** An instance of the function: a memory of its own, and a wall clock that is off by `skewMs`. */
export function instance(s: Scheduler, skewMs = 0, options: Partial<SweeperOptions> = {}): Sweeper {
  const { clock } = s;
  const skewed: Clock = {
    now: () => epoch(clock.now() + skewMs),
    elapsed: () => clock.elapsed(),
    after: (ms, then) => clock.after(ms, then),
  };
  return new Sweeper({ ...s, clock: skewed }, { windowMs: WINDOW_MS, perMinute: 6_000, ...options });
}

/** Lets the installation go on for `ms`, second by second: the rule each minute, wakes when they come; `next` gives the instance of each invocation. */
export async function goOn(
  it: Scene,
  ms: number,
  next: () => Sweeper,
  eachSecond: (second: number) => Promise<unknown> = async () => undefined,
): Promise<void> {
  for (let second = 0; second < ms / 1_000; second++) {
    await eachSecond(second);
    if (second % 60 === 0) await next().sweep(undefined, always);
    await deliver(it, next);
    await it.clock.advance(1_000);
  }
}

/** Delivers the wakes that have come. */
export async function deliver({ queue }: Scene, next: () => Sweeper): Promise<number> {
  const received = await queue.receive({ queues: [SWEEP_QUEUE], max: 10, waitMs: 0, visibilityMs: 60_000 });
  for (const it of received) {
    if (it.message.kind === 'sweep') await next().sweep(it.message.wake, always);
    await queue.done(it);
  }
  return received.length;
}
