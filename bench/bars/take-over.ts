import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { alone, type Bar, type Demand, percentile, type Result, type Setting } from '../bar.ts';
import { Cluster, type WorkerProcess } from '../cluster.ts';

const WINDOW_MS = 3_000;
const KILLS = 30;

const CHART = JSON.stringify({
  name: 'hold',
  definition: { StartAt: 'Hold', States: { Hold: { Type: 'Task', Resource: 'activity:hold', End: true } } },
});

/**
 * Two workers; the one that holds a run is killed, the other takes it over. Timed from the signal to the first commit under the new term, seen by a look
 * each millisecond. Beats are every second and looks too, so the moment of the kill in that rhythm is left to chance.
 */
async function takeOvers({ folder, tiny, say }: Setting, proof: boolean): Promise<number[]> {
  const cluster = await Cluster.over(join(folder, `take-over-${proof}.db`));
  const times: number[] = [];
  try {
    await cluster.operations.putChart(CHART);
    const workers = new Map<string, WorkerProcess>();
    const add = async () => {
      const worker = await cluster.worker({ proof, windowMs: WINDOW_MS });
      workers.set(worker.incarnation, worker);
    };
    await Promise.all([add(), add()]);
    for (let kill = 0; kill < (tiny ? 1 : KILLS); kill++) {
      const { run } = await cluster.operations.startRun({ chart: 'hold', name: `kill-${kill}`, input: null });
      const { flow } = await cluster.until(run, ({ status }) => status === 'Owned');
      while (!(await cluster.begun(run))) await pause(1);
      await pause(Math.random() * (WINDOW_MS / 3));
      const owner = workers.get(flow.owner ?? '');
      if (!owner) throw new Error(`nobody knows the owner ${flow.owner}`);
      workers.delete(owner.incarnation);
      const killed = await owner.kill();
      const { at } = await cluster.until(run, (now) => now.term > flow.term && now.seq > flow.seq);
      times.push(at - killed);
      say(`take-over ${proof ? 'by proof' : 'by silence'} ${kill + 1}: ${Math.round(at - killed)} ms`);
      await cluster.ended(run);
      await add();
    }
    await Promise.all([...workers.values()].map((worker) => worker.stop()));
  } finally {
    await cluster.close();
  }
  return times;
}

const result = (name: string, times: readonly number[], demand: Demand, how: string): Result =>
  alone(
    name,
    'ms',
    percentile(times, 0.99),
    demand,
    `p99 of ${times.length} take-overs ${how}, window ${WINDOW_MS / 1_000} s, from SIGKILL to a commit under the new term; p50 ${Math.round(percentile(times, 0.5))} ms`,
    times,
  );

/** A local worker is killed; another process on the machine proves that it is gone. */
export const takeOver: Bar = {
  name: 'take-over',
  async measure(setting) {
    const times = await takeOvers(setting, true);
    return [result('take-over', times, { bar: 1_000, is: 'at most' }, 'by proof of the process’s death')];
  },
};

/** The same where nobody can prove it. */
export const silence: Bar = {
  name: 'silence',
  async measure(setting) {
    const times = await takeOvers(setting, false);
    return [result('silence', times, { bar: WINDOW_MS + 1_000, is: 'at most' }, 'by silence alone')];
  },
};
