import { startRun } from '#scheduler/start';
import type { Feature } from '#test/sim/features/feature';

/**
 * Commits that show no prefix, as on one machine, and flows that are claimed by the commit that puts them. Besides, runs that are started by the process of
 * a worker, which nobody starts again should it die.
 */
export const atomic: Feature = {
  odds: 0.2,
  setUp: (stage) => {
    stage.atomic = true;
  },
  act: (stage, random, until) => {
    const { world } = stage;
    for (const { name, input, startAt } of stage.cases) {
      if (startAt === undefined) continue;
      world.at(random.between(1_000, until), () => {
        const workers = [...stage.schedulers.values()];
        if (workers.length === 0) return;
        startRun(random.pick(workers), { chart: name, version: 1, name: 'local', input }).catch(() => {});
      });
    }
    return { busy: () => world.now <= until };
  },
};
