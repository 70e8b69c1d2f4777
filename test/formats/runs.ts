/**
 * Runs that stand where a deploy may find them: queued, in the hands of a worker that dies, waiting for all that there is to wait for, half joined, ended. They
 * are recorded as one version writes them (`record.ts`), and finished by a later one.
 */
import { setImmediate } from 'node:timers/promises';
import { createActionRunner } from '#actions/action-runner';
import type { Json } from '#engine/json';
import { epoch } from '#engine/time';
import type { Clock } from '#ports/clock';
import { isTerminal } from '#ports/flow-record';
import { type RunId, rootFlow, runId } from '#ports/ids';
import type { Surroundings } from '#ports/surroundings';
import { SILENT } from '#ports/telemetry';
import { createOperations, createScheduler } from '#scheduler/create-operations';
import { tick } from '#scheduler/tick';
import type { ActivityContext } from '#sdk/activity';
import { REAL_CLOCK } from '#test/support/emulators/real-clock';
import { TimerBeats } from '#workers/beats';
import { Worker } from '#workers/worker';

/** When all of it was recorded, whatever the day; and when it is gone on with: what waits for a time is due by then. */
export const RECORDED_AT = Date.UTC(2026, 0, 1);
export const GONE_ON_AT = RECORDED_AT + 30 * 86_400_000;

/** The machine's clock, as if it had been started at `start`. */
export function clockFrom(start: number): Clock {
  const { elapsed } = REAL_CLOCK;
  const began = elapsed();
  return { ...REAL_CLOCK, now: () => epoch(Math.round(start + elapsed() - began)) };
}

const task = (activity: string, more: object = { End: true }) => ({
  Type: 'Task',
  Resource: `activity:${activity}`,
  ...more,
});
const one = (activity: string) => ({ StartAt: `B${activity}`, States: { [`B${activity}`]: task(activity) } });
const wait = (Seconds: number) => ({ Type: 'Wait', Seconds, Next: 'Last' });
const around = (between: object, ...more: readonly object[]) => ({
  StartAt: 'First',
  States: {
    First: task('add', { Next: 'Between' }),
    Between: between,
    Last: task('add'),
    ...Object.assign({}, ...more),
  },
});

/** A text that stands in an item of its own. */
const LONG = 'äöü ✓ '.repeat(2_000);

interface RecordedRun {
  readonly definition: object;
  readonly input: Json;
  /** Where it stands when it is recorded: the status of its root, and how many flows it has. */
  readonly stands: readonly [status: string, flows: number];
  /** What it comes to. */
  readonly output: Json;
  /** The queue where it is not the workers' own: nobody serves it while it is recorded. */
  readonly queue?: string;
  /** The first format that has what it needs. */
  readonly since?: number;
}

/** Each by the name of its chart. */
const RUNS: Readonly<Record<string, RecordedRun>> = {
  queued: { definition: around(wait(0)), input: { n: 1 }, stands: ['Queued', 1], output: { n: 3 }, queue: 'later' },
  held: {
    definition: around(task('hold', { Next: 'Last' })),
    input: { n: 1 },
    stands: ['Owned', 1],
    output: { n: 4, saved: 'halfway' },
  },
  waiting: { definition: around(wait(600)), input: { n: 1 }, stands: ['Waiting', 1], output: { n: 3 } },
  sleeping: {
    definition: { ...around(wait(864_000)), TimeoutSeconds: 99_999_999 },
    input: { n: 1 },
    stands: ['Waiting', 1],
    output: { n: 3 },
  },
  asking: {
    definition: around({
      ...task('ask', { Next: 'Last' }),
      Resource: 'activity:ask.waitForTaskToken',
      Parameters: { 'token.$': '$$.Task.Token' },
    }),
    input: { n: 1 },
    stands: ['Waiting', 1],
    output: { n: 41 },
  },
  retrying: {
    definition: around(task('flaky', { Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 600 }], Next: 'Last' })),
    input: { n: 1 },
    stands: ['Waiting', 1],
    output: { n: 103 },
  },
  parallel: {
    definition: around({
      Type: 'Parallel',
      Branches: [one('add'), one('hold'), { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 600, End: true } } }],
      OutputPath: '$[1]',
      Next: 'Last',
    }),
    input: { n: 1 },
    stands: ['Waiting', 4],
    output: { n: 4, saved: 'halfway' },
  },
  map: {
    definition: around({
      Type: 'Map',
      ItemsPath: '$.items',
      ItemSelector: { 'n.$': '$$.Map.Item.Value' },
      MaxConcurrency: 1,
      ItemProcessor: one('hold'),
      OutputPath: '$[2]',
      Next: 'Last',
    }),
    input: { n: 1, items: [1, 2, 3] },
    stands: ['Waiting', 2],
    output: { n: 5, saved: 'halfway' },
  },
  mapRun: {
    since: 2,
    definition: around({
      Type: 'Map',
      ItemsPath: '$.items',
      ItemSelector: { 'n.$': '$$.Map.Item.Value' },
      MaxConcurrency: 1,
      ToleratedFailureCount: 1,
      ItemProcessor: { ...one('hold'), ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
      OutputPath: '$[2]',
      Next: 'Last',
    }),
    input: { n: 1, items: [1, 2, 3] },
    stands: ['Waiting', 2],
    output: { n: 5, saved: 'halfway' },
  },
  long: {
    definition: {
      StartAt: 'Keep',
      States: {
        Keep: { Type: 'Pass', Assign: { 'kept.$': '$.text' }, Next: 'Hold' },
        Hold: { ...task('hold', { Next: 'Last' }), Parameters: { n: 1 } },
        Last: { Type: 'Pass', Parameters: { 'text.$': '$kept' }, OutputPath: '$.text', End: true },
      },
    },
    input: { text: LONG },
    stands: ['Owned', 1],
    output: LONG,
  },
  ended: { definition: around(wait(0)), input: { n: 1 }, stands: ['Succeeded', 1], output: { n: 3 } },
  // Redriven before it is gone on with.
  failed: {
    definition: around(task('flaky', { Next: 'Last' })),
    input: { n: 1 },
    stands: ['Failed', 1],
    output: { n: 103 },
  },
};

