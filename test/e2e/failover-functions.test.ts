/** The functions of failover and time, called as Lambda calls them, over the emulators of DynamoDB and SQS: there is no worker. */
import { DeleteMessageCommand, GetQueueUrlCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { openSqs } from '#adapters/sqs/sqs-queue';
import { epoch } from '#engine/time';
import type { Incarnation } from '#ports/ids';
import type { Lease, Platform } from '#ports/lease';
import { CONTROL_QUEUE, SWEEP_QUEUE } from '#ports/message';
import { setBrake } from '#scheduler/brake';
import { claim } from '#scheduler/claim';
import { control } from '#scheduler/control';
import { createOperations, createScheduler } from '#scheduler/create-operations';
import { orderedCommit } from '#scheduler/ordered-commit';
import { hearPlatform } from '#scheduler/platform';
import { Sweeper } from '#scheduler/sweeper/sweep';
import { tickAhead } from '#scheduler/tick-ahead';
import { ClientCut, ClientCuts } from '#test/support/emulators/cut-client';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';
import { hostServices } from '#test/support/emulators/hosts';
import { meterDynamo, meterSqs, type Tally } from '#test/support/emulators/meter';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';
import { lambdaContext } from '#test/support/lambda-context';

const WINDOW_MS = 1_500;
const always = () => true;
const TASK = { StartAt: 'T', States: { T: { Type: 'Task', Resource: 'activity:work', End: true } } };

let emulators: Emulators;
let s: ReturnType<typeof createScheduler>;
let cuts: ClientCuts;
let meters: { readonly dynamo: Tally; readonly sqs: Tally };
let operations: ReturnType<typeof createOperations>;

beforeAll(async () => {
  emulators = await openEmulators();
  const { dynamo, sqs, table, prefix, endpoints } = emulators;
  cuts = new ClientCuts(dynamo, sqs);
  meters = { dynamo: meterDynamo(dynamo), sqs: meterSqs(sqs) };
  const store = openDynamo({ client: dynamo, table, clock });
  const queue = openSqs({ client: sqs, clock, prefix, create: true });
  const ids = { random: () => crypto.randomUUID() };
  s = createScheduler({ store, queue, commit: orderedCommit(store, queue), clock, ids, telemetry: { event() {} } });
  operations = createOperations(s);
  await operations.putChart(JSON.stringify({ name: 'c', definition: TASK }));
  // An installation deploys its queues.
  await queue.receive({ queues: [SWEEP_QUEUE], max: 1, waitMs: 0, visibilityMs: 1_000 });
  const environment = {
    FLOWBEAT_NAME: 'test',
    FLOWBEAT_TABLE: table,
    FLOWBEAT_QUEUE_PREFIX: prefix,
    FLOWBEAT_WINDOW_MS: `${WINDOW_MS}`,
    FLOWBEAT_MEASURED_QUEUES: 'gone',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamo,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    POWERTOOLS_DEV: 'true',
    POWERTOOLS_TRACE_ENABLED: 'false',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
});

afterAll(async () => {
  cuts.mend();
  await emulators.close();
  vi.unstubAllEnvs();
});

let serial = 0;

/** A worker that has claimed a run and falls silent. */
async function silent(platform?: Platform) {
  const name = `w${++serial}`;
  const incarnation = `${name}-1` as Incarnation;
  const { run } = await operations.startRun({ chart: 'c', name: `r${serial}`, input: null });
  const flow = await s.store.readFlow(run as never);
  await claim(s, flow!, { incarnation, worker: name, signal: new AbortController().signal });
  const lease: Lease = {
    incarnation,
    worker: name,
    kind: 'external',
    host: 'host',
    ...(platform && { platform }),
    status: 'Connected',
    windowMs: WINDOW_MS,
    beat: 0,
    progress: 0,
    stalled: false,
    flows: [{ flow: flow!.id, term: 2 }],
    places: 1,
    activities: ['work'],
    queues: ['default'],
    startedAt: clock.now(),
    beatAt: clock.now(),
    commands: [],
  };
  await s.store.putLease(lease);
  const read = async () => (await s.store.readFlow(flow!.id))!;
  return { incarnation, read };
}

/** Calls the sweeper with what its queue holds, as its event source does. */
async function feed(handler: (event: never, context: never) => Promise<unknown>): Promise<void> {
  const { sqs, prefix } = emulators;
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: `${prefix}${SWEEP_QUEUE}` }));
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
  );
  if (Messages.length === 0) return;
  await handler({ Records: Messages.map(({ Body }) => ({ body: Body })) } as never, lambdaContext('test') as never);
  for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
}

