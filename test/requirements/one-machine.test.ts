/** What one machine is right after installation: a whole cluster. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { chain } from '#test/requirements/charts';
import { Cluster } from '#test/support/cluster';

test('FF-5, XD-11, FX-5: one command in an empty folder is a cluster with a worker inside', async () => {
  await using cluster = new Cluster();
  expect(existsSync(cluster.file)).toBe(false);
  const server = await cluster.serve();
  const workers = await cluster.workers();
  expect(workers).toMatchObject([
    { kind: 'in-process', status: 'Connected', pid: server.pid, queues: expect.anything() },
  ]);
  await cluster.put(chain('simple', [['Only', 'note']]));
  expect(await cluster.ended(await cluster.start('simple', 'first'))).toMatchObject({
    status: 'Succeeded',
    outcome: { output: { Only: { name: 'Only' } } },
  });
});

test('FF-11, FX-17: one process or many, the same charts, commands, history and result', async () => {
  const chart = chain('same', [
    ['One', 'note'],
    ['Two', 'note'],
  ]);
  const see = async (cluster: Cluster) => {
    await cluster.put(chart);
    const run = await cluster.start('same', 'twin', { given: 1 });
    const { status, outcome } = await cluster.ended(run);
    const history = await cluster.history(run);
    const standard = history.map(({ type }) => type).filter((type) => !/^Flow/.test(type));
    const shown = await cluster.json<{ flows: readonly object[] }>('runs', 'show', run);
    return { status, outcome, standard, fields: shown.flows.map((flow) => Object.keys(flow).sort()) };
  };
  await using alone = new Cluster();
  await alone.serve();
  await using many = new Cluster();
  await many.serve('--no-worker');
  await Promise.all([many.worker('a'), many.worker('b'), many.worker('c')]);
  expect(await see(many)).toEqual(await see(alone));
});

test('XD-30, XD-32, XD-31, FX-35: killed and started again, the process proves that its predecessor is dead and goes on at once', async () => {
  await using cluster = new Cluster();
  // A window that would be noticed if it were waited for.
  const first = await cluster.serve('--window', '+40s');
  await cluster.put(
    chain('long', [
      ['Before', 'note'],
      ['Steps', 'steps'],
    ]),
  );
  const run = await cluster.start('long', 'monday');
  await cluster.did('step', 'Steps');
  await expectSteps(cluster, 4);
  first.kill('SIGKILL');
  await first.ended;
  const again = Date.now();
  await cluster.serve('--window', '+40s');
  expect(await cluster.run(run)).toMatchObject({ status: 'Running', input: {} });
  cluster.open('Steps');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
  expect(Date.now() - again).toBeLessThan(20_000);
  expect(await cluster.takeOvers(run)).toMatchObject([{ evidence: 'process', at: 'Steps' }]);
  // What was committed is not done again, what was checkpointed is not either.
  expect(cluster.journal().filter(({ name, what }) => name === 'Before' && what === 'done')).toHaveLength(1);
  expect(
    cluster
      .journal()
      .filter(({ what }) => what === 'began')
      .map(({ from }) => from),
  ).toEqual([0, 4]);
  expect(
    cluster
      .journal()
      .filter(({ what }) => what === 'step')
      .map(({ step }) => step),
  ).toEqual([1, 2, 3, 4, 5]);
});

async function expectSteps(cluster: Cluster, steps: number): Promise<void> {
  await expect
    .poll(() => cluster.journal().filter(({ what }) => what === 'step').length, { timeout: 20_000 })
    .toBe(steps);
}
