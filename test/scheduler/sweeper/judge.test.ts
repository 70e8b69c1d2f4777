import { expect, test } from 'vitest';
import { SYSTEM_IDS } from '#adapters/system/ids';
import type { Incarnation } from '#ports/ids';
import { Judge, MOST_WORKERS } from '#scheduler/sweeper/judge';
import type { Sweeper } from '#scheduler/sweeper/sweep';
import { always, goOn, instance, type Scene, scene, WINDOW_MS } from '#test/scheduler/sweeper/scene';

const TEN_MINUTES = 600_000;

/** Beats each third of a window until `until` seconds. */
const beating =
  (it: Scene, worker: Parameters<Scene['beat']>[0], until = Number.POSITIVE_INFINITY) =>
  async (second: number) =>
    second % 10 === 0 && second < until && it.beat(worker);

/** When a worker that falls silent after a minute was taken over, in milliseconds since its last beat. */
async function takenAfter(it: Scene, next: () => Sweeper): Promise<number> {
  const worker = await it.worker('w', ['r']);
  let at: number | undefined;
  await goOn(it, 180_000, next, async (second) => {
    if (second % 10 === 0 && second < 60) await it.beat(worker);
    if (at === undefined && it.statuses()[0] === 'Queued') at = it.clock.elapsed() - 50_000;
  });
  return at ?? Number.POSITIVE_INFINITY;
}

test('a silent worker is taken over within its window and 15 s, by one instance that stays', async () => {
  const it = scene();
  const sweeper = instance(it.s);
  const after = await takenAfter(it, () => sweeper);
  expect(after).toBeGreaterThanOrEqual(WINDOW_MS);
  expect(after).toBeLessThanOrEqual(WINDOW_MS + 15_000);
  expect(it.told('condemned')).toMatchObject([{ worker: 'w', evidence: 'silence' }]);
});

test('so it is where every sweep is another instance, which remembers nothing', async () => {
  const it = scene();
  const after = await takenAfter(it, () => instance(it.s));
  expect(after).toBeGreaterThanOrEqual(WINDOW_MS);
  expect(after).toBeLessThanOrEqual(WINDOW_MS + 15_000);
});

test('L12: clocks that are ten minutes apart condemn nobody who beats, and the silent in the end', async () => {
  for (const skews of [
    [-TEN_MINUTES, TEN_MINUTES],
    [TEN_MINUTES, 0, -TEN_MINUTES],
    [0, TEN_MINUTES],
  ]) {
    let turn = 0;
    const next = (it: Scene) => () => instance(it.s, skews[turn++ % skews.length]);
    const healthy = scene();
    await goOn(healthy, 600_000, next(healthy), beating(healthy, await healthy.worker('w', ['r'])));
    expect(healthy.told('condemned')).toEqual([]);
    const silent = scene();
    await silent.worker('w', ['r']);
    await goOn(silent, 180_000, next(silent));
    expect(silent.statuses()).toEqual(['Queued']);
  }
});

test('L12: a storm of sweeps, each by a new instance of another clock, condemns nobody who beats', async () => {
  const it = scene();
  const worker = await it.worker('w', ['r']);
  let turn = 0;
  await goOn(it, 120_000, () => instance(it.s, turn++ % 2 ? TEN_MINUTES : 0), beating(it, worker));
  // Two invocations for each wake, one right after the other.
  await goOn(
    it,
    120_000,
    () => instance(it.s, turn++ % 2 ? TEN_MINUTES : 0),
    async (second) => {
      await beating(it, worker)(second);
      if (second % 5 === 0) await instance(it.s).sweep(undefined, () => true);
    },
  );
  expect(it.told('condemned')).toEqual([]);
});

test('two looks at once are one, and only who took it judges', async () => {
  const it = scene();
  await it.worker('w', ['r']);
  const two = [new Judge(it.s, WINDOW_MS), new Judge(it.s, WINDOW_MS)];
  const found: number[] = [];
  for (let look = 1; look <= 9; look++) {
    const at = it.clock.elapsed();
    const sight = { leases: await it.store.listLeases(), askedAt: at, answeredAt: at };
    const results = await Promise.all(two.map((judge) => judge.look(sight)));
    expect((await it.store.readSetting('sweeper.watch')) as object).toMatchObject({ look });
    found.push(results.filter(({ dead }) => dead.length > 0).length);
    await it.clock.advance(5_000);
  }
  expect(found).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1]);
});

test('what is kept of the most workers that are judged fits into one item, and beyond them the sweep ends with an error', async () => {
  const it = scene();
  const lease = { ...(await it.store.readLease(await it.worker('w')))!, beat: 9_999_999 };
  const watched = Array.from({ length: MOST_WORKERS + 1 }, (_, i) => ({
    ...lease,
    incarnation: `ip-10-0-12-${i}-1234-${SYSTEM_IDS.random()}` as Incarnation,
  }));
  it.store.watchedLeases = async () => watched;
  const sweeper = instance(it.s);
  const sweep = async () => {
    await it.clock.advance(5_000);
    return sweeper.sweep(undefined, always);
  };
  for (let look = 0; look < 4; look++) await expect(sweep()).rejects.toMatchObject({ code: 'TOO_MANY_WORKERS' });
  // Nobody has beaten, so each entry is as long as can be.
  expect(JSON.stringify(await it.store.readSetting('sweeper.watch')).length).toBeLessThan(390_000);
  expect(it.told('swept').at(-1)).toMatchObject({ workers: MOST_WORKERS + 1 });
  watched.pop();
  await expect(sweep()).resolves.toBeUndefined();
});

test('what was kept by full names is gone on with', async () => {
  const it = scene();
  const worker = await it.worker('a-worker-of-before', ['r']);
  const seen = [[worker, 0, WINDOW_MS - 1_000, 3]];
  await it.store.writeSetting('sweeper.watch', { look: 7, at: it.clock.now(), seen }, undefined);
  await it.clock.advance(5_000);
  const at = it.clock.elapsed();
  const sight = { leases: await it.store.listLeases(), askedAt: at, answeredAt: at };
  expect((await new Judge(it.s, WINDOW_MS).look(sight)).dead).toMatchObject([{ lease: { incarnation: worker } }]);
});
