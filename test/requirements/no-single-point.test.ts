/** Whatever process ends or stops to work, the others go on. */
import { expect, test } from 'vitest';
import type { RunSummary } from '#http/contract/run';
import { chain } from '#test/requirements/charts';
import { Cluster, until } from '#test/support/cluster';

const SLOT_MS = 2_000;
const slots = chain('slots', [['Note', 'note']], 'triggers: [{ schedule: "*/2 * * * * *" }]');

const slotRuns = async (cluster: Cluster): Promise<readonly RunSummary[]> =>
  (await cluster.get<{ items: RunSummary[] }>('/v1/runs?chart=slots&limit=1000')).items;

/** The time that a slot's run is named by: `slots:2026-11-21T02-00-00Z`. */
const slotOf = (run: string): number =>
  Date.parse(run.slice('slots:'.length).replace(/T(\d+)-(\d+)-(\d+)Z/, 'T$1:$2:$3Z'));

/** Waits until a slot that came after `time` has been fired and its run has ended. */
const firesAfter = (cluster: Cluster, time: number) =>
  until(`a slot after ${new Date(time).toISOString()} was fired`, async () =>
    (await slotRuns(cluster)).find(({ run, status }) => slotOf(run) > time && status === 'Succeeded'),
  );

test('FX-3: whichever process is killed, runs end, each slot starts one run, and a server that starts again shows all', async () => {
  await using cluster = new Cluster();
  const start = {
    server: () => cluster.serve('--window', '+10s'),
    worker: (name: string) => cluster.worker(name, '--window', '+10s'),
  };
  let server = await start.server();
  await Promise.all(['one', 'two'].map(start.worker));
  await cluster.put(slots);
  await firesAfter(cluster, 0);

  const victims = {
    'the process that fires': async () => {
      const [first] = [...(await cluster.workers())].sort((a, b) => (a.incarnation < b.incarnation ? -1 : 1));
      return first?.pid;
    },
    'the worker that holds the run': async (holder: number) => holder,
    'the server': async () => server.pid,
    'any other worker': async (holder: number) =>
      (await cluster.workers()).find(({ pid }) => pid !== holder && pid !== server.pid)?.pid,
  };
  for (const [who, pidOf] of Object.entries(victims)) {
    const name = who.replaceAll(' ', '-');
    const hold = `Hold-${name}`;
    await cluster.put(
      chain(name, [
        ['Before', 'note'],
        [hold, 'hold'],
        ['After', 'note'],
      ]),
    );
    const run = await cluster.start(name, 'one');
    const { pid: holder } = await cluster.did('began', hold);
    const victim = await pidOf(holder);
    if (victim === undefined) throw new Error(`${who} was not found`);
    const before = await slotRuns(cluster);
    const killedAt = Date.now();
    process.kill(victim, 'SIGKILL');
    if (victim === server.pid) {
      await server.ended;
      // Nobody answers, and yet schedules are fired and their runs go on.
      await until('a slot is run without the server', () =>
        cluster.journal().some(({ run }) => run.startsWith('slots:') && slotOf(run) > killedAt),
      );
      server = await start.server();
    } else await start.worker(`after-${name}`);
    cluster.open(hold);
    expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded', outcome: { output: { After: {} } } });
    await firesAfter(cluster, killedAt);
    const shown = new Set((await slotRuns(cluster)).map((one) => one.run));
    expect(before.filter((one) => !shown.has(one.run))).toEqual([]);
    expect(await cluster.takeOvers(run)).toHaveLength(holder === victim ? 1 : 0);
  }

  const ended = (await slotRuns(cluster)).filter(({ status }) => status === 'Succeeded');
  const actions = cluster.journal().filter(({ run }) => run.startsWith('slots:'));
  for (const { run } of ended) {
    expect(slotOf(run) % SLOT_MS).toBe(0);
    // Where its worker was killed after the action and before the commit it was done twice, under one key.
    expect(new Set(actions.filter((entry) => entry.run === run).map(({ key }) => key)).size).toBe(1);
  }
  expect(new Set(ended.map(({ run }) => slotOf(run))).size).toBe(ended.length);
});

test('JS-4, JS-5, JS-16: the end of a process is known at once: a standby fires and runs what it left, long before the window has passed', async () => {
  await using cluster = new Cluster();
  // Nobody waits so long here.
  const window = ['--window', '+1h'];
  await cluster.serve('--no-worker', ...window);
  const first = await cluster.worker('first', ...window);
  await cluster.put(chain('long', [['Hold', 'hold']]));
  const run = await cluster.start('long', 'one');
  await cluster.did('began', 'Hold');
  await cluster.put(slots);
  await firesAfter(cluster, 0);
  await cluster.worker('second', ...window);
  first.kill('SIGKILL');
  await first.ended;
  await firesAfter(cluster, Date.now());
  cluster.open('Hold');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
  expect(await cluster.takeOvers(run)).toMatchObject([{ fromWorker: 'first', evidence: 'process' }]);
});

test('FX-3: schedules are fired while the process that fired them drains', async () => {
  await using cluster = new Cluster();
  await cluster.serve('--no-worker', '--window', '+3s');
  const first = await cluster.worker('a', '--window', '+3s', '--drain', '+10m');
  await cluster.put(chain('long', [['Hold', 'hold']]));
  const run = await cluster.start('long', 'one');
  await cluster.did('began', 'Hold');
  await cluster.worker('b', '--window', '+3s');
  await cluster.put(slots);
  await firesAfter(cluster, 0);
  first.kill('SIGTERM');
  const drains = async () => (await cluster.workers()).some((one) => one.worker === 'a' && one.status === 'Draining');
  await until('it drains', drains);
  await firesAfter(cluster, Date.now());
  expect(await drains()).toBe(true);
  cluster.open('Hold');
  expect(await first.ended).toBe(0);
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
  expect(await cluster.takeOvers(run)).toEqual([]);
});

test('FX-3, JS-26: schedules are fired while a handler keeps the process that fired them from working', async () => {
  await using cluster = new Cluster();
  await cluster.serve('--no-worker', '--window', '+1s');
  await cluster.worker('a', '--window', '+1s');
  await cluster.put(chain('blocks', [['Jam', 'jam']]));
  const run = await cluster.start('blocks', 'one');
  const { pid } = await cluster.did('began', 'Jam');
  await cluster.worker('b', '--window', '+1s');
  await cluster.put(slots);
  // Two of them: the first evaluation of a new schedule fires nothing of the past.
  const first = await firesAfter(cluster, Date.now());
  await firesAfter(cluster, slotOf(first.run));
  expect((await cluster.workers()).find((one) => one.pid === pid)).toMatchObject({ worker: 'a', status: 'Stalled' });
  cluster.open('Jam');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
  expect(await cluster.takeOvers(run)).toEqual([]);
});

test('FX-3: schedules are fired while no worker lives, and what they started waits for one', async () => {
  await using cluster = new Cluster();
  await cluster.serve('--no-worker', '--window', '+1s');
  await cluster.put(slots);
  const waits = (time: number) =>
    until('a slot is fired and waits', async () =>
      (await slotRuns(cluster)).find(({ run, status }) => slotOf(run) > time && status === 'Running'),
    );
  const { run } = await waits(0);
  const first = await cluster.worker('first');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
  first.kill('SIGKILL');
  await first.ended;
  const next = await waits(Date.now());
  await cluster.worker('second');
  expect(await cluster.ended(next.run)).toMatchObject({ status: 'Succeeded' });
});
