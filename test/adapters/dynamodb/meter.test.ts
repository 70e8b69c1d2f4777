import { DeleteItemCommand, PutItemCommand, type ReturnValue, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { itemSize } from '#adapters/dynamodb/item-size';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';
import { meterDynamo, meterSqs, type Tally } from '#test/support/emulators/meter';

describe('the meter of DynamoDB', () => {
  let emulators: Emulators;
  let tally: Tally;
  let consumed = 0;
  beforeAll(async () => {
    emulators = await openEmulators();
    // What the emulator says it billed; it knows nothing of indexes.
    const stack = emulators.dynamo.middlewareStack as unknown as { add(middleware: unknown, options: object): void };
    type Next = (args: object) => Promise<{ output: { ConsumedCapacity?: { CapacityUnits?: number } } }>;
    const ask = (next: Next, context: { commandName?: string }) => async (args: { input: object }) => {
      const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } });
      if (context.commandName !== 'GetItemCommand') consumed += answer.output.ConsumedCapacity?.CapacityUnits ?? 0;
      return answer;
    };
    stack.add(ask, { step: 'initialize', name: 'consumed', priority: 'low' });
    tally = meterDynamo(emulators.dynamo);
  });
  afterAll(() => emulators.close());

  const put = (k: string, bytes: number, extra = {}) =>
    emulators.dynamo.send(
      new PutItemCommand({
        TableName: emulators.table,
        Item: { k: { S: k }, s: { S: '-' }, b: { S: 'x'.repeat(bytes) }, ...extra },
        ConditionExpression: 'attribute_not_exists(n)',
      }),
    );
  const update = (k: string, bytes: number, ReturnValues?: ReturnValue) =>
    emulators.dynamo.send(
      new UpdateItemCommand({
        TableName: emulators.table,
        Key: { k: { S: k }, s: { S: '-' } },
        UpdateExpression: 'SET b = :b, n = :n',
        ExpressionAttributeValues: { ':b': { S: 'y'.repeat(bytes) }, ':n': { N: '1234567' } },
        ...(ReturnValues && { ReturnValues }),
      }),
    );

  it('rounds the whole item up, before or after, whichever is larger, as the emulator does', async () => {
    const steps: [run: () => Promise<unknown>, units: number][] = [
      [() => put('f:a', 10), 1],
      [() => put('f:a', 1017 - 3), 1],
      [() => put('f:a', 1017 + 1), 2],
      [() => update('f:a', 10), 2],
      [() => update('f:a', 10, 'ALL_OLD'), 1],
      [() => update('f:a', 3000, 'ALL_OLD'), 3],
      [() => update('f:a', 3000, 'ALL_NEW'), 3],
      [
        () =>
          emulators.dynamo.send(
            new DeleteItemCommand({ TableName: emulators.table, Key: { k: { S: 'f:a' }, s: { S: '-' } } }),
          ),
        3,
      ],
    ];
    for (const [run, units] of steps) {
      tally.reset();
      consumed = 0;
      await run();
      expect(tally.sum('write')).toBe(units);
      expect(consumed).toBe(units);
    }
  });

  it('bills a refused write by the item that refused it', async () => {
    await put('f:b', 1500);
    await update('f:b', 1500);
    tally.reset();
    await expect(put('f:b', 10)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    expect(tally.toJSON()).toEqual({ 'request PutItem': 1, 'write flow': 2 });
  });

  it('bills the entry of the index once, and nothing while it stays', async () => {
    tally.reset();
    await put('f:c', 10, { g: { S: 'day' }, a: { N: '1' } });
    await update('f:c', 10);
    expect(tally.get('write list')).toBe(1);
    expect(tally.get('write flow')).toBe(2);
  });

  it('hides from the caller what it asked for itself', async () => {
    expect((await update('f:d', 1)).Attributes).toBeUndefined();
    expect((await update('f:d', 2, 'ALL_OLD')).Attributes?.b).toEqual({ S: 'y' });
  });

  it('measures values by the rules of the developer guide', () => {
    expect(itemSize({ ab: { S: 'äx' } })).toBe(2 + 3);
    expect(itemSize({ a: { N: '1790000000000' } })).toBe(1 + 3);
    expect(itemSize({ a: { N: '-12' } })).toBe(1 + 3);
    expect(itemSize({ a: { BOOL: true } })).toBe(2);
    expect(itemSize({ a: { L: [{ S: 'x' }] } })).toBe(1 + 3 + 1 + 1);
    expect(itemSize({ a: { NS: ['1', '22'] } })).toBe(1 + 2 + 2);
    expect(itemSize({ a: { B: new Uint8Array(7) } })).toBe(8);
  });
});

describe('the meter of SQS', () => {
  it('counts requests, 64 KB each', async () => {
    await using stack = new AsyncDisposableStack();
    const emulators = await openEmulators();
    stack.defer(() => emulators.close());
    const { openSqs } = await import('#adapters/sqs/sqs-queue');
    const { REAL_CLOCK: clock } = await import('#test/support/emulators/real-clock');
    const { sqs, prefix } = emulators;
    const tally = meterSqs(sqs);
    const queue = openSqs({ client: sqs, clock, prefix, create: true });
    const got = () => queue.receive({ queues: ['q'], max: 10, waitMs: 0, visibilityMs: 1000 });
    expect(await got()).toEqual([]);
    expect(tally.get('empty ReceiveMessage')).toBe(1);
    const QueueUrl = `${await sqs.config.endpoint?.().then(({ hostname, port }) => `http://${hostname}:${port}`)}/000000000000/${prefix}q`;
    const MessageBody = 'x'.repeat(40_000);
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: ['a', 'b'].map((Id) => ({ Id, MessageBody })) }));
    expect(tally.get('request SendMessageBatch')).toBe(2);
  });
});
