/** Workers that die, freeze or stop, as real processes and with real signals. */
import { expect, test } from 'vitest';
import { chain, fork } from '#test/requirements/charts';
import { recordRecovery } from '#test/requirements/recovery';
import { Cluster, until } from '#test/support/cluster';

const WINDOW = 3_000;

/** A cluster whose server runs no flows. */
async function started(...args: readonly string[]): Promise<Cluster> {
  const cluster = new Cluster();
  await cluster.serve('--no-worker', ...args);
  return cluster;
}

const threeStates = chain('long', [
  ['Before', 'note'],
  ['Hold', 'hold'],
  ['After', 'note'],
]);

test('FX-4, FX-24, JS-11: what a killed worker ran goes on elsewhere from its last break', async () => {
  await using cluster = await started('--window', '+3s');
  await cluster.worker('first', '--window', '+3s');
  await cluster.put(threeStates);
  const run = await cluster.start('long', 'one');
  const began = await cluster.did('began', 'Hold');
  await Promise.all([cluster.worker('second', '--window', '+3s'), cluster.worker('third', '--window', '+3s')]);
  process.kill(began.pid, 'SIGKILL');
  await until('another worker began', () => cluster.journal().filter(({ what }) => what === 'began').length === 2);
  cluster.open('Hold');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });

  const journal = cluster.journal();
  const [one, two] = journal.filter(({ name, what }) => name === 'Hold' && what === 'began');
  expect(two?.pid).not.toBe(one?.pid);
  // The same key for the attempt that was repeated: a target that honours it does the effect once.
  expect(two).toMatchObject({ key: one?.key, attempt: 0 });
  // What was committed before is not redone.
  expect(journal.filter(({ name }) => name === 'Before')).toHaveLength(1);
  expect(journal.filter(({ name }) => name === 'After')).toHaveLength(1);

  const takeOvers = await cluster.takeOvers(run);
  expect(takeOvers).toMatchObject([{ fromWorker: 'first', at: 'Hold', text: expect.any(String) }]);
  const [record] = takeOvers;
  expect(['second', 'third'].some((name) => record?.by.includes(name))).toBe(true);
  expect(record?.term).toBe((record?.oldTerm ?? 0) + 1);
});

test('FX-2, FX-22: two workers are killed at once, and all that live take up what they held', async () => {
  await using cluster = await started('--window', '+3s');
  const three = (name: string) => cluster.worker(name, '--window', '+3s', '--places', '3');
  const dying = [await three('first'), await three('second')];
  const branches = ['A', 'B', 'C', 'D', 'E', 'F'];
  await cluster.put(fork('fork', branches));
  const run = await cluster.start('fork', 'one');
  const begun = () => cluster.journal().filter(({ what }) => what === 'began');
  await until('six actions run', () => begun().length === 6);
  for (const worker of dying) worker.kill('SIGKILL');
  const living = await Promise.all([three('third'), three('fourth')]);
  // Three places each: they can be done by both together only.
  await until('six actions run again', () => begun().length === 12);
  for (const { pid } of living) expect(begun().filter((entry) => entry.pid === pid)).toHaveLength(3);
  for (const branch of branches) cluster.open(branch);
  expect(await cluster.ended(run)).toMatchObject({
    status: 'Succeeded',
    outcome: { output: branches.map((name) => ({ name })) },
  });
  const takeOvers = await cluster.takeOvers(run);
  expect(takeOvers.map(({ at }) => at).sort()).toEqual(branches);
  for (const name of ['first', 'second'])
    expect(takeOvers.filter(({ fromWorker }) => fromWorker === name)).toHaveLength(3);
});

test.for([
  ['a crash of its process', 'SIGSEGV', 'process'],
  ['an end without notice', 'SIGKILL', 'process'],
  ['a crash of its whole machine', 'SIGSTOP', 'silence'],
] as const)('FX-23: %s is the death of a worker, and is recovered from', async ([how, signal, evidence], context) => {
  await using cluster = await started('--window', '+3s');
  await cluster.worker('first', '--window', '+3s');
  await cluster.put(threeStates);
  const run = await cluster.start('long', 'one');
  const { pid } = await cluster.did('began', 'Hold');
  await cluster.worker('second', '--window', '+3s');
  const failedAt = Date.now();
  process.kill(pid, signal);
  const again = await until('the second worker began', () =>
    cluster.journal().find((entry) => entry.what === 'began' && entry.pid !== pid),
  );
  cluster.open('Hold');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
  const [record, ...more] = await cluster.takeOvers(run);
  expect(more).toEqual([]);
  expect(record).toMatchObject({ fromWorker: 'first', evidence, fromBreak: 1, at: 'Hold' });
  await recordRecovery(context, how, failedAt, record!, again);
});

