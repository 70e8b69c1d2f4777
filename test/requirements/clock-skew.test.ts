/** Clocks that are off, on an installation of functions over emulators. */
import { fileURLToPath } from 'node:url';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, expect, test, vi } from 'vitest';
import { sqsName } from '#adapters/sqs/queue-urls';
import type { WorkerView } from '#http/contract/worker';
import { SWEEP_QUEUE } from '#ports/message';
import { cli as program } from '#test/e2e/cli-process';
import { until } from '#test/support/cluster';
import { apiGateway } from '#test/support/emulators/api-gateway';
import { FunctionInstallation } from '#test/support/function-installation';
import { lambdaContext } from '#test/support/lambda-context';
import { commandLine } from '../cli/command-line.ts';

const OFF_MS = 10 * 60_000;
const CLOCK_OFF = fileURLToPath(new URL('../support/clock-off.ts', import.meta.url));

afterAll(() => vi.unstubAllEnvs());

test('FX-34: by how much the clock of a worker or a function is off is measured, shown, and a metric; with a right clock there is none', async () => {
  await using installation = await FunctionInstallation.open();
  const { sqs, prefix, table } = installation.emulators;
  await sqs.send(new CreateQueueCommand({ QueueName: sqsName(prefix, SWEEP_QUEUE) }));
  const told = { ...installation.environment, FLOWBEAT_VERSION: '1', AWS_EC2_METADATA_DISABLED: 'true' };
  for (const [name, value] of Object.entries({
    ...told,
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_TRACE_ENABLED: 'false',
  }))
    vi.stubEnv(name, value);
  const { handler: api } = await import('#functions/api/handler');
  const gateway = await apiGateway((event) => api(event, lambdaContext('api')), {
    iam: { userArn: 'arn:aws:iam::1:user/a' },
  });
  const where = ['--store', 'dynamodb', '--table', table, '--queue-prefix', prefix, '--window', '+3s'];
  const worker = (name: string) => program('worker', ...where, '--handlers', 'test/e2e/handlers.ts', '--name', name);
  await using _right = worker('right');
  vi.stubEnv('NODE_OPTIONS', `--import=${CLOCK_OFF}`);
  vi.stubEnv('CLOCK_OFF_MS', String(-OFF_MS));
  await using _behind = worker('behind');
  vi.stubEnv('NODE_OPTIONS', undefined);

  const { run: cli } = commandLine({ env: { ...process.env }, fetch: (url, init) => fetch(url, init) });
  const list = async (...more: string[]) => (await cli('workers', 'list', '--endpoint', gateway.url, ...more)).out;
  const workers = async () => (JSON.parse(await list('--json')) as { items: WorkerView[] }).items;
  const behind = await until('each has beaten twice', async () => {
    const now = await workers();
    return now.length === 2 && now.every(({ beat }) => beat > 1) && now.find((one) => one.worker === 'behind');
  });
  expect(behind.skewMs).toBeGreaterThan(-OFF_MS - 1);
  expect(behind.skewMs).toBeLessThan(-OFF_MS + 60_000);
  expect((await workers()).find((one) => one.worker === 'right')?.skewMs).toBeUndefined();
  expect(await list()).toMatch(/The clock of behind is (9m\d\d|10m00)s or more behind AWS's\./);

  // Powertools writes by a console of its own, which Lambda reads from there.
  const lines: string[] = [];
  const written = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => lines.push(String(chunk)) > 0);
  const metrics = () =>
    lines
      .splice(0)
      .filter((line) => line.includes('clockSkewMs'))
      .flatMap((line) => JSON.parse(line).clockSkewMs);
  // At least so much: less by what a request takes on its way.
  const isOff = (measured: readonly number[]) => {
    expect(measured).toHaveLength(1);
    expect(measured[0]).toBeGreaterThan(OFF_MS - 60_000);
    expect(measured[0]).toBeLessThanOrEqual(OFF_MS);
  };
  const { handler: sweeper } = await import('#functions/sweeper/handler');
  await sweeper({}, lambdaContext('sweeper'));
  isOff(metrics());
  // A wake tells nothing: it comes each 5 s.
  await sweeper({ Records: [{ body: JSON.stringify({ kind: 'sweep', wake: 99 }) }] }, lambdaContext('sweeper'));
  expect(metrics()).toEqual([]);
  // An instance whose own clock is ahead.
  vi.resetModules();
  const now = Date.now.bind(Date);
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + OFF_MS);
  const { handler: tick } = await import('#functions/tick/handler');
  await tick({} as never, lambdaContext('tick'));
  clock.mockRestore();
  isOff(metrics());
  written.mockRestore();
  await gateway.close();
});
