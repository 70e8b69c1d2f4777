import { setTimeout as after } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { crewOf } from '#test/support/crew';

const slow = { timeout: 30_000, interval: 5 };

test('L8: a worker that is told to drain while it commits begins no other action', async () => {
  let committing = false;
  const begun: string[] = [];
  const here = crewOf({ a: () => void begun.push('a'), b: () => void begun.push('b') }, (commit) => async (writes) => {
    const isA = writes.some((write) => write.kind === 'commit' && write.flow.position.at === 'B' && write.flow.owner);
    if (isA) {
      committing = true;
      await after(300);
    }
    return commit(writes);
  });
  onTestFinished(() => here.close());
  const worker = await here.worker();
  const run = await here.start({
    name: 'two',
    definition: {
      StartAt: 'A',
      States: {
        A: { Type: 'Task', Resource: 'activity:a', Next: 'B' },
        B: { Type: 'Task', Resource: 'activity:b', End: true },
      },
    },
  });
  await vi.waitFor(() => expect(committing).toBe(true), slow);
  await worker.drain(50);
  expect(begun).toEqual(['a']);
  expect(here.root(run)).toMatchObject({ status: 'Queued', seq: 2 });
});