test('FX-25, FX-26: of a killed worker’s runs, those that wait are not taken over, and end on time', async () => {
  await using cluster = await started('--window', '+3s');
  const worker = await cluster.worker('first', '--window', '+3s');
  await cluster.put(`name: waits
definition:
  StartAt: Wait
  States:
    Wait: { Type: Wait, Seconds: 6, Next: After }
    After: { Type: Task, Resource: "activity:note", End: true }
`);
  await cluster.put(threeStates);
  const waiting = await cluster.start('waits', 'one');
  const running = await cluster.start('long', 'one');
  await cluster.did('began', 'Hold');
  await until('the other run waits', async () => (await cluster.run(waiting)).flows[0]?.status === 'Waiting');
  expect((await cluster.run(waiting)).flows[0]?.owner).toBeUndefined();
  worker.kill('SIGKILL');
  await cluster.worker('second', '--window', '+3s');
  cluster.open('Hold');
  await cluster.ended(running);
  expect(await cluster.takeOvers(running)).toHaveLength(1);
  const { status, startedAt, endedAt } = await cluster.ended(waiting);
  expect(status).toBe('Succeeded');
  expect(await cluster.takeOvers(waiting)).toEqual([]);
  expect(Date.parse(endedAt ?? '') - Date.parse(startedAt)).toBeGreaterThanOrEqual(6_000);
});

test('FX-27, FX-32: the window is one setting of the cluster, a time expression that a server or a worker is given; a worker with another is refused', async () => {
  await using cluster = await started('--window', '+1m30s');
  await cluster.worker('first');
  expect(await cluster.workers()).toMatchObject([{ worker: 'first', windowMs: 90_000 }]);
  const { code, stderr } = await cluster.command('worker', '--file', cluster.file, '--window', '+5s');
  expect(code).toBe(2);
  expect(stderr).toMatch(/window of this installation is 90000 ms/);
  expect((await cluster.workers()).map(({ worker }) => worker)).toEqual(['first']);
});

test('FX-29, FX-30: while a flow runs its worker beats in the store, names it there, and does so three times a window', async () => {
  await using cluster = await started('--window', '+1s500ms');
  await cluster.worker('first', '--window', '+1s500ms');
  await cluster.put(threeStates);
  const run = await cluster.start('long', 'one');
  await cluster.did('began', 'Hold');
  const beats = new Map<number, number>();
  await until('ten beats', async () => {
    const [worker] = await cluster.workers();
    if (worker?.flows.some(({ flow }) => flow === run)) beats.set(worker.beat, Date.parse(worker.beatAt));
    return beats.size >= 10;
  });
  const pauses = [...beats].flatMap(([beat, at]) => {
    const before = beats.get(beat - 1);
    return before === undefined ? [] : [at - before];
  });
  // A busy machine makes some of them late, and none of them early.
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(500 - 5);
  expect(Math.min(...pauses)).toBeLessThan(500 * 1.4);
});

test('FX-31, JS-12, JS-23, FX-36: a frozen worker is taken over after a whole window and not before; thawed, it has no effect', async () => {
  await using cluster = await started('--window', '+3s');
  await cluster.worker('first', '--window', '+3s');
  await cluster.put(
    chain('long', [
      ['Before', 'note'],
      ['Hold', 'deaf'],
      ['After', 'note'],
    ]),
  );
  const run = await cluster.start('long', 'one');
  const { pid } = await cluster.did('began', 'Hold');
  await cluster.worker('second', '--window', '+3s');
  process.kill(pid, 'SIGSTOP');
  const last = (await cluster.workers()).find(({ worker }) => worker === 'first');
  const again = await until('the second worker began', () =>
    cluster.journal().find((entry) => entry.what === 'began' && entry.pid !== pid),
  );
  const { takenOver } = (await cluster.run(run)).flows[0] ?? {};
  expect(takenOver).toMatchObject({ fromWorker: 'first', evidence: { kind: 'silence' } });
  expect(Date.parse(takenOver?.when ?? '') - Date.parse(last?.beatAt ?? '')).toBeGreaterThanOrEqual(WINDOW);

  // The frozen one wakes: its action is told to stop, and should it succeed all the same nobody hears of it.
  process.kill(pid, 'SIGCONT');
  await until('the first worker aborted its action', () =>
    cluster.journal().some((entry) => entry.what === 'aborted' && entry.pid === pid),
  );
  cluster.open(`Hold-${pid}`);
  await until('the first worker’s action is done', () =>
    cluster.journal().some((entry) => entry.what === 'done' && entry.name === 'Hold' && entry.pid === pid),
  );
  // It comes back as a new incarnation.
  await until('the first worker is connected again', async () =>
    (await cluster.workers()).some(
      ({ worker, status, incarnation }) =>
        worker === 'first' && status === 'Connected' && incarnation !== last?.incarnation,
    ),
  );
  expect(await cluster.run(run)).toMatchObject({ status: 'Running', flows: [{ at: 'Hold', status: 'Owned' }] });
  cluster.open('Hold');
  expect(await cluster.ended(run)).toMatchObject({
    status: 'Succeeded',
    outcome: { output: { Hold: { pid: again.pid } } },
  });
  expect(cluster.journal().filter(({ name }) => name === 'After')).toMatchObject([{ pid: again.pid }]);
  expect(await cluster.takeOvers(run)).toHaveLength(1);
  const history = await cluster.history(run);
  expect(history.map(({ id }) => id)).toEqual(history.map((_, i) => i + 1));
  expect(history.filter(({ type }) => type === 'TaskStateExited')).toHaveLength(3);
});

