import { expect, test } from 'vitest';
import { createOperations } from '#scheduler/create-operations';
import { hearPlatform } from '#scheduler/platform';
import { always, goOn, instance, type Scene, scene } from '#test/scheduler/sweeper/scene';
import { atEveryCut } from '#test/support/cuts';

const names = (count: number, prefix = 'r') => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

/** A worker that is condemned already, and holds flows. */
async function withDead(...held: readonly number[]): Promise<Scene> {
  const it = scene();
  for (const [i, count] of held.entries()) {
    const worker = await it.worker(`w${i}`, names(count, `r${i}-`));
    await it.store.condemn(worker, undefined, 'test', { kind: 'platform', text: 'Gone.' }, it.clock.now());
  }
  return it;
}

const queued = (it: Scene) => it.statuses().filter((status) => status === 'Queued').length;

test('what a dead worker held is taken over, at most so much a minute, and goes on where it was left', async () => {
  const it = await withDead(100);
  const next = () => instance(it.s, 0, { perMinute: 40 });
  await next().sweep(undefined, always);
  expect(queued(it)).toBe(40);
  expect(it.told('swept').at(-1)).toMatchObject({ taken: 40, backlog: 60 });
  await goOn(it, 60_000, next);
  expect(queued(it)).toBeGreaterThanOrEqual(70);
  expect(queued(it)).toBeLessThanOrEqual(81);
  await goOn(it, 60_000, next);
  expect(queued(it)).toBe(100);
  expect(it.store.leases.size).toBe(0);
  expect(it.told('takenOver')).toHaveLength(100);
  expect(await it.store.readSetting('sweeper.recovery')).toMatchObject({ done: {} });
});

test('a sweep whose time is up leaves the rest to the next wake', async () => {
  const it = await withDead(60, 60);
  let batches = 2;
  await instance(it.s).sweep(undefined, () => batches-- > 0);
  expect(queued(it)).toBe(50);
  expect(it.told('swept')).toMatchObject([{ taken: 50, backlog: 70 }]);
  await it.clock.advance(5_000);
  await goOn(it, 10_000, () => instance(it.s));
  expect(queued(it)).toBe(120);
});

test('two sweeps at once take each flow once', async () => {
  const it = await withDead(30, 30, 30);
  await Promise.all([instance(it.s).sweep(undefined, always), instance(it.s).sweep(undefined, always)]);
  await goOn(it, 10_000, () => instance(it.s));
  expect(queued(it)).toBe(90);
  expect(it.told('takenOver')).toHaveLength(90);
});

test('a flow that cannot be dealt with is tried again, and its lease stays', async () => {
  const it = await withDead(3);
  let broken = true;
  const commit: typeof it.s.commit = (writes) =>
    broken && writes.some((write) => write.kind === 'takeOver' && write.flow.endsWith('-1'))
      ? Promise.reject(new TypeError('a mistake of ours'))
      : it.s.commit(writes);
  const spoiled = { ...it.s, commit };
  await instance(spoiled).sweep(undefined, always);
  expect(queued(it)).toBe(2);
  expect(it.store.leases.size).toBe(1);
  broken = false;
  await instance(spoiled).sweep(undefined, always);
  expect(queued(it)).toBe(3);
  expect(it.store.leases.size).toBe(0);
});

test('the brake stops condemning, taking over and the census, until it is let go', async () => {
  const it = await withDead(3);
  await it.worker('silent', ['s'], { taskArn: 'task' });
  const operations = createOperations(it.s);
  await operations.setBrake('Half the cluster vanished from our view.');
  expect(await operations.readBrake()).toMatchObject({ reason: 'Half the cluster vanished from our view.' });
  const sweeper = instance(it.s);
  await goOn(it, 180_000, () => sweeper);
  const gone = { kind: 'gone', host: { taskArn: 'task' }, text: 'Gone.' } as const;
  await hearPlatform(it.s, gone, { perMinute: 6_000, goesOn: always });
  expect(queued(it)).toBe(0);
  expect(it.told('condemned')).toEqual([]);
  expect(await it.store.readSetting('sweeper.census')).toBeUndefined();
  await operations.releaseBrake();
  await operations.releaseBrake();
  expect(await operations.readBrake()).toBeUndefined();
  await goOn(it, 60_000, () => sweeper);
  expect(queued(it)).toBe(4);
});

test('a sweep may be cut at any call: the next ones take over everything, once', async () => {
  const calls = await atEveryCut(
    () => withDead(2, 1),
    (s) => instance(s).sweep(undefined, always),
    async (it, where) => {
      await goOn(it, 120_000, () => instance(it.s));
      expect(it.statuses(), where).toEqual(['Queued', 'Queued', 'Queued']);
      expect(it.store.leases.size, where).toBe(0);
      expect(await it.store.readSetting('sweeper.recovery'), where).toHaveProperty('done', {});
      expect(
        [...it.store.flows.values()].map(({ term }) => term),
        where,
      ).toEqual([3, 3, 3]);
      expect(it.wakes().length, where).toBeLessThanOrEqual(1);
    },
  );
  expect(calls).toBeGreaterThan(20);
});

test('a judgement may be cut at any call: the silent worker is taken over all the same', async () => {
  const silent = async () => {
    const it = scene();
    await it.worker('w', ['r']);
    await goOn(it, 40_000, () => instance(it.s));
    return it;
  };
  const before = await silent();
  expect(before.statuses()).toEqual(['Queued']);
  const nearly = async () => {
    const it = scene();
    await it.worker('w', ['r']);
    await goOn(it, 30_000, () => instance(it.s));
    expect(it.statuses()).toEqual(['Owned']);
    return it;
  };
  await atEveryCut(
    nearly,
    (s) => instance(s).sweep(undefined, always),
    async (it, where) => {
      await goOn(it, 90_000, () => instance(it.s));
      expect(it.statuses(), where).toEqual(['Queued']);
    },
  );
});
