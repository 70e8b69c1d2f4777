import { type Bar, compared } from '../bar.ts';
import { floorThroughput } from '../floor.ts';
import { runsThroughput } from '../runs.ts';

const FLIGHT = 100;

/** 100 runs of ten in-process actions in flight. */
export const high: Bar = {
  name: 'high',
  async measure({ folder, rounds, tiny }) {
    const runs = tiny ? 200 : 10_000;
    if (!tiny) await runsThroughput(folder, FLIGHT, 1_000);
    const all: { ours: number; floor: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      // The floor before and after ours, so that a machine that gets slower in between falls on both.
      const before = await floorThroughput(folder, FLIGHT, runs / 2);
      const ours = await runsThroughput(folder, FLIGHT, runs);
      const after = await floorThroughput(folder, FLIGHT, runs / 2);
      all.push({ ours, floor: 2 / (1 / before + 1 / after) });
    }
    const text =
      'durable actions a second, 100 runs of ten in-process actions in flight, each completion durable before the next action starts';
    return [compared('high', 'actions/s', all, { bar: 0.25, is: 'at least' }, `${text} (stretch 0.45)`)];
  },
};
