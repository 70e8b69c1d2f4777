import { expect, test } from 'vitest';
import { createOperations } from '#scheduler/create-operations';
import { memoryScheduler } from '#test/scheduler/memory-scheduler';

test('a run that ends while it is read is shown with all its flows ended, where the store counts them by itself', async () => {
  const s = memoryScheduler();
  const operations = createOperations(s);
  const definition = { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } };
  await operations.putChart(JSON.stringify({ name: 'short', definition }));
  const { run } = await operations.startRun({ chart: 'short', input: null });
  const { items } = await s.store.listFlows(run);
  let status: 'Queued' | 'Succeeded' = 'Queued';
  const now = () => items.map((flow) => ({ ...flow, status }));
  Object.assign(s.store, {
    countFlows: async () => ({ [status]: now().length }),
    listFlows: async () => {
      status = 'Succeeded';
      return { items: now() };
    },
  });
  expect(await operations.showRun(run)).toMatchObject({ status: 'Succeeded', flowCounts: { Succeeded: 1 } });
});
