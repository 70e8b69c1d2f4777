import { FlowbeatError } from '#ports/errors';
import type { Feature } from '#test/sim/features/feature';

/** Charts that now and then cannot be read, by a fault that no repetition of the same step cures: a worker gives the flow up. */
export const breakdowns: Feature = {
  odds: 0.2,
  setUp: (stage, random) => {
    const odds = random.pick([0.01, 0.05, 0.15]);
    stage.onChart = (name) => {
      if (stage.calm || !random.chance(odds)) return;
      stage.count(stage.faults, 'breakdown');
      throw new FlowbeatError('terminal', 'CHART_MISSING', `Chart ${name} cannot be read.`);
    };
  },
};