test('the rule, and no wake, has the queues measured by which workers are scaled; that one is not there is told of, and fails no sweep', async () => {
  const { handler } = await import('#functions/sweeper/handler');
  const told = vi.spyOn(console, 'error').mockImplementation(() => {});
  await handler({ Records: [{ body: JSON.stringify({ kind: 'sweep', wake: 1 }) }] }, lambdaContext('test'));
  expect(await s.store.readSetting('sweeper.chain')).toBe(1);
  expect(told).not.toHaveBeenCalled();
  await handler({}, lambdaContext('test'));
  expect(await s.store.readSetting('sweeper.chain')).toBe(2);
  expect(told.mock.calls.flat().join()).toMatch(/measuringFailed.*the queue \\?"gone/s);
  told.mockRestore();
});

test('the sweeper, called once by its rule, wakes itself until the silent worker is taken over, within its window and 15 s', async () => {
  const { handler } = await import('#functions/sweeper/handler');
  const { incarnation, read } = await silent();
  const begun = performance.now();
  await handler({} as never, lambdaContext('test'));
  while ((await read()).status === 'Owned' && performance.now() - begun < 60_000) await feed(handler);
  expect(performance.now() - begun).toBeLessThan(WINDOW_MS + 15_000);
  expect(await read()).toMatchObject({
    status: 'Queued',
    term: 3,
    takenOver: { by: 'sweeper', evidence: { kind: 'silence' } },
  });
  expect(await s.store.readLease(incarnation)).toBeUndefined();
});

test('two rules at once are one chain of wakes', async () => {
  const { handler } = await import('#functions/sweeper/handler');
  const { incarnation } = await silent();
  await Promise.all([handler({} as never, lambdaContext('test')), handler({} as never, lambdaContext('test'))]);
  const chain = Number(await s.store.readSetting('sweeper.chain'));
  const live: number[] = [];
  // The wake comes after a second; a second one would have come with it.
  for (let quiet = 0; quiet < 2; ) {
    const found = await s.queue.receive({ queues: [SWEEP_QUEUE], max: 10, waitMs: 1_000, visibilityMs: 30_000 });
    if (live.length > 0) quiet++;
    for (const it of found) {
      if (it.message.kind === 'sweep' && it.message.wake! > chain) live.push(it.message.wake!);
      await s.queue.done(it);
    }
  }
  expect(live).toEqual([chain + 1]);
  await s.store.dropLease(incarnation);
});

test('a task that ECS says has stopped, by an event and when it is asked, is taken over at once, and so is an instance of EC2; a Spot notice drains', async () => {
  const services = await hostServices(({ operation, asks }) =>
    operation === 'DescribeTasks'
      ? { tasks: (asks.tasks as string[]).map((taskArn) => ({ taskArn, lastStatus: 'STOPPED' })) }
      : '<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-2</instanceId><instanceState><name>stopped</name></instanceState></item></instancesSet></item></reservationSet></DescribeInstancesResponse>',
  );
  onTestFinished(() => services.close());
  for (const [name, value] of Object.entries(asksHosts(services.endpoint))) vi.stubEnv(name, value);
  const { handler } = await import('#functions/platform-events/handler');
  const gone = await silent({ taskArn: 'arn:aws:ecs:eu-west-1:1:task/c/1' });
  const leaving = await silent({ instanceId: 'i-1', taskArn: 'arn:aws:ecs:eu-west-1:1:task/c/2' });
  const said = (type: string, detail: object) =>
    handler({ source: 'aws.ecs', 'detail-type': type, time: '2026-11-21T02:00:00Z', detail }, lambdaContext('test'));
  const stopped = {
    taskArn: 'arn:aws:ecs:eu-west-1:1:task/c/1',
    lastStatus: 'STOPPED',
    desiredStatus: 'STOPPED',
    stoppedReason: 'Host died',
  };
  await Promise.all([said('ECS Task State Change', stopped), said('ECS Task State Change', stopped)]);
  const evidence = { kind: 'platform', votes: ['answer', 'event'] };
  expect(await gone.read()).toMatchObject({ status: 'Queued', term: 3, takenOver: { evidence } });
  const ended = await silent({ instanceId: 'i-2' });
  const state = { 'instance-id': 'i-2', state: 'stopped' };
  await handler(
    {
      source: 'aws.ec2',
      'detail-type': 'EC2 Instance State-change Notification',
      time: new Date(clock.now() + 1_000).toISOString(),
      detail: state,
    },
    lambdaContext('test'),
  );
  expect(await ended.read()).toMatchObject({ status: 'Queued', term: 3, takenOver: { evidence } });
  expect(services.calls.every(({ operation }) => operation.startsWith('Describe'))).toBe(true);
  await said('EC2 Spot Instance Interruption Warning', { 'instance-id': 'i-1', 'instance-action': 'terminate' });
  await said('ECS Service Action', { eventType: 'WARN', eventName: 'SERVICE_TASK_START_IMPAIRED' });
  expect(await leaving.read()).toMatchObject({ status: 'Owned', term: 2 });
  expect((await s.store.readLease(leaving.incarnation))?.commands).toEqual([{ verb: 'drain' }]);
  await s.store.dropLease(leaving.incarnation);
});

test('the tick has slots started on time, by whoever serves the control queue', async () => {
  const { handler } = await import('#functions/tick/handler');
  const triggers = [{ schedule: '*/2 * * * * *', timezone: 'UTC' }];
  const definition = { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } };
  await operations.putChart(JSON.stringify({ name: 'often', triggers, definition }));
  await handler({} as never, lambdaContext('test'));
  const until = performance.now() + 9_000;
  while (performance.now() < until) {
    const received = await s.queue.receive({ queues: [CONTROL_QUEUE], max: 10, waitMs: 1_000, visibilityMs: 5_000 });
    for (const it of received) {
      const carried = await control(s, it, 'worker');
      await (carried.done ? s.queue.done(it) : s.queue.later(it, carried.delayMs));
    }
  }
  const { items } = await operations.listRuns({ chart: 'often', limit: 100 });
  expect(items.length).toBeGreaterThanOrEqual(3);
  for (const { name, startedAt } of items) {
    const late = startedAt - Date.parse(name.replace(/(..)-(..)-(..)Z$/, '$1:$2:$3Z'));
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(2_000);
  }
  await operations.deleteChart('often');
});

