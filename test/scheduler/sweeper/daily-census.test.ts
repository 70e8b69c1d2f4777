import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createOperations } from '#scheduler/create-operations';
import { archiveScene } from '#test/scheduler/archive/scene';
import { always, instance, type Scene, scene } from '#test/scheduler/sweeper/scene';
import { atEveryCut } from '#test/support/cuts';

const DAY_MS = 86_400_000;

/** Runs whose messages were lost an hour ago, in a store that gives a page of two at a time. */
async function withLost(count: number): Promise<Scene> {
  const it = scene();
  const operations = createOperations(it.s);
  const definition = { StartAt: 'T', States: { T: { Type: 'Task', Resource: 'activity:work', End: true } } };
  await operations.putChart(JSON.stringify({ name: 'c', definition }));
  for (let i = 0; i < count; i++) await operations.startRun({ chart: 'c', name: `r${i}`, input: null });
  it.queue.entries.clear();
  await it.clock.advance(3_600_000);
  it.store.census = async (_now, cursor) => {
    const from = Number(cursor ?? 0);
    const all = [...it.store.flows.values()];
    return { items: all.slice(from, from + 2), ...(from + 2 < all.length && { cursor: `${from + 2}` }) };
  };
  return it;
}

const sent = ({ queue }: Scene) =>
  new Set([...queue.entries.values()].flatMap(({ message }) => (message.kind === 'flow' ? [message.flow] : [])));

test('the census is taken once a day, in pages that go on with the next sweep', async () => {
  const it = await withLost(5);
  let pages = 1;
  await instance(it.s).sweep(undefined, () => pages-- > 0);
  expect(sent(it).size).toBe(2);
  await instance(it.s).sweep(undefined, always);
  expect(sent(it).size).toBe(5);
  expect(it.told('census')).toMatchObject([{ looked: 5, queued: 5 }]);
  it.queue.entries.clear();
  await it.clock.advance(DAY_MS / 2);
  await instance(it.s).sweep(undefined, always);
  expect(sent(it).size).toBe(0);
  await it.clock.advance(DAY_MS / 2);
  await instance(it.s).sweep(undefined, always);
  expect(sent(it).size).toBe(5);
});

test('a census may be cut at any call, and by two at once: each flow gets its message', async () => {
  await atEveryCut(
    () => withLost(5),
    (s) => instance(s).sweep(undefined, always),
    async (it, where) => {
      await Promise.all([instance(it.s).sweep(undefined, always), instance(it.s).sweep(undefined, always)]);
      await instance(it.s).sweep(undefined, always);
      expect(sent(it).size, where).toBe(5);
    },
  );
});

test('runs that ended longer ago than the retention are archived by the census, a page after it was noted', async () => {
  const it = await archiveScene();
  const old = await it.start('old', { fail: false });
  await it.pass(20);
  const recent = await it.start('recent', { fail: false });
  await it.pass(10);
  const archived = async () => {
    const { items } = await it.operations.listRuns({ limit: 10 });
    return items.filter((run) => run.archived).map(({ run }) => run);
  };
  const sweep = (options: { readonly retentionMs?: number }, goesOn = always) =>
    instance(it.s, 0, options).sweep(undefined, goesOn);
  await sweep({});
  expect(await archived()).toEqual([]);
  await it.pass(1);
  // No time is left after the page: its runs wait for the next day.
  let looks = 0;
  await sweep({ retentionMs: 15 * DAY_MS }, () => ++looks === 1);
  expect(await archived()).toEqual([]);
  await sweep({ retentionMs: 15 * DAY_MS });
  expect(await archived()).toEqual([]);
  await it.pass(1);
  await sweep({ retentionMs: 15 * DAY_MS });
  expect(await archived()).toEqual([old]);
  await it.pass(6);
  await sweep({ retentionMs: 15 * DAY_MS });
  expect(await archived()).toEqual([recent, old]);
});

test('a page is looked after side by side: it is as long as the store makes it, and a function has a minute', async () => {
  const it = await withLost(100);
  it.store.census = async () => ({ items: [...it.store.flows.values()] });
  let underWay = 0;
  let most = 0;
  const commit: typeof it.s.commit = async (writes) => {
    underWay++;
    most = Math.max(most, underWay);
    await setImmediate();
    underWay--;
    return it.s.commit(writes);
  };
  await instance({ ...it.s, commit }).sweep(undefined, always);
  expect(sent(it).size).toBe(100);
  expect(most).toBe(32);
});
