import { expect, onTestFinished, test, vi } from 'vitest';
import type { Json } from '#engine/json';
import { epoch } from '#engine/time';
import type { FlowId, RunId } from '#ports/ids';
import { census } from '#scheduler/census';
import { control } from '#scheduler/control';
import { createOperations } from '#scheduler/create-operations';
import { deadlineWrite } from '#scheduler/messages';
import { startRun } from '#scheduler/start';
import { memoryScheduler } from '#test/scheduler/memory-scheduler';
import { type CrewHandler, crewOf } from '#test/support/crew';

const untilStatus = (here: ReturnType<typeof crewOf>, run: RunId, status: string) =>
  vi.waitFor(() => expect(here.root(run)?.status).toBe(status), { timeout: 15_000, interval: 20 });

const chartOf = (activity: string, more: { readonly [field: string]: Json } = {}) => ({
  name: 'c',
  definition: { StartAt: 'T', States: { T: { Type: 'Task', Resource: `activity:${activity}`, End: true } }, ...more },
});

/** A handler that runs until it is told to stop, and what tells that it runs. */
function endless() {
  let told: () => void;
  const running = new Promise<void>((resolve) => {
    told = resolve;
  });
  const handler: CrewHandler = (_, { signal }) => {
    told();
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
  };
  return { running, handler };
}

function crew(activities: Readonly<Record<string, CrewHandler>>) {
  const here = crewOf(activities);
  onTestFinished(() => here.close());
  return here;
}

test('a run that waits for a handler that no worker has ends when it is cancelled', async () => {
  const here = crew({ echo: (input) => input });
  await here.worker();
  const run = await here.start(chartOf('nobody'));
  await here.operations.cancelRun(run, { error: 'Enough' });
  await untilStatus(here, run, 'Cancelled');
  // The message that waits for such a worker stays for one that comes; nothing of the cancel does.
  const left = () => [...here.queue.entries.values()].map(({ message }) => message.kind === 'flow' && message.needs);
  await vi.waitFor(() => expect(left()).toEqual(['nobody']), { timeout: 15_000 });
});

test('a run that waits for a handler that no worker has ends when its time is up', async () => {
  const here = crew({ echo: (input) => input });
  await here.worker();
  const run = await here.start(chartOf('nobody', { TimeoutSeconds: 1 }));
  await untilStatus(here, run, 'TimedOut');
});

test('a cancel reaches the action that takes the last place', async () => {
  const { handler, running } = endless();
  const here = crew({ endless: handler });
  await here.worker({ places: 1 });
  const run = await here.start(chartOf('endless'));
  await running;
  await here.operations.cancelRun(run, {});
  await untilStatus(here, run, 'Cancelled');
});

test('a run whose queue no worker serves ends when it is cancelled, and when its time is up', async () => {
  const here = crew({ echo: (input) => input });
  await here.worker();
  const far = { ...chartOf('echo'), queue: 'far' };
  const run = await here.start(far);
  await here.operations.cancelRun(run, { error: 'Enough' });
  await untilStatus(here, run, 'Cancelled');
  const timed = await here.start({ ...chartOf('echo', { TimeoutSeconds: 1 }), name: 'timed', queue: 'far' });
  await untilStatus(here, timed, 'TimedOut');
});

test('what waits for time, a token or its children ends when it is cancelled, though no worker serves its queue any more', async () => {
  const here = crew({ ask: () => null });
  const worker = await here.worker({ queues: ['far'] });
  const branch = (name: string, state: Json) => ({ StartAt: name, States: { [name]: state } });
  const ask = { Type: 'Task', Resource: 'activity:ask.waitForTaskToken', Parameters: {}, End: true };
  const Branches = [branch('Later', { Type: 'Wait', Seconds: 3_600, End: true }), branch('Ask', ask)];
  const definition = branch('Fork', { Type: 'Parallel', Branches, End: true });
  const run = await here.start({ name: 'c', queue: 'far', definition });
  const statuses = () => [...here.store.flows.values()].map(({ status }) => status);
  await vi.waitFor(() => expect(statuses()).toEqual(['Waiting', 'Waiting', 'Waiting']), 15_000);
  await worker.drain(1_000);
  await here.worker();
  await here.operations.cancelRun(run, {});
  await vi.waitFor(() => expect(statuses()).toEqual(['Cancelled', 'Cancelled', 'Cancelled']), 15_000);
});

