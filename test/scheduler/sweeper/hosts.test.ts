import { expect, test } from 'vitest';
import { epoch } from '#engine/time';
import { hearPlatform } from '#scheduler/platform';
import { readHosts } from '#scheduler/sweeper/hosts';
import { Platforms } from '#test/scheduler/sweeper/platforms';
import { always, goOn, instance, type Scene, scene } from '#test/scheduler/sweeper/scene';
import { atEveryCut } from '#test/support/cuts';

const MINUTE_MS = 60_000;
const A = { taskArn: 'task-a', instanceId: 'i-1' };
const B = { instanceId: 'i-2' };

async function two() {
  const it = scene();
  const workers = [await it.worker('a', ['r0'], A), await it.worker('b', ['r1'], B)];
  const platform = new Platforms();
  platform.hosts = [{ taskArn: 'task-a' }, B];
  const discoveries = [platform];
  return { ...it, platform, workers, sweep: (s = it.s) => instance(s, 0, { discoveries }).sweep(undefined, always) };
}

type Two = Awaited<ReturnType<typeof two>>;

/** Minutes in which both workers beat, and the rule sweeps. */
async function minutes(it: Two, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute++) {
    for (const worker of it.workers) await it.beat(worker);
    await it.sweep();
    await it.clock.advance(MINUTE_MS);
  }
}

const owned = (it: Scene) => it.statuses().map((status) => status === 'Owned');

test('a host without a worker is told of once it is there for longer than a start takes', async () => {
  const it = await two();
  it.platform.hosts = [...it.platform.hosts, { taskArn: 'task-c', zone: 'eu-west-1a' }];
  await minutes(it, 5);
  expect(it.told('workerUnseen')).toEqual([]);
  await minutes(it, 2);
  expect(it.told('workerUnseen')).toEqual([
    { taskArn: 'task-c', zone: 'eu-west-1a', forMs: 5 * MINUTE_MS },
    { taskArn: 'task-c', zone: 'eu-west-1a', forMs: 6 * MINUTE_MS },
  ]);
  await it.worker('c', [], { taskArn: 'task-c' });
  await it.sweep();
  expect(it.told('workerUnseen')).toHaveLength(2);
});

test('what the last look saw can be read, without the hosts that have a worker by now', async () => {
  const it = await two();
  expect(await readHosts(it.s)).toBeUndefined();
  const at = it.clock.now();
  it.platform.hosts = [...it.platform.hosts, { taskArn: 'task-c', address: '10.0.0.7' }];
  await it.sweep();
  expect(await readHosts(it.s)).toEqual({ at, idle: [{ taskArn: 'task-c', address: '10.0.0.7', since: at }] });
  await it.worker('c', [], { taskArn: 'task-c' });
  expect(await readHosts(it.s)).toEqual({ at, idle: [] });
});

test('that a host is gone, by its name, is one sign, which is written once; with the event of it the worker is taken over at once', async () => {
  const it = await two();
  it.platform.hosts = [B];
  it.platform.says = { 'task-a': 'gone' };
  await minutes(it, 1);
  await it.sweep();
  await it.clock.advance(MINUTE_MS);
  await it.sweep();
  expect(it.told('voted')).toMatchObject([{ worker: 'a', kind: 'answer', by: 'sweeper' }]);
  expect(owned(it)).toEqual([true, true]);
  const event = { kind: 'gone', host: { taskArn: 'task-a' }, text: 'It has stopped.' } as const;
  await hearPlatform(it.s, event, { perMinute: 6_000, goesOn: always });
  expect(it.told('takenOver')).toMatchObject([{ fromWorker: 'a', evidence: 'platform', by: 'platform-events' }]);
  expect(owned(it)).toEqual([false, true]);
  expect([...it.store.leases.keys()]).toEqual(['b-1']);
});

test('with a beat that is missing it is taken over in half its window, and with none of them in the whole one', async () => {
  const it = await two();
  await it.worker('c', ['r2']);
  it.platform.hosts = [B];
  it.platform.says = { 'task-a': 'gone' };
  const after: Record<string, number> = {};
  const sweeper = () => instance(it.s, 0, { discoveries: [it.platform] });
  await goOn(it, 60_000, sweeper, async (second) => {
    if (second % 10 === 0) await it.beat(it.workers[1]!);
    for (const { worker } of it.told('condemned')) after[String(worker)] ??= second;
  });
  expect(Object.keys(after)).toEqual(['a', 'c']);
  expect(after.a).toBeGreaterThan(15);
  expect(after.a).toBeLessThan(25);
  expect(after.c).toBeGreaterThanOrEqual(30);
  const [flow] = [...it.store.flows.values()];
  expect(flow?.takenOver?.evidence).toMatchObject({ kind: 'platform', votes: ['answer', 'missedBeat'] });
  expect(flow?.takenOver?.evidence.text).toMatch(/^task-a is gone\. Beat 0 of a did not move for /);
});

