import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { type Bar, compared } from '../bar.ts';
import { Cluster } from '../cluster.ts';
import { ACTIONS } from '../floor.ts';
import { CHAIN, INPUT, nameOfRun } from '../runs.ts';

const PLACES = 100;

/** Actions a second of so many processes on one file, each with so many places; the first and last tenth are not counted. */
async function throughput(file: string, processes: number, places: number, runs: number): Promise<number> {
  const cluster = await Cluster.over(file);
  const counter = new DatabaseSync(file, { readOnly: true, timeout: 1_000 });
  try {
    await cluster.operations.putChart(CHAIN);
    const starts = Array.from({ length: runs }, (_, i) =>
      cluster.operations.startRun({ chart: 'bench', name: nameOfRun(i), input: INPUT }),
    );
    await Promise.all(starts);
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
    const same: { ours: number; floor: number }[] = [];
    const shared: { ours: number; floor: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const measured = async (processes: number, places: number) =>
        throughput(join(folder, `four-${round}-${processes}-${places}.db`), processes, places, runs);
      const one = await measured(1, PLACES);
      same.push({ ours: await measured(4, PLACES), floor: one });
      shared.push({ ours: await measured(4, PLACES / 4), floor: one });
    }
    const text = 'actions a second of four worker processes on one file together; the floor here is one process';
    const demand = { bar: 0.6, is: 'at least' } as const;
    return [
      compared('four', 'actions/s', same, demand, `${text}, all with ${PLACES} places`),
      compared('four, 100 places in all', 'actions/s', shared, undefined, `${text} with as many places as the four`),
    ];
  },
};
