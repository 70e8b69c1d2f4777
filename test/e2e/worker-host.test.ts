import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { openSqs } from '#adapters/sqs/sqs-queue';
import { createOperations } from '#scheduler/create-operations';
import type { RunDetail } from '#scheduler/operations';
import { orderedCommit } from '#scheduler/ordered-commit';
import { cli } from '#test/e2e/cli-process';
import { openEmulators } from '#test/support/emulators/emulators';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';
import { hostStub } from '#test/support/host-stub';

const definition = {
  StartAt: 'First',
  States: {
    First: { Type: 'Task', Resource: 'activity:gated', ResultPath: '$.first', Next: 'Second' },
    Second: { Type: 'Task', Resource: 'activity:gated', ResultPath: '$.second', End: true },
  },
};

test('a worker in a task of ECS: named in its lease, protected while it holds flows, healthy; a Spot notice makes it hand over at the next break', async () => {
  const emulators = await openEmulators();
  const host = await hostStub();
  const folder = mkdtempSync(join(tmpdir(), 'flowbeat-host-'));
  const [log, gate] = [join(folder, 'log'), join(folder, 'gate')];
  const common = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: emulators.endpoints.dynamo,
    AWS_ENDPOINT_URL_SQS: emulators.endpoints.sqs,
  };
  Object.assign(process.env, common, host.env);
  const store = openDynamo({ client: emulators.dynamo, table: emulators.table, clock });
  const queue = openSqs({ client: emulators.sqs, clock, prefix: emulators.prefix, create: true });
  const commit = orderedCommit(store, queue);
  const ids = { random: () => crypto.randomUUID() };
  const operations = createOperations({ store, queue, commit, clock, ids, telemetry: { event() {} } });
  await operations.putChart(JSON.stringify({ name: 'two', definition }));
  const worker = (name: string, ...more: string[]) => {
    const where = ['--store', 'dynamodb', '--table', emulators.table, '--queue-prefix', emulators.prefix];
    const how = ['--handlers', 'test/e2e/handlers.ts', '--name', name, '--window', '+10s', '--drain', '+60s'];
    return cli('worker', ...where, ...how, ...more);
  };

  await using spot = worker('spot', '--health-port', '0');
  const { healthPort, incarnation } = await spot.event('ready');
  const lease = (await store.listLeases()).find((one) => one.incarnation === incarnation);
  expect(lease?.platform).toEqual({
    instanceId: 'i-0abc',
    taskArn: host.task,
    zone: 'eu-west-1b',
    lifeCycle: 'spot',
    address: '10.0.1.9',
  });
  expect(lease?.health).toBe(`http://10.0.1.9:${healthPort}/health`);
  const health = await fetch(`http://127.0.0.1:${healthPort}/health`);
  expect([health.status, await health.json()]).toEqual([200, { healthy: true, incarnation, status: 'Connected' }]);
  expect(host.protections).toEqual([]);

  const { run } = await operations.startRun({ chart: 'two', name: 'r', input: { log, gate } });
  while (host.protections.length === 0) await sleep(20);
  expect(host.protections).toEqual([{ ProtectionEnabled: true, ExpiresInMinutes: 10 }]);
  while (!existsSync(log)) await sleep(20);

  // The next one stands elsewhere.
  for (const name of Object.keys(host.env)) delete process.env[name];
  await using heir = worker('heir');
  await heir.event('ready');
  host.stub.notice = '{"action":"terminate","time":"2026-01-01T00:02:00Z"}';
  expect((await spot.event('draining')).why).toContain('terminate this Spot instance');
  // It still holds its flow, whose action has not ended.
  expect(host.protections).toHaveLength(1);
  writeFileSync(gate, '');
  expect(await spot.ended).toBe(0);
  expect(host.protections.at(-1)).toEqual({ ProtectionEnabled: false });
  expect(host.protections).toHaveLength(2);

  let detail: RunDetail;
  do {
    await sleep(50);
    detail = await operations.showRun(run);
  } while (detail.status === 'Running');
  expect(detail.outcome).toMatchObject({
    status: 'Succeeded',
    output: { first: { pid: spot.pid }, second: { pid: heir.pid } },
  });
  expect(readFileSync(log, 'utf8').match(/"begin"/g)).toHaveLength(2);
  const { events } = await operations.history(run, { limit: 100 });
  expect(events.find(({ type }) => type === 'FlowTakenOver')).toBeUndefined();
  expect(await heir.kill('SIGTERM')).toBe(0);

  for (const name of Object.keys(common)) delete process.env[name];
  rmSync(folder, { recursive: true });
  host.close();
  await emulators.close();
});
