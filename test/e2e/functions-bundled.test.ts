/** The functions as they are deployed, bundled, each in a process of its own, over the emulators. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createActionRunner } from '#actions/action-runner';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { sqsName } from '#adapters/sqs/queue-urls';
import { openSqs } from '#adapters/sqs/sqs-queue';
import { SYSTEM_IDS } from '#adapters/system/ids';
import { epoch } from '#engine/time';
import { SWEEP_QUEUE } from '#ports/message';
import { SILENT } from '#ports/telemetry';
import type { Scheduler } from '#scheduler/context';
import { createScheduler } from '#scheduler/create-operations';
import { orderedCommit } from '#scheduler/ordered-commit';
import { Sweeper } from '#scheduler/sweeper/sweep';
import { until } from '#test/support/cluster';
import { REAL_CLOCK } from '#test/support/emulators/real-clock';
import { FunctionProcess } from '#test/support/function-process';
import { ACTIONS, FunctionScene } from '#test/support/function-scene';
import { TimerBeats } from '#workers/beats';
import { Worker } from '#workers/worker';
import { bundle } from '../../bin/bundle-functions.mjs';

let scene: FunctionScene;

beforeAll(async () => {
  scene = await FunctionScene.open();
  await bundle(['advance', 'executor'], { out: scene.folder.file('functions') });
});
afterAll(() => scene[Symbol.asyncDispose]());

const processOf = (name: string, clockOffMs?: () => number) =>
  new FunctionProcess({
    module: scene.folder.file(`functions/${name}/index.mjs`),
    environment: scene.environment,
    ...(clockOffMs && { clockOffMs }),
  });

const keysIn = (journal: string): readonly string[] => readFileSync(journal, 'utf8').trim().split('\n');

const WINDOW_MS = 30_000;
const OFF_MS = 10 * 60_000;
/** Off by so much that whoever looks by the other clock takes a function's time for over. */
const BEHIND = () => -OFF_MS;
const AHEAD = () => OFF_MS;

test('the bundled functions run a chart with activities, one in a thread of its own', async () => {
  await using advance = processOf('advance');
  await using executor = processOf('executor');
  await using source = scene.serve({ advance: advance.handler, executor: executor.handler });
  const started = await scene.start(2);
  await scene.put('place', {
    StartAt: 'Place',
    States: { Place: { Type: 'Task', Resource: 'activity:place', End: true } },
  });
  const { run } = await scene.installation.operations.startRun({ chart: 'place', name: 'r', input: {} });
  expect(await scene.whole(started)).toBe(2 * ACTIONS);
  expect((await scene.installation.ended(run)).outcome).toEqual({
    status: 'Succeeded',
    output: { isMainThread: false },
  });
  expect([source.errors, advance.deaths, executor.deaths]).toEqual([[], 0, 0]);
});

/** A scheduler over the emulators by a clock that is off by so much. */
function schedulerBy(offMs: number): Scheduler {
  const clock = { ...REAL_CLOCK, now: () => epoch(Date.now() + offMs) };
  const { dynamo, sqs, table, prefix } = scene.installation.emulators;
  const store = openDynamo({ client: dynamo, table, clock });
  const queue = openSqs({ client: sqs, clock, prefix, functions: true });
  const commit = orderedCommit(store, queue);
  return createScheduler({ store, queue, commit, clock, ids: SYSTEM_IDS, telemetry: SILENT });
}

/** A worker of the queue `far`, whose clock is off by so much. */
async function workerBy(offMs: number) {
  const s = schedulerBy(offMs);
  const { clock } = s;
  const actions = createActionRunner({ activities: { far: (input: unknown) => input }, clock });
  const worker = new Worker(s, {
    name: 'far',
    kind: 'external',
    host: 'test',
    queues: ['far'],
    places: 10,
    windowMs: WINDOW_MS,
    pollMs: 1_000,
    actions,
    beats: new TimerBeats(s.store, clock),
  });
  await worker.start();
  return {
    async [Symbol.asyncDispose]() {
      await worker.drain(1_000);
      await actions.close();
    },
  };
}