test('a sweep and a platform event may be cut before or after any request: the next ones go on', async () => {
  const sweeper = () => new Sweeper(s, { windowMs: WINDOW_MS, perMinute: 6_000 });
  for (const work of ['sweep', 'event'] as const) {
    let n = 1;
    for (let last = false; !last; n++) {
      for (const cut of ['before', 'after'] as const) {
        const taskArn = `task-${work}-${n}-${cut}`;
        const { incarnation, read } = await silent({ taskArn });
        const evidence = { kind: 'platform', text: 'Gone.' } as const;
        if (work === 'sweep') await s.store.condemn(incarnation, undefined, 'test', evidence, clock.now());
        const asked = { list: async () => [], ask: async () => [{ host: { taskArn }, text: 'It is gone.' }] };
        const hearing = { perMinute: 6_000, goesOn: always, discoveries: [asked] };
        const hear = () => hearPlatform(s, { kind: 'gone', host: { taskArn }, text: 'Gone.' }, hearing);
        cuts.cutAt(n, cut);
        await (work === 'sweep' ? sweeper().sweep(undefined, always) : hear()).catch((error: unknown) => {
          if (!isCut(error)) throw error;
        });
        last = cuts.requests < n;
        cuts.mend();
        if (work === 'event') await Promise.all([hear(), hear()]);
        await Promise.all([sweeper().sweep(undefined, always), sweeper().sweep(undefined, always)]);
        expect(await read(), `${work} cut ${cut} request ${n}`).toMatchObject({ status: 'Queued', term: 3 });
        expect(await s.store.readLease(incarnation)).toBeUndefined();
      }
    }
    expect(n).toBeGreaterThan(8);
  }
});

const isCut = (error: unknown): boolean =>
  error instanceof ClientCut || (error instanceof Error && error.cause !== undefined && isCut(error.cause));

