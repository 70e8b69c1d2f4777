import { expect, test } from 'vitest';
import { MemoryQueue } from '#adapters/memory/memory-queue';
import { MemoryStore } from '#adapters/memory/memory-store';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import { epoch } from '#engine/time';
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

test('one tick sends all that falls due, however many', async () => {
  const store = new MemoryStore();
  const queue = new MemoryQueue(SYSTEM_CLOCK, 900_000);
  const ids = { random: () => 'id' };
  const commit = orderedCommit(store, queue);
  const s = createScheduler({ store, queue, commit, clock: SYSTEM_CLOCK, ids, telemetry: SILENT });
  const due = epoch(Date.now() + 60_000);
  const row = (i: number) =>
    ({ due, message: { kind: 'flow', queue: 'default', flow: `c:${i}` as FlowId, term: 1, needs: '' } }) as const;
  await s.commit(Array.from({ length: 1_200 }, (_, i) => ({ kind: 'putDue', row: row(i) }) as const));
  expect(await tick(s)).toBe(1_200);
  expect(store.dues.size).toBe(0);
  expect(queue.entries.size).toBe(1_200);
});
