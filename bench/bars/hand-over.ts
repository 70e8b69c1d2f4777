import { join } from 'node:path';
import { alone, type Bar, percentile } from '../bar.ts';
import { Cluster } from '../cluster.ts';
import { ACTIONS } from '../floor.ts';
import { chainChart } from '../runs.ts';

/** Runs whose actions belong in turn to one of two processes, by queue. */
export const handOver: Bar = {
  name: 'hand-over',
  async measure({ folder, tiny }) {
    const cluster = await Cluster.over(join(folder, 'hand-over.db'));
    try {
      const queues = { ping: 'one', pong: 'two' };
      const activity = (step: number) => (step % 2 === 0 ? 'ping' : 'pong');
      await cluster.operations.putChart(chainChart('hand-over', activity, { queues }));
      const workers = await Promise.all(Object.values(queues).map((queue) => cluster.worker({ queues: [queue] })));
      const times: number[] = [];
      const runs = tiny ? 2 : 60;
      for (let i = 0; i < runs; i++) {
        const { run } = await cluster.operations.startRun({ chart: 'hand-over', name: `${i}`, input: { at: [] } });
        const { outcome } = await cluster.ended(run);
        if (outcome?.status !== 'Succeeded') throw new Error(`${run}: ${JSON.stringify(outcome)}`);
        const { at } = outcome.output as unknown as { readonly at: readonly number[] };
        // The first run lets both sides load and compile; handlers return at once, so that what lies between two calls is the hand-over.
        if (i > 0)
          for (let step = 1; step < ACTIONS; step++) times.push((at[step] ?? Number.NaN) - (at[step - 1] ?? 0));
      }
      await Promise.all(workers.map((worker) => worker.stop()));
      const text = `p99 of ${times.length} hand-overs between two local processes, from one handler to the next; p50 ${percentile(times, 0.5).toFixed(1)} ms`;
      return [alone('hand-over', 'ms', percentile(times, 0.99), { bar: 50, is: 'at most' }, text, times)];
    } finally {
      await cluster.close();
    }
  },
};
