/** Transaction breaks: what is committed when, seen by what a killed worker's successor does again. */
import { expect, test } from 'vitest';
import { chain } from '#test/requirements/charts';
import { Cluster } from '#test/support/cluster';

test('W-1: progress is committed at breaks; with breaks named, what lies between is redone', async () => {
  await using cluster = new Cluster();
  await cluster.serve('--no-worker');
  const first = await cluster.worker('first');
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
  await cluster.worker('second');
  first.kill('SIGKILL');
  cluster.open('Hold');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
  const done = (name: string) => cluster.journal().filter((entry) => entry.what === 'done' && entry.name === name);
  expect([done('One').length, done('Two').length, done('Three').length]).toEqual([1, 1, 2]);
  // Redone with the keys that it had: the same action, not another.
  expect(new Set(done('Three').map(({ key }) => key)).size).toBe(1);
});

test('W-1: a wait, a split, a join and a retry are breaks, whatever the chart says', async () => {
  await using cluster = new Cluster();
  await cluster.serve('--no-worker');
  const task = (name: string, next: string, activity = 'note') =>
    `${name}: { Type: Task, Resource: "activity:${activity}", Parameters: { name: ${name} }, ResultPath: $.${name}, ${next} }`;
  const branch = (name: string) => `{ StartAt: ${name}, States: { ${task(name, 'End: true')} } }`;
  await cluster.put(`name: no-breaks
breaks: []
definition:
  StartAt: One
  States:
    ${task('One', 'Next: Wait')}
    Wait: { Type: Wait, Seconds: 1, Next: Hold1 }
    ${task('Hold1', 'Next: Two', 'hold')}
    ${task('Two', 'Next: Fork')}
    Fork: { Type: Parallel, Branches: [${branch('Left')}, ${branch('Right')}], ResultPath: $.Fork, Next: Hold2 }
    ${task('Hold2', 'Next: Three', 'hold')}
    ${task('Three', 'Next: Flaky')}
    ${task('Flaky', 'Retry: [{ ErrorEquals: [States.ALL], IntervalSeconds: 1 }], Next: Four', 'flaky')}
    ${task('Four', 'Next: Hold3')}
    ${task('Hold3', 'End: true', 'hold')}
`);
  const run = await cluster.start('no-breaks', 'one');
  for (const hold of ['Hold1', 'Hold2', 'Hold3']) {
    const worker = await cluster.worker(`for-${hold}`);
    const { pid } = await cluster.did('began', hold);
    expect(pid).toBe(worker.pid);
    worker.kill('SIGKILL');
    cluster.open(hold);
  }
  await cluster.worker('last');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
  expect(await cluster.takeOvers(run)).toHaveLength(3);
  const times = (name: string) =>
    cluster.journal().filter((entry) => entry.what === 'done' && entry.name === name).length;
  // Before a break: once. Between the last one and the worker's death: again.
  expect(['One', 'Two', 'Left', 'Right', 'Three'].map(times)).toEqual([1, 1, 1, 1, 1]);
  expect(['Flaky', 'Four'].map(times)).toEqual([2, 2]);
});