test('what a sweep and a tick cost does not grow with the runs that wait', async () => {
  await setBrake(s, undefined);
  const sweeper = new Sweeper(s, { windowMs: WINDOW_MS, perMinute: 6_000 });
  // The day's census is no part of it.
  await sweeper.sweep(undefined, always);
  const costs: { sweep: object; tick: object }[] = [];
  let waiting = 0;
  for (const runs of [100, 10_000]) {
    const due = epoch(clock.now() + 86_400_000);
    const message = (i: number) =>
      ({ kind: 'flow', queue: 'default', flow: `c:late${i}`, term: 1, needs: '', due }) as const;
    for (; waiting < runs; waiting += 100)
      await s.commit(
        Array.from(
          { length: 100 },
          (_, i) => ({ kind: 'putDue', row: { due, message: message(waiting + i) as never } }) as const,
        ),
      );
    const measured = async (work: () => Promise<unknown>) => {
      meters.dynamo.reset();
      meters.sqs.reset();
      await work();
      return { ...meters.dynamo.toJSON(), ...meters.sqs.toJSON() };
    };
    costs.push({
      sweep: await measured(() => sweeper.sweep(undefined, always)),
      tick: await measured(() => tickAhead(s, always)),
    });
  }
  expect(costs[1]).toEqual(costs[0]);
  expect(costs[0]!.sweep).not.toEqual({});
});

test('waits that fall due within a minute are all sent by one tick, ten to a request', async () => {
  const waits = 1_000;
  const soon = clock.now() + 60_000;
  const rows = Array.from({ length: waits }, (_, i) => {
    const due = epoch(soon + (i % 60) * 1_000);
    const message = { kind: 'flow', queue: 'default', flow: `c:due${i}` as never, term: 1, needs: '', due } as const;
    return { kind: 'putDue', row: { due, message } } as const;
  });
  await s.commit(rows);
  meters.sqs.reset();
  await tickAhead(s, always);
  expect(meters.sqs.get('request SendMessageBatch')).toBeLessThanOrEqual(waits / 10 + 5);
  expect(await s.store.dueBefore(epoch(clock.now() + 900_000), 10)).toEqual([]);
});

/** What the functions are told that ask ECS and EC2 for hosts. */
const asksHosts = (endpoint: string, cluster = 'arn:aws:ecs:eu-west-1:1:cluster/c') => ({
  FLOWBEAT_CLUSTER: cluster,
  FLOWBEAT_HEALTH_PORT: '8080',
  FLOWBEAT_INSTANCES: '1',
  AWS_ENDPOINT_URL_ECS: endpoint,
  AWS_ENDPOINT_URL_EC2: endpoint,
});

test('the sweeper asks ECS and EC2 which hosts there are: that a task has stopped is a sign, and the API knows who has no worker', async () => {
  const cluster = 'arn:aws:ecs:us-east-1:1:cluster/test';
  const [over, idle] = ['over', 'idle'].map((id) => `arn:aws:ecs:us-east-1:1:task/test/${id}`) as [string, string];
  const services = await hostServices(({ operation, asks }) => {
    if (operation === 'ListTasks') return { taskArns: [idle] };
    if (operation === 'DescribeInstances')
      return '<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>';
    const containers = [{ networkInterfaces: [{ privateIpv4Address: '10.0.1.9' }] }];
    return {
      tasks: (asks.tasks as string[]).map((taskArn) => ({
        taskArn,
        group: 'service:workers',
        lastStatus: taskArn === over ? 'STOPPED' : 'RUNNING',
        containers,
      })),
    };
  });
  onTestFinished(() => services.close());
  for (const [name, value] of Object.entries(asksHosts(services.endpoint, cluster))) vi.stubEnv(name, value);
  // The function that the tests before have opened was told of no hosts.
  vi.resetModules();
  const { handler } = await import('#functions/sweeper/handler');
  const { incarnation, read } = await silent({ taskArn: over });
  const vote = { kind: 'event', by: 'platform-events', text: 'It stopped.', at: clock.now(), beat: 0 } as const;
  await s.store.vote(incarnation, vote);
  await handler({} as never, lambdaContext('test'));
  expect(await read()).toMatchObject({
    status: 'Queued',
    term: 3,
    takenOver: { by: 'sweeper', evidence: { kind: 'platform', votes: ['answer', 'event'] } },
  });
  expect(await s.store.readLease(incarnation)).toBeUndefined();
  expect(services.calls.map(({ operation }) => operation).sort()).toEqual([
    'DescribeInstances',
    'DescribeTasks',
    'DescribeTasks',
    'ListTasks',
  ]);
  const host = { taskArn: idle, address: '10.0.1.9', health: 'http://10.0.1.9:8080/health' };
  expect((await operations.readHosts())?.idle).toMatchObject([host]);
});
