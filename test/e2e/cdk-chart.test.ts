import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import {
  Choice,
  Condition,
  CustomState,
  DistributedMap,
  ItemBatcher,
  Map as MapState,
  Parallel,
  Pass,
  ProvideItems,
  QueryLanguage,
  S3JsonItemReader,
  StateGraph,
} from 'aws-cdk-lib/aws-stepfunctions';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '#engine/json';
import { withoutTokens } from '#infra/tokens';
import { TestServer } from '#test/embedded/server';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';
import { FunctionRun } from '#test/support/function-run';

/** A chart in JSONata as `aws-stepfunctions` writes it: arguments, variables, a Map, a Choice, branches, a Catch. */
const definition = (): Json => {
  const stack = new Stack(new App());
  const task = (id: string, stateJson: object) =>
    new CustomState(stack, id, {
      stateJson: { Type: 'Task', Resource: `activity:${id}`, ...stateJson },
    });
  const price = task('price', {
    Arguments: { item: '{% $states.input %}', rate: '{% $rate %}' },
    Output: '{% $states.result.total %}',
  });
  const ship = task('ship', { Arguments: { total: '{% $sum($prices) %}' } });
  ship.addCatch(Pass.jsonata(stack, 'Failed', { outputs: '{% $states.input.Error %}' }));
  const both = Parallel.jsonata(stack, 'Both', {
    outputs: { count: '{% $states.result[0] %}', shipped: '{% $states.result[1] %}', prices: '{% $prices %}' },
  })
    .branch(task('count', { Arguments: '{% $prices %}' }))
    .branch(ship);
  const each = MapState.jsonata(stack, 'Each', {
    items: ProvideItems.jsonata('{% $states.input.items[$ > 0] %}'),
    assign: { prices: '{% $states.result %}' },
  }).itemProcessor(price);
  const chain = Pass.jsonata(stack, 'Rate', { assign: { rate: '{% $states.input.rate %}' } })
    .next(each)
    .next(
      Choice.jsonata(stack, 'Any')
        .when(Condition.jsonata('{% $sum($prices) > 100 %}'), both)
        .otherwise(Pass.jsonata(stack, 'Little')),
    );
  const graph = new StateGraph(chain.startState, 'chart').toGraphJson(QueryLanguage.JSONATA);
  // As the construct StateMachine writes it where its query language is JSONata.
  return { QueryLanguage: 'JSONata', ...(stack.resolve(graph) as JsonObject) };
};

const activities = {
  price: ({ item, rate }: { item: number; rate: number }) => ({ total: item * rate }),
  count: (prices: readonly number[]) => prices.length,
  ship: () => {
    throw Object.assign(new Error('the road is closed'), { name: 'Closed' });
  },
};
const chart = JSON.stringify({ name: 'orders', definition: definition() });
const input = { rate: 10, items: [3, -1, 20] };
const output = { count: 2, shipped: 'Closed', prices: [30, 200] };

describe('a chart of aws-stepfunctions in JSONata runs unchanged', () => {
  let emulators: Emulators;
  let server: TestServer;
  beforeAll(async () => {
    emulators = await openEmulators();
    server = await TestServer.start({ worker: { handlers: activities, windowMs: 3_000 } });
  });
  afterAll(async () => {
    await emulators.close();
    await server[Symbol.asyncDispose]();
  });

  test('on one machine', async () => {
    const { operations } = server.server;
    await operations.putChart(chart);
    const { run } = await operations.startRun({ chart: 'orders', input });
    expect((await server.ended(run)).outcome).toEqual({ status: 'Succeeded', output });
  });

  test('a distributed Map over a bucket that a folder plays', async () => {
    const stack = new Stack(new App());
    const bucket = Bucket.fromBucketName(stack, 'Bucket', 'data');
    const map = new DistributedMap(stack, 'Each', {
      itemReader: new S3JsonItemReader({ bucket, key: 'numbers.json' }),
      itemBatcher: new ItemBatcher({ maxItemsPerBatch: 2 }),
      toleratedFailureCount: 1,
      maxConcurrency: 1,
    }).itemProcessor(new Pass(stack, 'Take', { outputPath: '$.Items' }));
    // The partition of AWS is known when it is deployed.
    const made = withoutTokens(stack, stack.resolve(new StateGraph(map, 'chart').toGraphJson()) as Json);
    const folder = join(dirname(server.file), 'buckets', 'data');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'numbers.json'), '[1, 2, 3]');
    const run = await server.run('numbers', made as JsonObject);
    expect((await server.ended(run)).outcome).toEqual({ status: 'Succeeded', output: [[1, 2], [3]] });
  });

  test('on DynamoDB, SQS and Lambda functions', async () => {
    const functions = new FunctionRun(emulators, 'cdk', activities, {});
    await functions.operations.putChart(chart);
    expect((await functions.run('orders', 'one', input)).outcome).toEqual({ status: 'Succeeded', output });
  });
});
