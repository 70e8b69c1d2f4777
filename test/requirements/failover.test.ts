/** Workers that die, freeze or stop, as real processes and with real signals. */
import { expect, test } from 'vitest';
import { chain, fork } from '#test/requirements/charts';
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

test('FX-2, FX-4, FX-22, FX-23, FX-24, JS-11: what a killed worker ran goes on elsewhere from its last break', async () => {
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

test('FX-27, FX-29, FX-30: the window is a time expression, and a worker beats three times in it', async () => {
  await using cluster = await started('--window', '+1s500ms');
  await cluster.worker('first', '--window', '+1s500ms');
  const see = async () => (await cluster.workers()).find(({ worker }) => worker === 'first');
  const begin = await see();
  expect(begin?.windowMs).toBe(1_500);
  const from = Date.now();
  const end = await until('ten beats', async () => {
    const now = await see();
    return now !== undefined && now.beat >= (begin?.beat ?? 0) + 10 && now;
  });
  const windows = (Date.now() - from) / 1_500;
  const beats = end.beat - (begin?.beat ?? 0);
  expect(beats / windows).toBeGreaterThan(2.2);
  expect(beats / windows).toBeLessThan(3.8);
});

test('FX-31, JS-12, JS-22, JS-23, FX-36, FX-21: a frozen worker is taken over after a whole window and not before; thawed, it has no effect', async () => {
  await using cluster = await started('--window', '+3s');
  const first = await cluster.worker('first', '--window', '+3s');
  await cluster.put(threeStates);
  const run = await cluster.start('long', 'one');
  const { pid } = await cluster.did('began', 'Hold');
  await cluster.worker('second', '--window', '+3s');
  process.kill(pid, 'SIGSTOP');
  const frozen = Date.now();
  const again = await until('the second worker began', () =>
    cluster.journal().find((entry) => entry.what === 'began' && entry.pid !== pid),
  );
  // A beat may have come just before the freeze or a third of a window earlier.
  expect(again.at - frozen).toBeGreaterThan(WINDOW * 0.6);
  expect((await cluster.run(run)).flows[0]).toMatchObject({
    takenOver: { fromWorker: 'first', evidence: { kind: 'silence' } },
  });

  // The frozen one wakes: its action is aborted before it has done anything, and what it holds counts no more.
  process.kill(pid, 'SIGCONT');
  await until('the first worker aborted its action', () =>
    cluster.journal().some((entry) => entry.what === 'aborted' && entry.pid === pid),
  );
  cluster.open('Hold');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
  expect(cluster.journal().filter(({ name, what }) => name === 'Hold' && what === 'done')).toMatchObject([
    { pid: again.pid },
  ]);
  expect(cluster.journal().filter(({ name }) => name === 'After')).toHaveLength(1);
  const exits = (await cluster.history(run)).filter(({ type }) => type === 'TaskStateExited');
  expect(exits).toHaveLength(3);
  // It comes back as a new incarnation.
  await until('the first worker is connected again', async () =>
    (await cluster.workers()).some(({ worker, status }) => worker === 'first' && status === 'Connected'),
  );
  first.kill('SIGKILL');
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

test('JS-26: a worker that beats without progress is shown as stalled, and nothing is taken from it', async () => {
  await using cluster = await started('--window', '+1s');
  await cluster.worker('busy', '--window', '+1s');
  await cluster.put(`name: blocks
definition:
  StartAt: Block
  States:
    Block: { Type: Task, Resource: "activity:block", Parameters: { ms: 8000 }, End: true }
`);
  const run = await cluster.start('blocks', 'one');
  await until('it is stalled', async () => (await cluster.workers()).some(({ status }) => status === 'Stalled'));
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
  expect(await cluster.takeOvers(run)).toEqual([]);
});

test('W-1: progress is committed at breaks; with breaks named, what lies between is redone', async () => {
  await using cluster = await started('--window', '+3s');
  const first = await cluster.worker('first', '--window', '+3s');
  await cluster.put(
    chain(
      'few-breaks',
      [
        ['One', 'note'],
        ['Two', 'note'],
        ['Three', 'note'],
        ['Hold', 'hold'],
      ],
      'breaks: [Two]',
    ),
  );
  const run = await cluster.start('few-breaks', 'one');
  await cluster.did('began', 'Hold');
  await cluster.worker('second', '--window', '+3s');
  first.kill('SIGKILL');
  cluster.open('Hold');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
  const done = (name: string) => cluster.journal().filter((entry) => entry.what === 'done' && entry.name === name);
  expect([done('One').length, done('Two').length, done('Three').length]).toEqual([1, 1, 2]);
  // Redone with the keys that it had: the same action, not another.
  expect(new Set(done('Three').map(({ key }) => key)).size).toBe(1);
});

test('W-1: a split and a wait are breaks, whatever the chart says', async () => {
  await using cluster = await started();
  await cluster.worker('only');
  await cluster.put(fork('fork', ['A', 'B'], 'note').replace('name: fork', 'name: fork\nbreaks: []'));
  const run = await cluster.start('fork', 'one');
  const { status, flows } = await cluster.ended(run);
  expect(status).toBe('Succeeded');
  const root = flows.find(({ parent }) => parent === undefined);
  // Started, committed at the split, committed at the end.
  expect(root?.seq).toBeGreaterThanOrEqual(2);
});
