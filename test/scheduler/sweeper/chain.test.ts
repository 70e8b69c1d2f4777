import { expect, test } from 'vitest';
import { SWEEP_NOW } from '#scheduler/sweeper/chain';
import { always, deliver, goOn, instance, scene } from '#test/scheduler/sweeper/scene';

test('while there are workers the sweeper wakes itself each five seconds; without any there is no wake', async () => {
  const it = scene();
  const sweeper = instance(it.s);
  await goOn(it, 300_000, () => sweeper);
  expect(it.told('swept')).toHaveLength(5);
  const worker = await it.worker('w');
  await goOn(
    it,
    60_000,
    () => sweeper,
    async (second) => second % 10 === 0 && it.beat(worker),
  );
  expect(it.told('swept').length - 5).toBeGreaterThanOrEqual(11);
  expect(it.told('swept').length - 5).toBeLessThanOrEqual(13);
});

test('two sweeps at once, a wake that comes twice, and each minute anew: there is one chain', async () => {
  const it = scene();
  const worker = await it.worker('w');
  const next = () => instance(it.s);
  await Promise.all([next().sweep(undefined, always), next().sweep(undefined, always)]);
  expect(it.wakes()).toHaveLength(1);
  await goOn(it, 600_000, next, async (second) => {
    if (second % 10 === 0) await it.beat(worker);
    const [wake] = it.wakes();
    // A queue delivers at least once.
    if (second % 7 === 0 && wake)
      await it.queue.send([{ message: wake.message, delayMs: wake.visibleAt - it.clock.elapsed() }]);
  });
  const numbers = it.wakes().map(({ message }) => message.kind === 'sweep' && message.wake);
  expect(new Set(numbers).size).toBeLessThanOrEqual(2);
  // 120 of the chain, ten of the rule, and a few where the rule cut a pause short.
  expect(it.told('swept').length).toBeLessThanOrEqual(145);
});

test('a wake whose number is past does nothing', async () => {
  const it = scene();
  await it.worker('w');
  const sweeper = instance(it.s);
  await sweeper.sweep(undefined, always);
  await sweeper.sweep(undefined, always);
  const old = it.wakes()[0]!.message;
  const calls = it.told('swept').length;
  if (old.kind === 'sweep') await sweeper.sweep(old.wake, always);
  expect(it.told('swept')).toHaveLength(calls);
  expect(it.told('wakePast')).toHaveLength(1);
});

test('a chain that broke goes on with the next rule', async () => {
  const it = scene();
  const worker = await it.worker('w');
  const next = () => instance(it.s);
  await next().sweep(undefined, always);
  for (const id of it.queue.entries.keys()) it.queue.entries.delete(id);
  await goOn(it, 60_000, next, async (second) => second % 10 === 0 && it.beat(worker));
  expect(it.wakes()).toHaveLength(1);
  await it.clock.advance(5_000);
  expect(await deliver(it, next)).toBe(1);
});

test('a worker that starts sets the chain going between two calls of the rule: should it die at once, it is taken over within its window and 15 s', async () => {
  const it = scene();
  await it.worker('w', ['r']);
  await it.s.commit([SWEEP_NOW]);
  for (let second = 0; second < 45; second++) {
    await deliver(it, () => instance(it.s));
    await it.clock.advance(1_000);
  }
  expect(it.statuses()).toEqual(['Queued']);
});
