import { expect, test } from 'vitest';
import type { Incarnation } from '#ports/ids';
import type { Lease } from '#ports/lease';
import { census } from '#scheduler/census';
import { createOperations } from '#scheduler/create-operations';
import { ManualClock } from '#test/contract/manual-clock';
import { memoryScheduler } from '#test/scheduler/memory-scheduler';
import { Duties } from '#workers/duties';
import { QueueNames } from '#workers/queue-names';

const WINDOW_MS = 30_000;
const SLOT_MS = 60_000;

type Beating = Partial<Pick<Lease, 'status' | 'stalled'>>;

/** Two workers and a chart that is started each minute. `first` is the controller as long as it is well; its beats are the test's. */
async function pair() {
  const s = memoryScheduler('2026-11-20T23:30:00Z');
  const operations = createOperations(s);
  const queues = new QueueNames([]);
  for (const name of ['first', 'second']) await s.store.putLease(leaseOf(name, s.clock.now()));
  const source = {
    name: 'minutely',
    triggers: [{ schedule: '* * * * *' }],
    definition: { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } },
  };
  await operations.putChart(JSON.stringify(source));
  const duties = (name?: string) =>
    new Duties(s, { me: () => name as Incarnation | undefined, windowMs: WINDOW_MS, queues });
  let number = 0;
  const beat = (name: string, changes: Beating) =>
    s.store.beat({
      incarnation: name as Incarnation,
      beat: ++number,
      progress: number,
      stalled: false,
      status: 'Connected',
      flows: [],
      now: s.clock.now(),
      ...changes,
    });
  return {
    s,
    first: duties('first'),
    second: duties('second'),
    /** Of a process that has no worker. */
    server: duties(),
    runs: async () => (await operations.listRuns({ limit: 100 })).items.length,
    /** Lets a slot's time pass while they beat so, or do not. */
    async slot(first?: Beating, second: Beating | undefined = {}) {
      for (let ms = 0; ms < SLOT_MS; ms += WINDOW_MS / 3) {
        if (first) await beat('first', first);
        if (second) await beat('second', second);
        await s.clock.advance(WINDOW_MS / 3);
      }
    },
  };
}

function leaseOf(name: string, now: Lease['startedAt']): Lease {
  return {
    incarnation: name as Incarnation,
    worker: name,
    kind: 'local',
    host: 'test',
    status: 'Connected',
    windowMs: WINDOW_MS,
    beat: 0,
    progress: 0,
    stalled: false,
    flows: [],
    places: 1,
    activities: [],
    queues: ['default'],
    startedAt: now,
    beatAt: now,
    commands: [],
  };
}

test('FX-3: the controller fires the slots, and who stands by fires none and looks once a second', async () => {
  const { s, first, second, runs, slot } = await pair();
  let looks = 0;
  const { listLeases } = s.store;
  s.store.listLeases = () => {
    looks++;
    return listLeases.call(s.store);
  };
  second.start();
  await slot({});
  expect(await runs()).toBe(0);
  expect(looks).toBeGreaterThan(50);
  expect(looks).toBeLessThan(70);
  first.start();
  await slot({});
  expect(await runs()).toBe(1);
  first.stop();
  second.stop();
});

test.each([
  ['drains', { status: 'Draining' }],
  ['is stalled', { stalled: true }],
  ['misses its beats', undefined],
] as const)('FX-3: a controller that %s is passed over, though its lease lives', async (_, changes) => {
  const { s, first, second, runs, slot } = await pair();
  second.start();
  await slot({});
  expect(await runs()).toBe(0);
  await slot(changes);
  expect(await runs()).toBe(1);
  expect((await s.store.listLeases()).map(({ incarnation }) => incarnation)).toEqual(['first', 'second']);
  // Both do the duties for a moment when it is well again: a slot is its run's name.
  first.start();
  await slot({});
  expect(await runs()).toBe(2);
  first.stop();
  second.stop();
});

test('FX-3: a server without a worker does the duties while no worker is well', async () => {
  const { server, runs, slot } = await pair();
  server.start();
  await slot({});
  await slot(undefined, {});
  expect(await runs()).toBe(0);
  await slot({ status: 'Draining' }, { stalled: true });
  expect(await runs()).toBe(1);
  server.stop();
});

test('FX-33, L5: a flow whose message was sent by a clock that is far ahead is sent again by the census', async () => {
  const { s } = await pair();
  const ahead = new ManualClock(s.clock.now() + 3_600_000);
  await createOperations({ ...s, clock: ahead }).startRun({ chart: 'minutely', name: 'early', input: {} });
  expect(await census(s, WINDOW_MS, 'controller')).toMatchObject({ queued: 1 });
});