test('who beats after a sign lives: the sign counts no more', async () => {
  const it = await two();
  it.platform.hosts = [B];
  it.platform.says = { 'task-a': 'gone' };
  await it.sweep();
  it.platform.says = {};
  await it.beat(it.workers[0]!);
  const event = { kind: 'gone', host: { taskArn: 'task-a' }, text: 'It has stopped.' } as const;
  await hearPlatform(it.s, event, { perMinute: 6_000, goesOn: always });
  expect((await it.store.readLease(it.workers[0]!))?.votes).toMatchObject([
    { kind: 'answer', beat: 0 },
    { kind: 'event', beat: 1 },
  ]);
  expect(it.told('condemned')).toEqual([]);
});

test('a list that is short, refused or throttled condemns nobody: neither does a question that is', async () => {
  const it = await two();
  it.platform.hosts = [];
  await minutes(it, 2);
  expect(it.platform.asked).toEqual(['task-a', 'i-2', 'task-a', 'i-2']);
  it.platform.says = { 'task-a': 'gone', 'i-2': 'gone' };
  it.platform.fails = 'list';
  await minutes(it, 2);
  it.platform.fails = 'ask';
  await minutes(it, 2);
  expect(it.told('discoverFailed')).toHaveLength(4);
  expect(it.told('voted')).toEqual([]);
  expect(owned(it)).toEqual([true, true]);
  it.platform.fails = undefined;
  await it.sweep();
  expect(it.told('voted')).toHaveLength(2);
  expect(it.told('condemned')).toEqual([]);
});

test('a host that the platform does not know counts only where it was listed before, though refusals came between', async () => {
  const it = await two();
  it.platform.says = { 'task-a': 'unknown', 'i-2': 'unknown' };
  it.platform.hosts = [B];
  await minutes(it, 1);
  expect(it.told('voted')).toEqual([]);
  // Its list names it no more, and asked by its name the platform hesitates at first.
  it.platform.hosts = [];
  it.platform.says = {};
  await minutes(it, 2);
  it.platform.says = { 'task-a': 'unknown', 'i-2': 'unknown' };
  await minutes(it, 1);
  expect(it.told('voted')).toMatchObject([{ worker: 'b', kind: 'answer' }]);
});

test('a worker that beat since it was read is left alone', async () => {
  const it = await two();
  it.platform.hosts = [];
  it.platform.says = { 'task-a': 'gone' };
  const ask = it.platform.ask.bind(it.platform);
  it.platform.ask = async (hosts) => {
    await it.beat(it.workers[0]!);
    return ask(hosts);
  };
  await it.sweep();
  expect(it.told('voted')).toEqual([]);
  expect((await it.store.readLease(it.workers[0]!))?.votes).toBeUndefined();
});

test('the platform is asked once a minute, each quarter of an hour where there is nothing, and not at all where nobody can', async () => {
  const it = await two();
  await Promise.all([it.sweep(), it.sweep()]);
  for (let i = 0; i < 10; i++) await it.sweep();
  expect(it.platform.lists).toBe(2);
  const empty = scene();
  const nothing = new Platforms();
  await goOn(empty, 60 * MINUTE_MS, () => instance(empty.s, 0, { discoveries: [nothing] }));
  expect(nothing.lists).toBe(4);
  const alone = scene();
  await goOn(alone, MINUTE_MS, () => instance(alone.s));
  expect(await alone.store.readSetting('sweeper.hosts')).toBeUndefined();
});

test('a look may be cut at any call: whose host is gone is taken over once, and the other stays', async () => {
  const calls = await atEveryCut(
    async () => {
      const it = await two();
      await minutes(it, 1);
      it.platform.hosts = [{ taskArn: 'task-a' }];
      it.platform.says = { 'i-2': 'unknown' };
      await it.store.vote(it.workers[1]!, { kind: 'event', by: 'platform-events', text: '', at: epoch(0), beat: 1 });
      return it;
    },
    (s, it) => it.sweep(s),
    async (it, where) => {
      for (let minute = 0; minute < 3; minute++) {
        await it.clock.advance(MINUTE_MS);
        await it.sweep();
      }
      expect(owned(it), where).toEqual([true, false]);
      expect(
        [...it.store.flows.values()].map(({ term }) => term),
        where,
      ).toEqual([2, 3]);
      expect([...it.store.leases.keys()], where).toEqual(['a-1']);
    },
  );
  expect(calls).toBeGreaterThan(10);
});
