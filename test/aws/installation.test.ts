/**
 * The whole installation on an emulator of AWS: deployed by `cdk deploy`, used over HTTP, failed over, destroyed. One story, told in order: each test goes on
 * from the one before.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signingFetch } from '#cli/aws/sign';
import { Client, chartPath, runPath } from '#cli/client';
import type { HistoryPage } from '#http/contract/history';
import type { RunDetail, RunStarted } from '#http/contract/run';
import { takeDown } from '#test/support/aws-local/down';
import { Place } from '#test/support/aws-local/place';
import { lives, stop } from '#test/support/aws-local/program';
import { note, noted } from '#test/support/aws-local/record';
import { EMULATED_ACCOUNT, settingsOf, type Target } from '#test/support/aws-local/target';
import { bringUp, type Deployed } from '#test/support/aws-local/up';
import { startWorker } from '#test/support/aws-local/worker';
import { TemporaryFolder } from '#test/support/temporary-folder';

const MINUTES = 60_000;
const HANDLERS = 'test/e2e/handlers.ts';
/** A queue of the repository's app that no function serves. */
const QUEUE = 'workers';

const place = new Place('aws-e2e');
const endpoint = process.env.AWS_ENDPOINT_URL ?? '';
const target: Target = { endpoint, account: EMULATED_ACCOUNT, region: 'us-east-1' };
const folder = new TemporaryFolder();
const log = folder.file('log');
const gate = folder.file('gate');
const workers: number[] = [];
let deployed: Deployed;
let client: Client;

beforeAll(async () => {
  Object.assign(process.env, settingsOf(endpoint, target.region));
  deployed = await bringUp({ place, target, say: console.log });
  const scope = { service: 'execute-api', region: target.region } as const;
  client = new Client(deployed.api, await signingFetch(fetch, scope));
}, 5 * MINUTES);

afterAll(async () => {
  for (const pid of workers) if (lives(pid)) await stop(pid);
  // Where a test failed before the last one: what is there is taken away all the same.
  if (noted(place)) await takeDown({ place, say: console.log });
  folder[Symbol.dispose]();
}, 2 * MINUTES);

test('an unsigned request is refused', async () => {
  expect((await fetch(`${deployed.api}/v1/runs`)).status).toBe(403);
});

test(
  'a run that is started over HTTP is run by functions alone, and its history tells of it',
  async () => {
    const run = await start('hello', { name: 'Ada' });
    expect((await ended(run)).outcome).toEqual({ status: 'Succeeded', output: { greeting: 'Hello, Ada!' } });
    const { body } = await client.call<HistoryPage>(`${runPath(run)}/history`);
    expect(body.items.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['ActivitySucceeded', 'ExecutionSucceeded']),
    );
  },
  MINUTES,
);

test(
  'EventBridge starts what is scheduled, without any worker',
  async () => {
    const scheduled = await until('a scheduled run', async () => {
      const { body } = await client.call<{ items: { run: string; status: string }[] }>('/v1/runs', {
        query: { chart: 'schedule' },
      });
      return body.items.find(({ status }) => status === 'Succeeded');
    });
    // Its name is its slot.
    expect(scheduled.run).toMatch(/^schedule:\d{4}-\d\d-\d\dT\d\d-\d\d-00Z$/);
  },
  4 * MINUTES,
);

test(
  'a worker that is killed is taken over by the sweeper, and another one goes on from the last break',
  async () => {
    await putChart();
    const first = await worker('first');
    const run = await start('gated', { log, gate });
    await until('the action has begun', async () => begun().length === 1);
    const workersSay = async () => JSON.stringify((await client.call('/v1/workers')).body);
    // Before that its message is the only witness, and whoever receives it takes over.
    await until('its lease names the flow', async () => (await workersSay()).includes(run));
    process.kill(first, 'SIGKILL');
    await until('the sweeper is done with it', async () => !(await workersSay()).includes('first-'));
    writeFileSync(gate, '');
    const second = await worker('second');
    const { outcome } = await ended(run);
    expect(outcome).toEqual({ status: 'Succeeded', output: { pid: second } });
    const { body } = await client.call<HistoryPage>(`${runPath(run)}/history`);
    const takenOver = body.items.find(({ type }) => type === 'FlowTakenOver');
    expect(JSON.stringify(takenOver)).toContain('sweeper');
    const keys = begun().map(({ key }) => key);
    expect(keys.length).toBe(2);
    expect(new Set(keys).size).toBe(1);
  },
  4 * MINUTES,
);

test(
  'it is destroyed, and nothing is left',
  async () => {
    const cloud = new CloudFormationClient({ endpoint, region: target.region });
    const names = async () =>
      (await cloud.send(new DescribeStacksCommand({}))).Stacks?.map(({ StackName }) => StackName);
    expect(await names()).toContain('flowbeat');
    for (const pid of workers.filter(lives)) await stop(pid, 40_000);
    await takeDown({ place, say: console.log });
    expect(await names()).not.toContain('flowbeat');
    expect(existsSync(place.folder)).toBe(false);
    expect(workers.filter(lives)).toEqual([]);
    cloud.destroy();
  },
  2 * MINUTES,
);

async function putChart(): Promise<void> {
  const definition = { StartAt: 'Work', States: { Work: { Type: 'Task', Resource: 'activity:gated', End: true } } };
  const body = JSON.stringify({ name: 'gated', queue: QUEUE, definition });
  await client.call(chartPath('gated'), { method: 'PUT', text: { body, type: 'application/json' } });
}

async function worker(name: string): Promise<number> {
  const pid = await startWorker(place, target, deployed, { name, handlers: HANDLERS, queues: [QUEUE] });
  workers.push(pid);
  note(place, { ...deployed.running, worker: pid });
  return pid;
}

async function start(chart: string, input: unknown): Promise<string> {
  const { body } = await client.call<RunStarted>(`${chartPath(chart)}/runs`, { method: 'POST', json: { input } });
  return body.run;
}

const ended = (run: string): Promise<RunDetail> =>
  until(`${run} has ended`, async () => {
    const { body } = await client.call<RunDetail>(runPath(run));
    return body.outcome && body;
  });

const begun = (): { key: string }[] =>
  existsSync(log)
    ? readFileSync(log, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .filter(({ did }) => did === 'begin')
    : [];

/** Looks until there is something; the test's own limit ends it. */
async function until<T>(_what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await sleep(500);
  }
}
