/** Workers that cannot reach their store. */
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { chain } from '#test/requirements/charts';
import { recordRecovery } from '#test/requirements/recovery';
import { CloudCluster } from '#test/support/cloud-cluster';
import { Cluster, until } from '#test/support/cluster';

const threeStates = chain('long', [
  ['Before', 'note'],
  ['Hold', 'deaf'],
  ['After', 'note'],
]);

test('FX-21, FX-23: a worker that is cut off from its store aborts what it runs, by itself; it is taken over, and has no effect when it is back', async (context) => {
  const windowMs = 6_000;
  await using cluster = await CloudCluster.open(windowMs);
  const { operations } = cluster;
  await operations.putChart(threeStates);
  const first = await cluster.worker('first');
  const { run } = await operations.startRun({ chart: 'long', name: 'one', input: {} });
  const began = await cluster.did('began', 'Hold');
  const second = await cluster.worker('second');
  const lease = async () => (await operations.listWorkers()).find(({ lease }) => lease.worker === 'first')?.lease;
  const born = await until('the lease names the flow', async () => {
    const found = await lease();
    return found?.flows.length === 1 && found;
  });

  first.cut();
  const cutAt = Date.now();
  // Nobody can tell it anything: it gives up by its own reckoning.
  const aborted = await cluster.did('aborted', 'Hold');
  const again = await until('the second worker began', () =>
    cluster.journal().find(({ what, pid }) => what === 'began' && pid !== began.pid),
  );
  expect(again.key).toBe(began.key);
  // Its action goes on to its end and succeeds, but nobody hears of it.
  cluster.open(`Hold-${began.pid}`);
  await until('the first one’s action is done', () =>
    cluster.journal().some(({ what, name, pid }) => what === 'done' && name === 'Hold' && pid === began.pid),
  );

  first.mend();
  await until('the first worker is back as a new incarnation', async () => {
    const found = await lease();
    return found !== undefined && found.incarnation !== born.incarnation && found.beat > 0;
  });
  cluster.open('Hold');
  expect(await cluster.ended(run)).toMatchObject({
    status: 'Succeeded',
    outcome: { output: { Hold: { pid: again.pid } } },
  });
  const by = (pid: number) => cluster.journal().filter((entry) => entry.pid === pid && entry.what !== 'aborted');
  expect(by(began.pid).map(({ what, name }) => `${what} ${name}`)).toEqual(['done Before', 'began Hold', 'done Hold']);
  expect(by(again.pid).map(({ what, name }) => `${what} ${name}`)).toEqual(['began Hold', 'done Hold', 'done After']);
  const [record, ...more] = await cluster.takeOvers(run);
  expect(more).toEqual([]);
  expect(record).toMatchObject({ fromWorker: 'first', evidence: 'silence', fromBreak: 1, at: 'Hold' });
  const how = `lost connection to the store (its action aborted after ${aborted.at - cutAt} ms)`;
  await recordRecovery(context, how, cutAt, record!, again);

  // It takes part again: alone, it runs what is started now.
  second.kill('SIGTERM');
  expect(await second.ended).toBe(0);
  await operations.startRun({ chart: 'long', name: 'two', input: {} });
  await until('the first worker runs a new run', () => by(began.pid).some((entry) => entry.run === 'long:two'));
});

test('FX-21, FX-23: while another program locks the state file for more than a window no action goes on or starts, and then all is as before', async (context) => {
  const windowMs = 3_000;
  await using cluster = new Cluster();
  await cluster.serve('--no-worker', '--window', '+3s');
  await cluster.put(threeStates);
  const workers = [
    await cluster.worker('first', '--window', '+3s', '--json'),
    await cluster.worker('second', '--window', '+3s', '--json'),
  ];
  const run = await cluster.start('long', 'one');
  await cluster.did('began', 'Hold');
  const before = (await cluster.workers()).map(({ incarnation }) => incarnation);

  const other = new DatabaseSync(cluster.file);
  other.exec('BEGIN IMMEDIATE');
  const lockedAt = performance.now();
  await cluster.did('aborted', 'Hold');
  await until('both have given up their leases', () =>
    workers.every(({ output }) => output().includes('"event":"leaseLost"')),
  );
  await until('a window has passed', () => performance.now() - lockedAt > windowMs);
  expect(cluster.journal().map(({ what, name }) => `${what} ${name}`)).toEqual([
    'done Before',
    'began Hold',
    'aborted Hold',
  ]);
  other.exec('COMMIT');
  other.close();
  const freeAt = Date.now();

  const again = await until('the action begins again', () =>
    cluster.journal().find(({ what, at }) => what === 'began' && at >= freeAt),
  );
  cluster.open('Hold');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
  const exits = (await cluster.history(run)).filter(({ type }) => type === 'TaskStateExited');
  expect(exits).toHaveLength(3);
  const [record] = await cluster.takeOvers(run);
  expect(record).toMatchObject({ at: 'Hold', fromBreak: 1 });
  await recordRecovery(context, 'locked state file (counted from when it was free)', freeAt, record!, again);
  await until('both are there as new incarnations', async () => {
    const now = (await cluster.workers()).filter(({ status }) => status === 'Connected');
    return now.length === 2 && now.every(({ incarnation }) => !before.includes(incarnation));
  });
});