test('FX-37: a chart that says failover: off is parked when its worker dies, and goes on by a redrive', async () => {
  await using cluster = await started('--window', '+1s');
  const first = await cluster.worker('first', '--window', '+1s');
  const states = [
    ['Once', 'note'],
    ['Keep', 'hold'],
  ] as const;
  await cluster.put(chain('stays', states, 'failover: off'));
  await cluster.put(threeStates);
  const stays = await cluster.start('stays', 'one');
  const moves = await cluster.start('long', 'one');
  await Promise.all([cluster.did('began', 'Keep'), cluster.did('began', 'Hold')]);
  await cluster.worker('second', '--window', '+1s');
  first.kill('SIGKILL');
  cluster.open('Hold');
  cluster.open('Keep');
  expect(await cluster.ended(moves)).toMatchObject({ status: 'Succeeded' });
  const { flows } = await until('it is parked', async () => {
    const detail = await cluster.run(stays);
    return detail.status === 'Parked' && detail;
  });
  expect(flows).toMatchObject([
    { at: 'Keep', takenOver: { fromWorker: 'first', status: 'Parked', evidence: { text: expect.any(String) } } },
  ]);
  const { stdout } = await cluster.command('runs', 'show', stays);
  expect(stdout).toMatch(/^parked .*failover: off.*first.*runs redrive stays:one$/m);
  // Its worker is gone, another one has places and the handler, the gate is open: only a person's word is missing.
  const kept = () => cluster.journal().filter(({ name, what }) => name === 'Keep' && what === 'began');
  expect(kept()).toHaveLength(1);

  expect((await cluster.command('runs', 'redrive', stays)).code).toBe(0);
  expect(await cluster.ended(stays)).toMatchObject({ status: 'Succeeded', redrives: 0 });
  const [one, two] = kept();
  expect(two).toMatchObject({ key: one?.key, attempt: 0 });
  expect(two?.pid).not.toBe(one?.pid);
  expect(cluster.journal().filter(({ name }) => name === 'Once')).toHaveLength(1);
  expect(await cluster.takeOvers(stays)).toMatchObject([{ fromWorker: 'first', status: 'Parked', at: 'Keep' }]);
});

test('FX-37: a window of ten years is a window', async () => {
  await using cluster = await started('--window', '+10y');
  await cluster.worker('patient', '--window', '+10y');
  expect(await cluster.workers()).toMatchObject([{ windowMs: 3650 * 86_400_000 }]);
});