/** Those that are recorded in a format. */
export const runsOf = (format: number): Readonly<Record<string, RecordedRun>> =>
  Object.fromEntries(Object.entries(RUNS).filter(([, { since = 1 }]) => since <= format));

/** The window of the cluster, which is recorded too. */
const WINDOW_MS = 900;
const PATIENCE_MS = 60_000;

/** What else is to be known of what was recorded. */
export interface Recorded {
  readonly token: string;
}

type Parts = Pick<Surroundings, 'store' | 'queue' | 'commit' | 'clock' | 'directClaims'>;
type Handlers = Record<string, (input: never, ctx: ActivityContext) => Json | Promise<Json>>;

async function workerOf(parts: Parts, name: string, queues: readonly string[], activities: Handlers) {
  const s = createScheduler({ ...parts, ids: { random: () => crypto.randomUUID() }, telemetry: SILENT });
  const actions = createActionRunner({ activities: activities as never, clock: parts.clock });
  const worker = new Worker(s, {
    name,
    kind: 'external',
    host: 'host',
    queues,
    places: 20,
    windowMs: WINDOW_MS,
    pollMs: 1_000,
    actions,
    beats: new TimerBeats(s.store, parts.clock),
  });
  await worker.start();
  return { s, worker, actions, operations: createOperations(s) };
}

async function eventually(what: () => string | undefined | Promise<string | undefined>): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (let wrong = await what(); wrong !== undefined; wrong = await what()) {
    if (performance.now() > until) throw new Error(wrong);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const add = ({ n, ...rest }: { readonly n: number }) => ({ ...rest, n: n + 1 });

/** The flows whose handlers run when the worker dies. */
const HELD = ['held:r', 'long:r', 'map:r/1.0', 'mapRun:r/2.0', 'parallel:r/1.1'];

/** Brings every run to where it is to stand, and leaves its worker as a death does: nothing is given back. */
export async function bringThere(parts: Parts): Promise<Recorded> {
  let token = '';
  const { s, worker, operations } = await workerOf(parts, 'recorder', ['default'], {
    add,
    async hold(_input, ctx) {
      await ctx.checkpoint('halfway');
      return new Promise(() => {});
    },
    flaky: () => {
      throw new Error('not yet');
    },
    ask: (input: { readonly token: string }) => {
      token = input.token;
      return null;
    },
  });
  for (const [name, { definition, input, queue }] of Object.entries(RUNS)) {
    await operations.putChart(JSON.stringify({ name, ...(queue !== undefined && { queue }), definition }));
    await operations.startRun({ chart: name, name: 'r', input });
  }
  await eventually(async () => {
    for (const [name, { stands }] of Object.entries(RUNS)) {
      const { flows } = await operations.showRun(runId(name, 'r'));
      const status = flows.find(({ flow }) => flow === `${name}:r`)?.status;
      if (status !== stands[0] || flows.length !== stands[1]) return `${name} is ${status} with ${flows.length} flows`;
    }
    const [lease] = await s.store.listLeases();
    const held = lease?.flows.map(({ flow }) => flow as string).sort();
    return JSON.stringify(held) === JSON.stringify(HELD) && token !== '' ? undefined : 'the lease does not list all';
  });
  worker.abort();
  await setImmediate();
  return { token };
}

/** Finishes all runs of a format with today's code. Returns what each came to, with what is wrong with its history. */
export async function goOn(
  parts: Parts,
  { token }: Recorded,
  format: number,
): Promise<Readonly<Record<string, unknown>>> {
  const { s, worker, actions, operations } = await workerOf(parts, 'successor', ['default', 'later'], {
    add,
    hold: async (input: { readonly n: number }, ctx) => ({
      n: input.n + 1,
      saved: (await ctx.checkpointed<string>()) ?? 'halfway',
    }),
    flaky: ({ n }: { readonly n: number }) => ({ n: n + 100 }),
  });
  await operations.redriveRun(runId('failed', 'r'));
  await operations.completeTask(token, { n: 40 });
  await tick(s);
  const rootOf = async (run: RunId) => {
    const first = await s.store.readFlow(rootFlow(run));
    return first && first.redrives > 0 ? s.store.readFlow(rootFlow(run, first.redrives)) : first;
  };
  const came: Record<string, unknown> = {};
  for (const name of Object.keys(runsOf(format))) {
    const run = runId(name, 'r');
    await eventually(async () => {
      const root = await rootOf(run);
      return root && isTerminal(root.status) ? undefined : `${run} does not end: ${JSON.stringify(root)}`;
    });
    const outcome = (await rootOf(run))?.outcome;
    const { events } = await operations.history(run, { limit: 1_000 });
    const last = events.at(-1)?.type;
    const isWhole = last === 'ExecutionSucceeded' && !events.some(({ type }) => type === 'HistoryGap');
    came[name] = outcome?.status === 'Succeeded' && isWhole ? outcome.output : { outcome, events };
  }
  await worker.drain(1_000);
  await actions.close();
  return came;
}
