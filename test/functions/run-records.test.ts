import { expect, test } from 'vitest';
import { bodyOf } from '#adapters/sqs/polls';
import { runRecords } from '#functions/run-records';
import type { ActionRunner } from '#ports/action';
import { UnknownOutcome } from '#ports/errors';
import type { FlowId } from '#ports/ids';
import type { Message, Received } from '#ports/message';
import { memoryScheduler } from '#test/scheduler/memory-scheduler';
import { eventOf } from '#test/support/event-source';
import { lambdaContext } from '#test/support/lambda-context';

const NO_ACTIONS: ActionRunner = {
  activities: new Set(),
  run: () => Promise.reject(new Error('there is nothing to be run')),
};

const MESSAGE: Message = { kind: 'flow', queue: 'default', flow: 'c:r' as FlowId, term: 1, needs: '' };

/** One message, received three times, comes to a function that sees `s`. */
function call(s: ReturnType<typeof memoryScheduler>) {
  const put: { readonly received: Received; readonly delayMs: number }[] = [];
  s.queue.later = async (received, delayMs) => void put.push({ received, delayMs });
  const options = { s, name: 'executor', prefix: 'p-', actions: NO_ACTIONS, queues: ['default'] };
  const record = {
    MessageId: 'm',
    ReceiptHandle: 'receipt',
    Body: bodyOf(MESSAGE),
    Attributes: { ApproximateReceiveCount: '3' } as never,
  };
  const answer = runRecords(options, eventOf('p-default', [record]), lambdaContext('executor'));
  return { put, answer };
}

test('a message that could not be dealt with comes back soon, and not when its visibility ends', async () => {
  const s = memoryScheduler();
  s.store.readFlow = () => Promise.reject(new UnknownOutcome());
  const { put, answer } = call(s);
  expect(await answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm' }] });
  expect(put).toMatchObject([{ received: { receipt: 'receipt', receives: 3 }, delayMs: 1_600 }]);
});