test.each(['0', '+0s', 'soon', '-3s'])('FX-39: a window of %s is a configuration error', async (window) => {
  await using cluster = new Cluster();
  for (const command of ['serve', 'worker']) {
    const { code, stderr } = await cluster.command(command, '--file', cluster.file, `--window=${window}`);
    expect(code).toBe(2);
    expect(stderr).toMatch(/time|window/i);
  }
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  'JS-9, JS-10: a worker stopped by %s hands its flows back: no take-over',
  async (signal) => {
    await using cluster = await started('--window', '+3s');
    const first = await cluster.worker('first', '--window', '+3s', '--drain', '+500ms');
    await cluster.put(threeStates);
    const run = await cluster.start('long', 'one');
    const { pid } = await cluster.did('began', 'Hold');
    await cluster.worker('second', '--window', '+3s');
    first.kill(signal);
    expect(await first.ended).toBe(0);
    await until('the second worker began', () =>
      cluster.journal().some((entry) => entry.what === 'began' && entry.pid !== pid),
    );
    cluster.open('Hold');
    expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
    expect(await cluster.takeOvers(run)).toEqual([]);
    expect((await cluster.workers()).map(({ worker }) => worker)).toEqual(['second']);
  },
);

test.each(['SIGTERM', 'SIGINT'] as const)(
  'JS-9, JS-10: a server stopped by %s hands its flows back, and the next one goes on: no take-over',
  async (signal) => {
    await using cluster = new Cluster();
    const first = await cluster.serve('--window', '+1h');
    await cluster.put(threeStates);
    const run = await cluster.start('long', 'one');
    await cluster.did('began', 'Hold');
    first.kill(signal);
    await until('it drains', () => first.output().includes('stopping'));
    cluster.open('Hold');
    expect(await first.ended).toBe(0);
    await cluster.serve('--window', '+1h');
    expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
    expect(await cluster.takeOvers(run)).toEqual([]);
    for (const name of ['Before', 'Hold', 'After'])
      expect(cluster.journal().filter((entry) => entry.what === 'done' && entry.name === name)).toHaveLength(1);
  },
);

test('JS-22, JS-23: a server that is started twice runs no flow twice, and no run gets two histories', async () => {
  await using cluster = await started();
  const twins = [];
  for (const _ of [1, 2]) {
    twins.push(cluster.launch('worker', '--file', cluster.file, '--handlers', cluster.handlers, '--name', 'twin'));
  }
  await until('both are there', async () => (await cluster.workers()).length === 2);
  expect(new Set((await cluster.workers()).map(({ worker }) => worker))).toEqual(new Set(['twin']));
  await cluster.serve();
  await cluster.serve();
  await until('all four are there', async () => (await cluster.workers()).length === 4);
  await cluster.put(
    chain(
      'both',
      [
        ['First', 'note'],
        ['Second', 'note'],
      ],
      'triggers: [{ schedule: "* * * * * *" }]',
    ),
  );
  const asked = await Promise.all(Array.from({ length: 40 }, (_, i) => cluster.start('both', `run-${i}`)));
  await until('three slots were fired', () => new Set(cluster.journal().map(({ run }) => run)).size >= 43);
  const runs = [...new Set([...asked, ...cluster.journal().map(({ run }) => run)])];
  for (const run of runs) {
    expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
  }
  const done = cluster.journal().filter(({ run }) => runs.includes(run));
  expect(done).toHaveLength(2 * runs.length);
  expect(new Set(done.map(({ key }) => key)).size).toBe(2 * runs.length);
  for (const run of runs.slice(-5)) {
    const history = await cluster.history(run);
    expect(history.map(({ id }) => id)).toEqual(history.map((_, i) => i + 1));
    expect(history.filter(({ type }) => type === 'TaskStateExited')).toHaveLength(2);
    expect(history.filter(({ type }) => type === 'ExecutionSucceeded')).toHaveLength(1);
  }
});

test('JS-26, FF-21: a worker that beats without progress is shown as stalled, nothing is taken from it, and the interface answers as ever', async () => {
  await using cluster = await started('--window', '+1s');
  await cluster.worker('busy', '--window', '+1s');
  await cluster.worker('idle', '--window', '+1s');
  await cluster.put(chain('blocks', [['Jam', 'jam']]));
  const run = await cluster.start('blocks', 'one');
  const { pid } = await cluster.did('began', 'Jam');
  const status = async () => (await cluster.workers()).find((worker) => worker.pid === pid)?.status;
  await until('it is stalled', async () => (await status()) === 'Stalled');
  // Its process is there and its beat moves: neither tells that it is stuck.
  const beat = async () => (await cluster.workers()).find((worker) => worker.pid === pid)?.beat ?? 0;
  const then = await beat();
  await until('it has beaten for two windows', async () => (await beat()) > then + 6);
  expect(await cluster.run(run)).toMatchObject({ status: 'Running' });
  // No worker has the handler: it waits for one until it is cancelled.
  await cluster.put(chain('far', [['Far', 'nobodys']]));
  const far = await cluster.start('far', 'one');
  const { items } = await cluster.json<{ items: { run: string }[] }>('runs', 'list');
  expect(items.map((one) => one.run).sort()).toEqual([run, far].sort());
  expect((await cluster.command('runs', 'cancel', far)).code).toBe(0);
  cluster.open('Jam');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
  expect(await cluster.takeOvers(run)).toEqual([]);
  expect(cluster.journal().map(({ what }) => what)).toEqual(['began', 'done']);
  await until('it is well again', async () => (await status()) === 'Connected');
});
