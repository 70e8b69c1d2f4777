import { expect, test } from 'vitest';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { openSqs } from '#adapters/sqs/sqs-queue';
import { orderedCommit } from '#scheduler/ordered-commit';
import { chain } from '#test/requirements/charts';
import { Cluster, until } from '#test/support/cluster';
import { openEmulators } from '#test/support/emulators/emulators';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';
import { installation } from '#test/support/installation';

test('a run whose queue no worker serves is cancelled by a worker of another queue, even while that is full', async () => {
  await using cluster = new Cluster();
  await cluster.serve('--no-worker');
  await cluster.worker('other', '--queue', 'default', '--places', '1');
  await cluster.put(chain('busy', [['Hold', 'hold']]));
  await cluster.put(chain('far', [['Note', 'note']], 'queue: gpu'));
  const busy = await cluster.start('busy', 'one');
  await cluster.did('began', 'Hold');
  const run = await cluster.start('far', 'one');
  expect((await cluster.command('runs', 'cancel', run)).code).toBe(0);
  expect(await cluster.ended(run)).toMatchObject({ status: 'Cancelled' });
  expect(await cluster.run(busy)).toMatchObject({ status: 'Running' });
  cluster.open('Hold');
  expect(await cluster.ended(busy)).toMatchObject({ status: 'Succeeded' });
  expect(cluster.journal().map(({ name }) => name)).toEqual(['Hold', 'Hold']);
});

test.each([
  ['of the server itself', [], []],
  ['of another process', ['--no-worker'], ['a']],
] as const)('a cancel reaches an action %s at once, however seldom its worker beats', async (_, serve, workers) => {
  await using cluster = new Cluster();
  await cluster.serve('--window', '+10y', ...serve);
  for (const name of workers) await cluster.worker(name, '--window', '+10y');
  await cluster.put(chain('long', [['Hold', 'hold']]));
  const run = await cluster.start('long', 'one');
  await cluster.did('began', 'Hold');
  expect((await cluster.command('runs', 'cancel', run)).code).toBe(0);
  await cluster.did('aborted', 'Hold');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Cancelled' });
  // By its worker's own hand: a cancel that goes unanswered is forced after a while.
  expect(await cluster.takeOvers(run)).toEqual([]);
});

test('a run whose queue no worker serves is cancelled over DynamoDB and SQS too, where queues are apart', async () => {
  const emulators = await openEmulators();
  try {
    const store = openDynamo({ client: emulators.dynamo, table: emulators.table, clock });
    const queue = openSqs({ client: emulators.sqs, clock, prefix: emulators.prefix, create: true });
    const here = await installation({ store, queue, commit: orderedCommit(store, queue) }, { note: () => null });
    await here.operations.putChart(chain('far', [['Note', 'note']], 'queue: gpu'));
    const { run } = await here.operations.startRun({ chart: 'far', name: 'one', input: {} });
    await here.operations.cancelRun(run, {});
    const ended = async () => (await here.operations.showRun(run)).status === 'Cancelled';
    await until('the run is cancelled', ended);
    await here.close();
  } finally {
    await emulators.close();
  }
});
