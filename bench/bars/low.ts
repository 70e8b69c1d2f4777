import { join } from 'node:path';
import { type Bar, compared, median, percentile } from '../bar.ts';
import { ACTIONS, openFloor } from '../floor.ts';
import { embedded, mustBeComplete, mustBeDurable, mustTellAll } from '../runs.ts';

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** One run at a time, ours and the floor's in turn. */
export const low: Bar = {
  name: 'low',
  async measure({ folder, rounds, tiny }) {
    const runs = tiny ? 10 : 200;
    const server = await embedded(join(folder, 'low.db'), 1);
    const p50: { ours: number; floor: number }[] = [];
    const p99: { ours: number; floor: number }[] = [];
    for (let round = tiny ? 0 : -1; round < rounds; round++) {
      const floor = openFloor(folder, runs);
      const times = { ours: [] as number[], floor: [] as number[] };
      for (let id = 1; id <= runs; id++) {
        const run = async () => {
          for (let seq = 0; seq < ACTIONS; seq++) {
            floor.batch(id, 1, seq);
            await nextTurn();
          }
        };
        times.floor.push(await timed(run));
        const name = `low-${round}-${id}`;
        times.ours.push(await timed(() => server.run(name)));
        await mustBeComplete(server, `bench:${name}` as never);
      }
      floor.close();
      // Round -1 warms up.
      if (round < 0) continue;
      p50.push({ ours: median(times.ours), floor: median(times.floor) });
      p99.push({ ours: percentile(times.ours, 0.99), floor: percentile(times.floor, 0.99) });
    }
    mustBeDurable(server);
    await mustTellAll(server, `bench:low-0-${runs}` as never);
    await server.close();
    const text = 'a run of ten actions, one at a time, from the start call to its end';
    return [
      compared('low', 'ms', p50, { bar: 1.5, is: 'at most' }, `p50 of ${text} (stretch 1.2)`),
      compared('low p99', 'ms', p99, undefined, `p99 of ${text}`),
    ];
  },
};
