import { expect, test, vi } from 'vitest';
import { setBrake } from '#scheduler/brake';
import { hearPlatform, type PlatformEvent } from '#scheduler/platform';
import { Platforms } from '#test/scheduler/sweeper/platforms';
import { always, goOn, instance, type Scene, scene } from '#test/scheduler/sweeper/scene';
import { atEveryCut } from '#test/support/cuts';

/** A platform that knows what events tell of. */
const platform = new Platforms();
platform.says = { 'task-a': 'gone', 'i-1': 'gone' };
const BOUNDS = { perMinute: 6_000, goesOn: always, discoveries: [platform] };
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

/** Lets time go on until `work` is done. */
async function inTime({ clock }: Scene, work: Promise<void>): Promise<void> {
  let done = false;
  const end = work.finally(() => {
    done = true;
  });
  while (!done) {
    await clock.advance(100);
    await new Promise(setImmediate);
  }
  await end;
}

const byRun = ({ store }: Scene) => [...store.flows.values()].map(({ status }) => status);

test('a task that has stopped, by its event and by its name: its flows are taken over at once, and nobody else is meant', async () => {
  const it = await two();
  await hearPlatform(it.s, gone({ taskArn: 'task-a' }), BOUNDS);
  expect(byRun(it)).toEqual(['Queued', 'Queued', 'Owned']);
  expect(it.told('takenOver')).toMatchObject([{ evidence: 'platform' }, { evidence: 'platform' }]);
  expect([...it.store.leases.keys()]).toEqual(['b-1']);
  await hearPlatform(it.s, gone({ taskArn: 'task-a' }), BOUNDS);
  expect(it.told('takenOver')).toHaveLength(2);
  const [flow] = [...it.store.flows.values()];
  expect(flow?.takenOver?.evidence).toEqual({
    kind: 'platform',
    text: 'task-a is gone. It has stopped.',
    votes: ['answer', 'event'],
  });
});

test('an event alone condemns nobody: not where the platform cannot be asked, refuses or says nothing; a beat that is missing does', async () => {
  for (const says of ['nobody', 'refuses', 'nothing'] as const) {
    const it = await two();
    const asked = new Platforms();
    if (says === 'refuses') asked.fails = 'ask';
    const hearing = { ...BOUNDS, discoveries: says === 'nobody' ? [] : [asked] };
    await inTime(it, hearPlatform(it.s, gone({ taskArn: 'task-a' }), hearing));
    expect(byRun(it), says).toEqual(['Owned', 'Owned', 'Owned']);
    expect(it.store.leases.get('a-1' as never)?.votes, says).toMatchObject([{ kind: 'event', by: 'platform-events' }]);
    // One that beats goes on, whatever was said.
    await goOn(
      it,
      20_000,
      () => instance(it.s),
      (second) => it.beat((second % 10 === 0 ? 'b-1' : 'none') as never),
    );
    expect(byRun(it), says).toEqual(['Queued', 'Queued', 'Owned']);
    expect(it.told('takenOver'), says).toMatchObject([{ by: 'sweeper' }, { by: 'sweeper' }]);
  }
});

test('a platform that is behind its own events is asked again', async () => {
  const it = await two();
  const asked = new Platforms();
  const heard = hearPlatform(it.s, gone({ taskArn: 'task-a' }), { ...BOUNDS, discoveries: [asked] });
  await vi.waitUntil(() => asked.asked.length === 1);
  asked.says = { 'task-a': 'gone' };
  await inTime(it, heard);
  expect(byRun(it)).toEqual(['Queued', 'Queued', 'Owned']);
  expect(asked.asked).toEqual(['task-a', 'task-a']);
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
