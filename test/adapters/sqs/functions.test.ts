import { expect, test } from 'vitest';
import { receivedOf } from '#adapters/sqs/event-records';
import { openSqs } from '#adapters/sqs/sqs-queue';
import type { FlowId } from '#ports/ids';
import { ADVANCE_QUEUE, CONTROL_QUEUE, type Message } from '#ports/message';
import { openEmulators } from '#test/support/emulators/emulators';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';

const flow = (needs: string, queue = 'default'): Message => ({
  kind: 'flow',
  queue,
  flow: `a:${needs}-${queue}` as FlowId,
  term: 1,
  needs,
});

test('with functions a flow that needs no handler goes to their queue, all else where it did; without them nothing does', async () => {
  const { sqs, prefix, close } = await openEmulators();
  const messages = [flow(''), flow('work'), flow('', CONTROL_QUEUE)];
  const flowsOn = async (queue: string, functions: boolean) => {
    const own = openSqs({ client: sqs, clock, prefix, create: true, functions });
    const options = { queues: [queue], max: 10, waitMs: 0, visibilityMs: 1_000 };
    const received = await own.receive(options);
    for (const one of received) await own.done(one);
    return received.map(({ message }) => 'flow' in message && message.flow);
  };
  for (const functions of [true, false]) {
    const queue = openSqs({ client: sqs, clock, prefix, create: true, functions });
    await queue.send(messages.map((message) => ({ message, delayMs: 0 })));
    expect(await flowsOn(ADVANCE_QUEUE, functions)).toEqual(functions ? ['a:-default'] : []);
    expect((await flowsOn('default', functions)).sort()).toEqual(
      functions ? ['a:work-default'] : ['a:-default', 'a:work-default'],
    );
    expect(await flowsOn(CONTROL_QUEUE, functions)).toEqual([`a:-${CONTROL_QUEUE}`]);
  }
  await close();
});

const record = (body: string, name: string) => ({
  messageId: 'id',
  receiptHandle: 'handle',
  body,
  attributes: { ApproximateReceiveCount: '3' },
  eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${name}`,
});

test('a record is a delivery by its receipt, of the queue that it came from; what is no message of ours is none', () => {
  const body = JSON.stringify({ kind: 'flow', flow: 'a:b', term: 2, needs: '' });
  expect(receivedOf(record(body, 'acme-_advance'), 'acme-')).toEqual({
    message: { kind: 'flow', flow: 'a:b', term: 2, needs: '', queue: ADVANCE_QUEUE },
    receipt: 'handle',
    receives: 3,
  });
  expect(receivedOf(record('hello', 'acme-_advance'), 'acme-')).toBeUndefined();
  expect(() => receivedOf(record(body, 'other-default'), 'acme-')).toThrow('FLOWBEAT_QUEUE_PREFIX');
});
