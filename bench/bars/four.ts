import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { type Bar, compared } from '../bar.ts';
import { Cluster } from '../cluster.ts';
import { ACTIONS } from '../floor.ts';
import { CHAIN, INPUT, nameOfRun } from '../runs.ts';

const FLIGHT = 100;

/** Actions a second of so many processes on one file, 100 runs in flight in all; the first and last tenth are not counted. */
async function throughput(file: string, processes: number, runs: number): Promise<number> {
  const cluster = await Cluster.over(file);
  const counter = new DatabaseSync(file, { readOnly: true, timeout: 1_000 });
  try {
    await cluster.operations.putChart(CHAIN);
    const starts = Array.from({ length: runs }, (_, i) =>
      cluster.operations.startRun({ chart: 'bench', name: nameOfRun(i), input: INPUT }),
    );
    await Promise.all(starts);
    const places = Math.ceil(FLIGHT / processes);
    const count = counter.prepare('SELECT max(no) AS rows FROM history');
    // One row of the history is the start's, one each action's.
    const actions = () => Number(count.get()?.rows) - runs;
    const workers = await Promise.all(Array.from({ length: processes }, () => cluster.worker({ places })));
    const reach = async (share: number) => {
      while (actions() < share * runs * ACTIONS) await pause(5);
      return { actions: actions(), at: performance.now() };
    };
    const from = await reach(0.1);
    const to = await reach(0.9);
    await reach(1);
    await Promise.all(workers.map((worker) => worker.stop()));
    return ((to.actions - from.actions) * 1_000) / (to.at - from.at);
  } finally {
    counter.close();
    await cluster.close();
  }
}

/** Four processes share a file: they wait for each other's transactions, and must not starve each other. */
export const four: Bar = {
  name: 'four',
  async measure({ folder, rounds, tiny }) {
    const runs = tiny ? 200 : 10_000;
    const all: { ours: number; floor: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const one = await throughput(join(folder, `one-${round}.db`), 1, runs);
      const four = await throughput(join(folder, `four-${round}.db`), 4, runs);
      all.push({ ours: four, floor: one });
    }
    const text = 'actions a second of four worker processes on one file together; the floor here is one process';
    return [compared('four', 'actions/s', all, { bar: 0.6, is: 'at least' }, text)];
  },
};
