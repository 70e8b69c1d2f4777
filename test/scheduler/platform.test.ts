import { expect, test } from 'vitest';
import { setBrake } from '#scheduler/brake';
import { hearPlatform, type PlatformEvent } from '#scheduler/platform';
import { always, goOn, instance, type Scene, scene } from '#test/scheduler/sweeper/scene';
import { atEveryCut } from '#test/support/cuts';

const BOUNDS = { perMinute: 6_000, goesOn: always };
const gone = (host: PlatformEvent['host'], until?: PlatformEvent['until']): PlatformEvent => ({
  kind: 'gone',
  host,
  text: 'It has stopped.',
  ...(until !== undefined && { until }),
});

async function two(): Promise<Scene> {
  const it = scene();
  await it.worker('a', ['r0', 'r1'], { taskArn: 'task-a', instanceId: 'i-1' });
  await it.worker('b', ['r2'], { taskArn: 'task-b', instanceId: 'i-2' });
  return it;
}

const byRun = ({ store }: Scene) => [...store.flows.values()].map(({ status }) => status);

test('a task that has stopped is proof: its flows are taken over at once, and nobody else is meant', async () => {
  const it = await two();
  await hearPlatform(it.s, gone({ taskArn: 'task-a' }), BOUNDS);
  expect(byRun(it)).toEqual(['Queued', 'Queued', 'Owned']);
  expect(it.told('takenOver')).toMatchObject([{ evidence: 'platform' }, { evidence: 'platform' }]);
  expect([...it.store.leases.keys()]).toEqual(['b-1']);
  await hearPlatform(it.s, gone({ taskArn: 'task-a' }), BOUNDS);
  expect(it.told('takenOver')).toHaveLength(2);
});

test('an instance that is gone takes its tasks with it; a worker that began on it since is not meant', async () => {
  const it = await two();
  const stopped = it.clock.now();
  await it.clock.advance(1_000);
  await it.worker('again', ['r3'], { instanceId: 'i-1' });
  await hearPlatform(it.s, gone({ instanceId: 'i-1' }, stopped), BOUNDS);
  expect(byRun(it)).toEqual(['Queued', 'Queued', 'Owned', 'Owned']);
});

test('a notice that a host will be taken away drains its workers; nobody is dead', async () => {
  const it = await two();
  await hearPlatform(it.s, { kind: 'leaving', host: { instanceId: 'i-2' }, text: 'Spot.' }, BOUNDS);
  expect(byRun(it)).toEqual(['Owned', 'Owned', 'Owned']);
  expect([...it.store.leases.values()].map(({ commands }) => commands)).toEqual([[], [{ verb: 'drain' }]]);
});

test('the brake keeps no worker from draining that will be taken away', async () => {
  const it = await two();
  await setBrake(it.s, 'Half the network is gone.');
  await hearPlatform(it.s, { kind: 'leaving', host: { instanceId: 'i-2' }, text: 'Spot.' }, BOUNDS);
  await hearPlatform(it.s, gone({ taskArn: 'task-a' }), BOUNDS);
  expect([...it.store.leases.values()].map(({ commands }) => commands)).toEqual([[], [{ verb: 'drain' }]]);
  expect(byRun(it)).toEqual(['Owned', 'Owned', 'Owned']);
});

test('an event without a host, or of a host without a worker, is nobody', async () => {
  const it = await two();
  await hearPlatform(it.s, gone({}), BOUNDS);
  await hearPlatform(it.s, gone({ taskArn: 'another' }), BOUNDS);
  expect(byRun(it)).toEqual(['Owned', 'Owned', 'Owned']);
  expect(it.wakes()).toHaveLength(0);
});

test('an event may be cut at any call, and come twice at once: the sweeper does what it left', async () => {
  const calls = await atEveryCut(
    two,
    (s) => hearPlatform(s, gone({ taskArn: 'task-a' }), BOUNDS),
    async (it, where) => {
      // What was not heard of at all comes again: EventBridge repeats what failed.
      const again = () => hearPlatform(it.s, gone({ taskArn: 'task-a' }), BOUNDS);
      if (it.store.leases.get('a-1' as never) && !it.store.leases.get('a-1' as never)?.condemned)
        await Promise.all([again(), again()]);
      await goOn(it, 10_000, () => instance(it.s));
      expect(byRun(it), where).toEqual(['Queued', 'Queued', 'Owned']);
      expect(
        [...it.store.flows.values()].map(({ term }) => term),
        where,
      ).toEqual([3, 3, 2]);
    },
  );
  expect(calls).toBeGreaterThan(8);
});
