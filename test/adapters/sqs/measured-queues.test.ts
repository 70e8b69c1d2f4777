import { afterAll, beforeAll, expect, test } from 'vitest';
import { MeasuredQueues } from '#adapters/sqs/measured-queues';
import { CONTROL_QUEUE } from '#ports/message';
import { ManualClock } from '#test/contract/manual-clock';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';
import { meterSqs, type Tally } from '#test/support/emulators/meter';

const HOUR_MS = 3_600_000;

let emulators: Emulators;
let tally: Tally;

beforeAll(async () => {
  emulators = await openEmulators();
  tally = meterSqs(emulators.sqs);
});
afterAll(() => emulators.close());

test('each queue is asked once an hour, however often it is kept', async () => {
  const clock = new ManualClock(0);
  const queues = new MeasuredQueues(emulators.sqs, emulators.prefix, [CONTROL_QUEUE], clock);
  const asked = () => tally.get('request GetQueueAttributes');
  await queues.keep();
  expect(asked()).toBe(1);
  for (let minute = 1; minute < 60; minute++) {
    await clock.advance(60_000);
    await queues.keep();
  }
  expect(asked()).toBe(1);
  await clock.advance(60_000);
  await queues.keep();
  expect(asked()).toBe(2);
  expect(tally.get('request GetQueueUrl')).toBe(1);
});

test('one that is not there is told of, and does not keep the others from being asked', async () => {
  const clock = new ManualClock(0);
  const queues = new MeasuredQueues(emulators.sqs, emulators.prefix, ['gone', CONTROL_QUEUE], clock);
  tally.reset();
  await expect(queues.keep()).rejects.toMatchObject({ code: 'QUEUE_NOT_FOUND', fields: { queue: 'gone' } });
  expect(tally.get('request GetQueueAttributes')).toBe(1);
  await clock.advance(HOUR_MS - 1);
  await queues.keep();
  await clock.advance(1);
  await expect(queues.keep()).rejects.toMatchObject({ code: 'QUEUE_NOT_FOUND' });
});
