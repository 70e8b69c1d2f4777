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
import { oneTask } from '#test/embedded/server';
import { openEmulators } from '#test/support/emulators/emulators';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';

const WINDOW = '+1500ms';

interface Deed {
  readonly did: string;
  readonly pid: number;
  readonly key: string;
}

test('the same worker program runs over DynamoDB and SQS: one that is killed is taken over from its last break', async () => {
  const emulators = await openEmulators();
  const folder = mkdtempSync(join(tmpdir(), 'flowbeat-aws-'));
  const log = join(folder, 'log');
  const gate = join(folder, 'gate');
  const deeds = () =>
    existsSync(log)
      ? readFileSync(log, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Deed)
      : [];
  const environment = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: emulators.endpoints.dynamo,
    AWS_ENDPOINT_URL_SQS: emulators.endpoints.sqs,
  };
  Object.assign(process.env, environment);

  const store = openDynamo({ client: emulators.dynamo, table: emulators.table, clock });
  const queue = openSqs({ client: emulators.sqs, clock, prefix: emulators.prefix, create: true });
  const operations = createOperations({
    store,
    queue,
    commit: orderedCommit(store, queue),
    clock,
    ids: { random: () => crypto.randomUUID() },
    telemetry: { event() {} },
  });
  await operations.putChart(JSON.stringify({ name: 'gated', definition: oneTask('gated') }));
  const worker = (name: string) => {
    const where = ['--store', 'dynamodb', '--table', emulators.table, '--queue-prefix', emulators.prefix];
    return cli('worker', ...where, '--handlers', 'test/e2e/handlers.ts', '--name', name, '--window', WINDOW);
  };
  const begun = async (not = 0): Promise<Deed> => {
    for (;;) {
      const found = deeds().find(({ did, pid }) => did === 'begin' && pid !== not);
      if (found) return found;
      await sleep(50);
    }
  };
  await using _first = worker('one');
  const { run } = await operations.startRun({ chart: 'gated', name: 'r', input: { log, gate } });
  const victim = await begun();
  await using _second = worker('two');
  await _second.event('ready');
  await _first.kill('SIGKILL');
  const heir = await begun(victim.pid);
  expect(heir.key).toBe(victim.key);
  writeFileSync(gate, '');
  let detail: RunDetail;
  do {
    await sleep(50);
    detail = await operations.showRun(run);
  } while (detail.status === 'Running');
  expect(detail.outcome).toEqual({ status: 'Succeeded', output: { pid: heir.pid } });
  const { events } = await operations.history(run, { limit: 100 });
  expect(events.find(({ type }) => type === 'FlowTakenOver')).toBeDefined();
  expect(await _second.kill('SIGTERM')).toBe(0);

  for (const name of Object.keys(environment)) delete process.env[name];
  rmSync(folder, { recursive: true });
  await emulators.close();
});
