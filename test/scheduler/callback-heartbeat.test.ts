/** `HeartbeatSeconds` of a callback, by a clock that is turned: it expires so long after the last sign of life, and not a check later. */
import { expect, onTestFinished, test } from 'vitest';
import type { Json } from '#engine/json';
import { type Incarnation, type RunId, rootFlow } from '#ports/ids';
import { advance } from '#scheduler/advance';
import { claim } from '#scheduler/claim';
import { createOperations } from '#scheduler/create-operations';
import { resume } from '#scheduler/resume';
import { wake } from '#scheduler/wake';
import { memoryScheduler } from '#test/scheduler/memory-scheduler';
import { TimerBeats } from '#workers/beats';
import { Worker } from '#workers/worker';

const HEARTBEAT = { status: 'Failed', error: 'States.HeartbeatTimeout' };
const WINDOW_MS = 30_000;

/** A run that waits for its token, with what moves it and what became of it. */
async function waiting(task: { readonly [field: string]: Json } = { HeartbeatSeconds: 10 }) {
  const s = memoryScheduler();
  const { clock } = s;
  const operations = createOperations(s);
  const ask = {
    Type: 'Task',
    Resource: 'activity:ask.waitForTaskToken',
    Parameters: { 'token.$': '$$.Task.Token' },
    End: true,
    ...task,
  };
  await operations.putChart(JSON.stringify({ name: 'c', definition: { StartAt: 'Ask', States: { Ask: ask } } }));
  let token = '';
  /** How long the action runs before the wait begins. */
  let acts: Promise<void> = Promise.resolve();
  const actions = {
    activities: new Set(['ask']),
    async run({ input }: { readonly input: Json }) {
      ({ token } = input as { token: string });
      await acts;
      return { ok: true, output: null } as const;
    },
  };
  const worker = () =>
    new Worker(s, {
      name: 'w',
      kind: 'in-process',
      host: 'test',
      queues: ['default'],
      places: 1,
      windowMs: WINDOW_MS,
      pollMs: 20_000,
      actions,
      beats: new TimerBeats(s.store, clock),
    });
  let begun = 0;
  const at = (ms: number) => clock.advance(begun + ms - clock.elapsed());
  return {
    s,
    /** Turns the clock to so long after the wait began. */
    at,
    async begin(first: Promise<void> = Promise.resolve()): Promise<Worker> {
      acts = first;
      const one = worker();
      onTestFinished(() => one.abort());
      await one.start();
      await operations.startRun({ chart: 'c', name: 'r', input: {} });
      await clock.advance(0);
      begun = clock.elapsed();
      return one;
    },
    /** From now on times count from here. */
    begins: () => {
      begun = clock.elapsed();
    },
    async again(): Promise<void> {
      const other = worker();
      onTestFinished(() => other.abort());
      await other.start();
      await clock.advance(0);
    },
    beat: () => operations.heartbeatTask(token),
    answer: () => operations.completeTask(token, 'done'),
    outcome: async () => {
      const root = await s.store.readFlow(rootFlow('c:r' as RunId));
      return root?.outcome ?? root?.status;
    },
    elapse: (ms: number) => clock.advance(ms),
  };
}

test('without a heartbeat the wait ends HeartbeatSeconds after it began', async () => {
  const t = await waiting();
  await t.begin();
  await t.at(9_999);
  expect(await t.outcome()).toBe('Waiting');
  await t.at(10_000);
  expect(await t.outcome()).toEqual(HEARTBEAT);
});

test('it ends HeartbeatSeconds after the last heartbeat, not after the look at it', async () => {
  const t = await waiting();
  await t.begin();
  await t.at(3_000);
  await t.beat();
  await t.at(12_999);
  expect(await t.outcome()).toBe('Waiting');
  await t.at(13_000);
  expect(await t.outcome()).toEqual(HEARTBEAT);
});

test('heartbeats keep it waiting as long as they come', async () => {
  const t = await waiting();
  await t.begin();
  for (const ms of [1_000, 9_999, 19_998, 20_001, 30_000]) {
    await t.at(ms);
    expect(await t.outcome()).toBe('Waiting');
    await t.beat();
  }
  await t.at(39_999);
  expect(await t.outcome()).toBe('Waiting');
  await t.answer();
  await t.elapse(0);
  expect(await t.outcome()).toEqual({ status: 'Succeeded', output: 'done' });
});

test('a heartbeat that is given while the action still runs does not shorten the wait', async () => {
  const t = await waiting();
  const done = Promise.withResolvers<void>();
  await t.begin(done.promise);
  await t.beat();
  await t.at(4_000);
  done.resolve();
  await t.elapse(0);
  t.begins();
  await t.at(9_999);
  expect(await t.outcome()).toBe('Waiting');
  await t.at(10_000);
  expect(await t.outcome()).toEqual(HEARTBEAT);
});

test('the end of TimeoutSeconds comes whatever heartbeats say', async () => {
  const t = await waiting({ HeartbeatSeconds: 10, TimeoutSeconds: 15 });
  await t.begin();
  for (const ms of [8_000, 14_000]) {
    await t.at(ms);
    await t.beat();
  }
  await t.at(14_999);
  expect(await t.outcome()).toBe('Waiting');
  await t.at(15_000);
  expect(await t.outcome()).toEqual({ status: 'Failed', error: 'States.Timeout' });
});

test('a worker that looks long after the heartbeat ran out lets the wait end at once', async () => {
  const t = await waiting();
  const worker = await t.begin();
  await t.at(3_000);
  await t.beat();
  await worker.drain(0);
  await t.at(60_000);
  expect(await t.outcome()).toBe('Waiting');
  await t.again();
  expect(await t.outcome()).toEqual(HEARTBEAT);
});

test('a heartbeat counts for a flow that is claimed before it is due, and decided on a moment later', async () => {
  const t = await waiting();
  const worker = await t.begin();
  await t.at(9_000);
  await t.beat();
  await worker.drain(0);
  // Woken by what turns out to be nothing, as by a cancel that came too late.
  const flow = (await t.s.store.readFlow(rootFlow('c:r' as RunId)))!;
  await wake(t.s, flow, { status: 'Waiting' });
  await t.at(9_999);
  const who = { incarnation: 'w-2' as Incarnation, worker: 'w', signal: new AbortController().signal };
  const claimed = await claim(t.s, (await t.s.store.readFlow(flow.id))!, who);
  if (typeof claimed === 'string') throw new Error(claimed);
  const event = await resume(t.s, claimed.held);
  await t.at(10_000);
  const owner = { activities: new Set(['ask']), queues: ['default'], draining: false };
  await advance(t.s, claimed.held, owner, event);
  expect(await t.outcome()).toBe('Waiting');
});
