import { expect, test } from 'vitest';
import { MemoryQueue } from '#adapters/memory/memory-queue';
import { MemoryStore } from '#adapters/memory/memory-store';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import { epoch } from '#engine/time';
import { FlowbeatError, rejected } from '#ports/errors';
import type { FlowId } from '#ports/ids';
import { SILENT } from '#ports/telemetry';
import { census } from '#scheduler/census';
import { createScheduler } from '#scheduler/create-operations';
import { orderedCommit } from '#scheduler/ordered-commit';
import { tick } from '#scheduler/tick';
import { crewOf } from '#test/support/crew';

const chart = {
  name: 'c',
  definition: { StartAt: 'T', States: { T: { Type: 'Task', Resource: 'activity:nobody', End: true } } },
};

test('a flow that only waits for a worker is not given another message by every census', async () => {
  const here = crewOf({});
  await here.start(chart);
  const count = 64;
  for (let i = 0; i < count; i++) await census(here.s, 0.001, 'controller');
  const counts = here.queue.entries.size;
  expect(counts).toBeGreaterThan(1);
  expect(counts).toBeLessThan(count / 2);
  await here.close();
});

/** A scheduler of whose waits `count` are due soon, in the queue that `queueOf` names. */
async function withDue(count: number, queueOf: (i: number) => string = () => 'default') {
  const store = new MemoryStore();
  const queue = new MemoryQueue(SYSTEM_CLOCK, 900_000);
  const ids = { random: () => 'id' };
  const commit = orderedCommit(store, queue);
  const s = createScheduler({ store, queue, commit, clock: SYSTEM_CLOCK, ids, telemetry: SILENT });
  const due = epoch(Date.now() + 60_000);
  const row = (i: number) =>
    ({ due, message: { kind: 'flow', queue: queueOf(i), flow: `c:${i}` as FlowId, term: 1, needs: '' } }) as const;
  await s.commit(Array.from({ length: count }, (_, i) => ({ kind: 'putDue', row: row(i) }) as const));
  return { s, store, queue };
}

test('one tick sends all that falls due, however many', async () => {
  const { s, store, queue } = await withDue(1_200);
  expect(await tick(s)).toBe(1_200);
  expect(store.dues.size).toBe(0);
  expect(queue.entries.size).toBe(1_200);
});

test('rows whose queue is gone are put off, and hold up none of those behind them', async () => {
  const { s, store, queue } = await withDue(1_200, (i) => (i < 600 ? 'gone' : 'default'));
  const { send } = queue;
  let isGone = true;
  queue.send = async (messages) => {
    if (isGone && messages.some(({ message }) => message.queue === 'gone'))
      throw rejected('QUEUE_NOT_FOUND', 'There is no such queue.');
    await send.call(queue, messages);
  };
  await tick(s);
  expect([...queue.entries.values()].map(({ message }) => message.queue)).toEqual(Array(600).fill('default'));
  expect(store.dues.size).toBe(600);
  const later = epoch(s.clock.now() + 1_800_000);
  expect(await store.dueBefore(later, 1_000)).toHaveLength(600);
  // The queue is deployed again: nothing was lost.
  isGone = false;
  const clock = { ...SYSTEM_CLOCK, now: () => later };
  expect(await tick({ ...s, clock })).toBe(600);
  expect(queue.entries.size).toBe(1_200);
});

test('a row that is refused for now stays where it is', async () => {
  const { s, store, queue } = await withDue(1);
  const before = [...store.dues.keys()];
  queue.send = () => Promise.reject(new FlowbeatError('retryable', 'QUEUE_BUSY', 'It is busy.'));
  await expect(tick(s)).rejects.toThrow('It is busy.');
  expect([...store.dues.keys()]).toEqual(before);
});