const task = (activity: string, more: object = { End: true }) => ({
  Type: 'Task',
  Resource: `activity:${activity}`,
  ...more,
});

test('clocks of functions, of a worker and of the sweeper are twenty minutes apart: runs end as ever, each step committed once', async () => {
  const { installation } = scene;
  const { operations, emulators } = installation;
  for (const queue of ['far', SWEEP_QUEUE])
    await emulators.sqs.send(new CreateQueueCommand({ QueueName: sqsName(emulators.prefix, queue) }));
  await using advance = processOf('advance', AHEAD);
  await using behind = processOf('executor', BEHIND);
  await using ahead = processOf('executor', AHEAD);
  await using _worker = await workerBy(-OFF_MS);
  const both = [behind.handler, ahead.handler];
  let calls = 0;
  await using source = scene.serve({
    advance: advance.handler,
    executor: (event, context) => both[calls++ % 2]!(event, context),
  });
  const States = { Slow: task('slow', { Next: 'Far' }), Far: task('far', { Next: 'After' }), After: task('slow') };
  const definition = { StartAt: 'Slow', States };
  await operations.putChart(JSON.stringify({ name: 'slow', queues: { far: 'far' }, definition }));
  const journal = scene.folder.file('slow');
  const slow = await Promise.all(
    ['one', 'two'].map((name) => operations.startRun({ chart: 'slow', name, input: { journal, ms: 1_500 } })),
  );
  const started = await scene.start(2, 0);
  await until('both actions are under way', () => existsSync(journal) && keysIn(journal).length >= 2);
  // The census of a sweeper whose clock is ahead takes the time of functions for over that are at work.
  const sweeper = new Sweeper(schedulerBy(OFF_MS), { windowMs: WINDOW_MS, perMinute: 6_000 });
  await sweeper.sweep(undefined, () => true);
  for (const { run } of slow) {
    expect((await installation.ended(run)).outcome).toMatchObject({ status: 'Succeeded' });
    const { events } = await operations.history(run, { limit: 1_000 });
    expect(events.filter(({ type }) => type === 'TaskStateExited')).toHaveLength(3);
  }
  await scene.whole(started);
  await sweeper.sweep(undefined, () => true);
  expect((await operations.listWorkers()).map(({ lease, status }) => [lease.worker, status])).toEqual([
    ['far', 'Connected'],
  ]);
  const keys = keysIn(journal);
  expect(new Set(keys).size).toBe(4);
  expect(keys.length).toBeGreaterThan(4);
  expect(source.errors).toEqual([]);
});

test('an action that kills its function each time is parked, shown by the API, and ends when it is redriven and cured', async () => {
  // Each death is followed by the time after which its flow is surely free.
  await using executor: FunctionProcess = processOf('executor', () => executor.deaths * 30_000);
  await using advance = processOf('advance');
  await using api = await scene.api();
  const feed = { lastsMs: 5_000, visibilityMs: 3_000 };
  await using _source = scene.serve({ advance: advance.handler, executor: executor.handler }, feed);
  await scene.put('poison', {
    StartAt: 'Kill',
    States: { Kill: task('poison') },
  });
  const cured = scene.folder.file('cured');
  const { run } = await scene.installation.operations.startRun({ chart: 'poison', name: 'r', input: { cured } });
  const path = `/v1/runs/${encodeURIComponent(run)}`;
  const parked = await until('the flow is parked', async () => {
    const detail = (await api.get(path)) as { readonly flowCounts: Readonly<Record<string, number>> };
    return detail.flowCounts.Parked === 1 && detail;
  });
  expect(parked).toMatchObject({ flows: [{ status: 'Parked', at: 'Kill' }] });
  expect(executor.deaths).toBe(5);
  writeFileSync(cured, '');
  await api.post(`${path}:redrive`);
  expect((await scene.installation.ended(run)).outcome).toEqual({ status: 'Succeeded', output: { cured: true } });
  expect(executor.deaths).toBe(5);
});
