/** The functions as they are, called as Lambda calls them, while DynamoDB and SQS refuse, forget, lag behind or are away. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ACTIONS, FunctionScene } from '#test/support/function-scene';
import { Random } from '#test/support/random';

let scene: FunctionScene;

beforeAll(async () => {
  scene = await FunctionScene.open();
});
afterAll(() => scene[Symbol.asyncDispose]());

beforeEach(() => {
  for (const service of [scene.dynamo, scene.sqs]) service.faults = 0;
});
afterEach(() => {
  for (const service of [scene.dynamo, scene.sqs]) {
    service.befalls = () => undefined;
    service.onAnswer = () => {};
  }
});

const RUNS = 2;
/** Of a batch that a function could not put off: it comes back when this is over. */
const VISIBILITY_MS = 6_000;

test.each([
  ['refused', ['ProvisionedThroughputExceededException', 'ThrottlingException'], ['OverLimit', 'RequestThrottled']],
  ['done and not heard of', undefined, undefined],
] as const)('one request in seven is %s: runs end as ever, each action run once', async (_what, ofTable, ofQueue) => {
  const { dynamo, sqs } = scene;
  await using _source = scene.serve(await scene.functions(), { visibilityMs: VISIBILITY_MS });
  const befalls = (names: readonly string[] | undefined) => {
    const random = new Random(7);
    return () => (random.chance(0.15) ? (names ? { refused: random.pick(names) } : ('lost' as const)) : undefined);
  };
  dynamo.befalls = befalls(ofTable);
  sqs.befalls = befalls(ofQueue);
  expect(await scene.whole(await scene.start(RUNS))).toBe(RUNS * ACTIONS);
  expect(dynamo.faults).toBeGreaterThan(ACTIONS);
  expect(sqs.faults).toBeGreaterThan(0);
});

/** How long a service is away: longer than its clients repeat by themselves, and than what is left of calls that are under way. Told otherwise for a longer one. */
const AWAY_MS = Number(process.env.FLOWBEAT_TEST_AWAY_MS ?? 3_000);
/** A call that has begun just before has no time to wait it out: its flow is found by its message, when its time is surely over. */
const LASTS_MS = 2_500;

test.each(['dynamo', 'sqs'] as const)(
  '%s is away in the middle of runs: they go on when it is back, also by instances that came up meanwhile',
  async (which) => {
    const service = scene[which];
    const started = await scene.start(RUNS);
    const begun = Promise.withResolvers<void>();
    const feed = { visibilityMs: VISIBILITY_MS, lastsMs: LASTS_MS, onEvent: () => begun.resolve() };
    await using _warm = scene.serve(await scene.functions(), feed);
    await begun.promise;
    await service.away();
    await using _cold = scene.serve(await scene.functions(), feed);
    await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
    const { operations } = scene.installation;
    const details = await Promise.all(started.map(({ run }) => operations.showRun(run)));
    expect(details.map(({ outcome }) => outcome)).toEqual(started.map(() => undefined));
    await service.back();
    // What an action did is lost with the call that could not commit it: once for each call that met the gap.
    expect(await scene.whole(started)).toBeLessThanOrEqual(RUNS * ACTIONS * 2);
  },
);

test('the index of runs lags behind: the list lacks the newest and shows the others as they are, and nothing else asks it', async () => {
  const { dynamo } = scene;
  await using api = await scene.api();
  await using _source = scene.serve(await scene.functions());
  const [first] = await scene.start(1, 2);
  const asked = new Map<string, string>();
  dynamo.onAnswer = ({ operation, body }, answer) => {
    if (operation === 'Query' && body.includes('"IndexName"') && !asked.has(body)) asked.set(body, answer);
  };
  const list = async () => {
    const { items } = (await api.get('/v1/runs?chart=spread')) as { items: { run: string; status: string }[] };
    return new Map(items.map(({ run, status }) => [run, status]));
  };
  expect((await list()).get(first!.run)).not.toBe('Succeeded');
  // From now on the index answers as it did then.
  dynamo.befalls = ({ body }) => {
    const answer = asked.get(body);
    return answer === undefined ? undefined : { answer };
  };
  const later = await scene.start(RUNS);
  expect(await scene.whole([first!, ...later])).toBe((RUNS + 1) * ACTIONS);
  const shown = await list();
  expect(dynamo.faults).toBeGreaterThan(0);
  expect(shown.get(first!.run)).toBe('Succeeded');
  for (const { run } of later) {
    expect(shown.has(run)).toBe(false);
    expect(await api.get(`/v1/runs/${encodeURIComponent(run)}`)).toMatchObject({ status: 'Succeeded' });
  }
  dynamo.befalls = () => undefined;
  const caughtUp = await list();
  for (const { run } of later) expect(caughtUp.get(run)).toBe('Succeeded');
});
