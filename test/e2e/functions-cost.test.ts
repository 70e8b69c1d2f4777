import { expect, test } from 'vitest';
import { createActionRunner } from '#actions/action-runner';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { openSqs } from '#adapters/sqs/sqs-queue';
import { SYSTEM_IDS } from '#adapters/system/ids';
import { runRecords } from '#functions/run-records';
import { SILENT } from '#ports/telemetry';
import { createScheduler } from '#scheduler/create-operations';
import { orderedCommit } from '#scheduler/ordered-commit';
import { meterDynamo, meterSqs } from '#test/support/emulators/meter';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';
import { EventSource } from '#test/support/event-source';
import { FunctionInstallation } from '#test/support/function-installation';
import { ACTIONS } from '../../bench/floor.ts';
import { ACTIVITIES, CHAIN, INPUT } from '../../bench/runs.ts';

test('a chain of ten actions by the executor alone costs at most 2.2 write units and 1.0 SQS requests an action', async () => {
  await using installation = await FunctionInstallation.open();
  const { dynamo, sqs, table, prefix } = installation.emulators;
  const units = meterDynamo(dynamo);
  const requests = meterSqs(sqs);
  const store = openDynamo({ client: dynamo, table, clock });
  const queue = openSqs({ client: sqs, clock, prefix, functions: true });
  const commit = orderedCommit(store, queue);
  const s = createScheduler({ store, queue, commit, clock, ids: SYSTEM_IDS, telemetry: SILENT });
  const actions = createActionRunner({ activities: ACTIVITIES as never, clock });
  const options = { s, name: 'executor', prefix, actions, queues: [] };
  await using _source = new EventSource(sqs, prefix, [
    { name: 'executor', queues: ['default'], handler: (event, context) => runRecords(options, event, context) },
  ]);
  await installation.operations.putChart(CHAIN);
  const run = async (name: string) => {
    const { run } = await installation.operations.startRun({ chart: 'bench', name, input: INPUT });
    const { outcome } = await installation.ended(run);
    await installation.drained();
    return outcome;
  };
  // Once a day, not once a run: the list's day is noted.
  await run('first');
  units.reset();
  requests.reset();
  expect(await run('one-0192f1c4-7a52-7d3c-9f0e')).toEqual({ status: 'Succeeded', output: { n: ACTIONS, ok: true } });
  const asked =
    requests.sum('request') - requests.get('request GetQueueAttributes') - requests.get('request GetQueueUrl');
  const told = JSON.stringify({ ...units.toJSON(), ...requests.toJSON() });
  expect(units.sum('write') / ACTIONS, told).toBeLessThanOrEqual(2.2);
  expect(asked / ACTIONS, told).toBeLessThanOrEqual(1);
  // Start, receive and delete, and where its message was early, put off and receive once more: nothing that grows with the actions.
  expect(asked, told).toBeLessThanOrEqual(5);
  await actions.close();
});
