import { setTimeout as after } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Watch } from '#scheduler/watch';
import { crewOf } from '#test/support/crew';
import { beatEvery } from '#workers/beats';

const slow = { timeout: 30_000, interval: 20 };

test('a worker that is told to drain while it starts over is gone afterwards', async () => {
  const here = crewOf({});
  onTestFinished(() => here.close());
  const worker = await here.worker();
  let put: () => void = () => {};
  const written = new Promise<void>((resolve) => {
    put = resolve;
  });
  const { putLease } = here.store;
  here.store.putLease = async (lease) => {
    await written;
    await putLease.call(here.store, lease);
  };
  worker.life?.lost();
  const drained = worker.drain(100);
  put();
  await drained;
  expect([...here.store.leases.keys()]).toEqual([]);
  await after(700);
  expect([...here.store.leases.keys()]).toEqual([]);
  expect(worker.life).toBeUndefined();
});

test('what an earlier life receives too late occupies no place of the next one', async () => {
  const here = crewOf({ work: (input) => input });
  onTestFinished(() => here.close());
  const { receive } = here.queue;
  let answer: () => void = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  here.queue.receive = async (options) => {
    here.queue.receive = receive;
    const found = await receive.call(here.queue, options);
    await answered;
    return found;
  };
  const worker = await here.worker({ places: 1 });
  const run = await here.start({
    name: 'one',
    definition: { StartAt: 'T', States: { T: { Type: 'Task', Resource: 'activity:work', End: true } } },
  });
  await vi.waitFor(() => expect([...here.queue.entries.values()]).toMatchObject([{ receives: 1 }]), slow);
  const first = worker.life;
  worker.life?.lost();
  answer();
  await vi.waitFor(() => expect(here.root(run)?.status).toBe('Succeeded'), slow);
  expect(worker.life).not.toBe(first);
});

test('an observer with a shorter window judges a worker by the worker’s own', async () => {
  const here = crewOf({});
  onTestFinished(() => here.close());
  await here.worker({ windowMs: 6_000 });
  const leases = await here.store.listLeases();
  const watch = new Watch();
  const dead = (now: number) => watch.look(leases, { askedAt: now, answeredAt: now }, 300).length;
  let now = 0;
  for (; now < 6_000; now += 100) expect(dead(now)).toBe(0);
  expect(dead(now)).toBe(1);
});

test('a worker hears of commands within a minute even where its window is years', () => {
  expect(beatEvery(30_000)).toBe(10_000);
  expect(beatEvery(10 * 366 * 86_400_000)).toBe(60_000);
});
