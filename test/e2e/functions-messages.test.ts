/** The functions as they are, while messages come twice, come late, or are lost, and while others take their place. */
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { openSqs } from '#adapters/sqs/sqs-queue';
import { SYSTEM_IDS } from '#adapters/system/ids';
import { epoch } from '#engine/time';
import { SILENT } from '#ports/telemetry';
import { createScheduler } from '#scheduler/create-operations';
import { orderedCommit } from '#scheduler/ordered-commit';
import { Sweeper } from '#scheduler/sweeper/sweep';
import { REAL_CLOCK } from '#test/support/emulators/real-clock';
import type { SqsHandler } from '#test/support/event-source';
import { ACTIONS, FunctionScene, type Functions } from '#test/support/function-scene';
import { Random } from '#test/support/random';

let scene: FunctionScene;

beforeAll(async () => {
  scene = await FunctionScene.open();
});
afterAll(() => scene[Symbol.asyncDispose]());

const RUNS = 2;
const NOTHING_FAILED = { batchItemFailures: [] };

/** Functions each of whose handlers is made of that of two instances. */
async function ofTwo(make: (one: SqsHandler, other: SqsHandler) => SqsHandler): Promise<Functions> {
  const [one, other] = [await scene.functions(), await scene.functions()];
  return { advance: make(one.advance, other.advance), executor: make(one.executor, other.executor) };
}

/** Puts the messages of an event on their queue again, to come so much later. */
async function putAgain({ Records }: SQSEvent, DelaySeconds: number): Promise<void> {
  const { sqs } = scene.installation.emulators;
  for (const { eventSourceARN, body: MessageBody } of Records) {
    const QueueUrl = `${scene.installation.emulators.endpoints.sqs}/000000000000/${eventSourceARN.split(':').at(-1)}`;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds }));
  }
}

test('each message is handed to two instances at once, and comes again when it was done with: each action is run once', async () => {
  let late = 0;
  const twice = (one: SqsHandler, other: SqsHandler): SqsHandler => {
    const copied = new Set<string>();
    return async (event, context) => {
      const fresh = event.Records.filter(({ body }) => !copied.has(body));
      for (const { body } of fresh) copied.add(body);
      late += fresh.length;
      await putAgain({ Records: fresh }, 2);
      const [answer] = await Promise.all([
        one(event, context),
        other(event, { ...context, awsRequestId: SYSTEM_IDS.random() }),
      ]);
      return answer;
    };
  };
  // What finds its flow in other hands is put off to when their time is surely over: short, since the test waits for the last of them.
  await using source = scene.serve(await ofTwo(twice), { lastsMs: 4_000 });
  expect(await scene.whole(await scene.start(RUNS))).toBe(RUNS * ACTIONS);
  await scene.installation.drained();
  expect(late).toBeGreaterThan((RUNS * ACTIONS) / 2);
  expect(source.errors).toEqual([]);
});

test('messages are lost, any of them: what the census of the sweeper finds goes on', async () => {
  const random = new Random(3);
  let lost = 0;
  const forget =
    (one: SqsHandler): SqsHandler =>
    async (event, context) => {
      const kept = event.Records.filter(() => !random.chance(0.25));
      lost += event.Records.length - kept.length;
      return kept.length === 0 ? NOTHING_FAILED : one({ Records: kept }, context);
    };
  await using _source = scene.serve(await ofTwo(forget));
  const started = await scene.start(RUNS);
  const ended = scene.whole(started);
  let over = false;
  void ended.finally(() => {
    over = true;
  });
  // A day and a quarter of an hour go by with each look of the sweeper.
  for (let days = 1; !over; days++) {
    await sweeperAhead(days * 90_000_000).sweep(undefined, () => true);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  await ended;
  expect(lost).toBeGreaterThan(0);
});

/** A sweeper by a clock that is so far ahead. */
function sweeperAhead(ms: number): Sweeper {
  const { dynamo, sqs, table, prefix } = scene.installation.emulators;
  const clock = { ...REAL_CLOCK, now: () => epoch(Date.now() + ms) };
  const store = openDynamo({ client: dynamo, table, clock });
  const queue = openSqs({ client: sqs, clock, prefix, functions: true });
  const commit = orderedCommit(store, queue);
  const s = createScheduler({ store, queue, commit, clock, ids: SYSTEM_IDS, telemetry: SILENT });
  return new Sweeper(s, { windowMs: 30_000, perMinute: 6_000 });
}

test('a deploy in the middle of runs: old functions and new ones share them, a run ends by the version that it began with, and new handlers by who has them', async () => {
  const { installation } = scene;
  const { operations } = installation;
  const task = (activity: string, more: object = { End: true }) => ({
    Type: 'Task',
    Resource: `activity:${activity}`,
    ...more,
  });
  const version = (last: object) => ({
    StartAt: 'Double',
    States: { Double: task('double', { Next: 'Wait' }), Wait: { Type: 'Wait', Seconds: 2, Next: 'Last' }, Last: last },
  });
  await scene.put('deployed', version(task('double')));
  const old = await scene.functions();
  const shared = await scene.start(RUNS, 3);
  await using oldSource = scene.serve(old);
  const first = await operations.startRun({ chart: 'deployed', name: 'first', input: { n: 1 } });
  await vi.waitUntil(async () => (await operations.showRun(first.run)).flows[0]?.phase === 'wait', { timeout: 30_000 });
  // The new chart names an activity that the old functions have no handler for; they are still called.
  vi.stubEnv('FLOWBEAT_HANDLERS', `${import.meta.dirname}/function-handlers-next.ts`);
  const next = await scene.functions();
  await using nextSource = scene.serve(next);
  await scene.put('deployed', version(task('triple')));
  const second = await operations.startRun({ chart: 'deployed', name: 'second', input: { n: 1 } });
  expect(await installation.ended(first.run)).toMatchObject({
    version: 1,
    outcome: { status: 'Succeeded', output: { n: 4 } },
  });
  expect(await installation.ended(second.run)).toMatchObject({
    version: 2,
    outcome: { status: 'Succeeded', output: { n: 6 } },
  });
  expect(await scene.whole(shared)).toBe(RUNS * ACTIONS);
  expect([...oldSource.errors, ...nextSource.errors]).toEqual([]);
});