test('a branch whose queue no worker serves is cancelled when its split is left by an error', async () => {
  const here = crew({ echo: (input) => input });
  await here.worker();
  const task = { Type: 'Task', Resource: 'activity:elsewhere', End: true };
  const Branches = [
    { StartAt: 'Stays', States: { Stays: task } },
    { StartAt: 'Fails', States: { Fails: { Type: 'Fail', Error: 'E' } } },
  ];
  const definition = { StartAt: 'Fork', States: { Fork: { Type: 'Parallel', Branches, End: true } } };
  const run = await here.start({ name: 'c', queues: { elsewhere: 'far' }, definition });
  await untilStatus(here, run, 'Failed');
  const statuses = () => [...here.store.flows.values()].map(({ status }) => status);
  await vi.waitFor(() => expect(statuses()).toEqual(['Failed', 'Cancelled', 'Failed']), 15_000);
});

test('a queued run ends when it is cancelled while every place is taken', async () => {
  const { handler, running } = endless();
  const here = crew({ endless: handler, echo: (input) => input });
  await here.worker({ places: 1 });
  const first = await here.start(chartOf('endless'));
  await running;
  const second = await here.start({ ...chartOf('echo'), name: 'second' });
  await here.operations.cancelRun(second, {});
  await untilStatus(here, second, 'Cancelled');
  expect(here.root(first)?.status).toBe('Owned');
  await here.operations.cancelRun(first, {});
  await untilStatus(here, first, 'Cancelled');
});

test('the end of its time reaches the action that takes the last place', async () => {
  const { handler, running } = endless();
  const here = crew({ endless: handler });
  await here.worker({ places: 1 });
  const run = await here.start(chartOf('endless', { TimeoutSeconds: 1 }));
  await running;
  await untilStatus(here, run, 'TimedOut');
});

test('the end of the time of a run reaches its children where they take every place', async () => {
  const { handler } = endless();
  const here = crew({ endless: handler });
  await here.worker({ places: 2 });
  const each = {
    Type: 'Map',
    ItemProcessor: chartOf('endless').definition,
    End: true,
  };
  const run = await here.start(
    { name: 'c', definition: { StartAt: 'M', States: { M: each }, TimeoutSeconds: 1 } },
    [1, 2, 3],
  );
  await untilStatus(here, run, 'TimedOut');
  await vi.waitFor(() => {
    const statuses = [...here.store.flows.values()].map(({ status }) => status);
    expect(statuses).toEqual(['TimedOut', 'TimedOut', 'TimedOut', 'TimedOut']);
  }, 15_000);
});

test('the message of a time limit whose run never came to be is looked at again for an hour, and then no more', async () => {
  const s = memoryScheduler();
  const root = 'c:r' as FlowId;
  const due = epoch(s.clock.now() + 1_000);
  await s.commit([deadlineWrite(s, root, due, s.clock.now())]);
  const comes = async () => {
    const [received] = await s.queue.receive({ queues: ['_control'], max: 1, waitMs: 0, visibilityMs: 1_000 });
    const carried = await control(s, received!, 'w-1');
    await (carried.done ? s.queue.done(received!) : s.queue.later(received!, carried.delayMs));
    return carried;
  };
  await s.clock.advance(1_000);
  expect(await comes()).toMatchObject({ done: false });
  await s.clock.advance(3_590_000);
  expect(await comes()).toMatchObject({ done: false });
  await s.clock.advance(10_000);
  expect(await comes()).toEqual({ done: true });
  expect(s.queue.entries.size).toBe(0);
});

test('a run that is put only after that, its time up, is ended by the census', async () => {
  const s = memoryScheduler();
  const operations = createOperations(s);
  const late = chartOf('nobody', { TimeoutSeconds: 1 });
  const { chart } = await operations.putChart(JSON.stringify(late));
  // A start that stood still between its messages and its put: the hour goes by for whoever looks at the message.
  let thaw = () => {};
  const frozen = new Promise<void>((resolve) => {
    thaw = resolve;
  });
  const commit: typeof s.commit = async (writes) => {
    for (const write of writes) if (write.kind === 'send') await s.commit([write]);
    await frozen;
    return s.commit(writes.filter(({ kind }) => kind !== 'send'));
  };
  const starting = startRun({ ...s, commit }, { chart: 'c', version: chart.version, name: 'r', input: null });
  // It comes to its messages before time goes on.
  await s.clock.advance(0);
  await s.clock.advance(3_700_000);
  const [received] = await s.queue.receive({ queues: ['_control'], max: 1, waitMs: 0, visibilityMs: 1_000 });
  expect(await control(s, received!, 'w-1')).toEqual({ done: true });
  await s.queue.done(received!);
  thaw();
  await starting;
  await census(s, 60_000, 'w-1');
  expect(await s.store.readControl('c:r' as FlowId)).toMatchObject({ timedOut: true });
});
