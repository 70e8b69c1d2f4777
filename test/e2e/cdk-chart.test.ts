import { App, Stack } from 'aws-cdk-lib';
import {
  Choice,
  Condition,
  CustomState,
  Map as MapState,
  Parallel,
  Pass,
  ProvideItems,
  QueryLanguage,
  StateGraph,
} from 'aws-cdk-lib/aws-stepfunctions';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '#engine/json';
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

  test('on DynamoDB, SQS and Lambda functions', async () => {
    const functions = new FunctionRun(emulators, 'cdk', activities, {});
    await functions.operations.putChart(chart);
    expect((await functions.run('orders', 'one', input)).outcome).toEqual({ status: 'Succeeded', output });
  });
});
