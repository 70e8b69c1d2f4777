import type { Feature } from '#test/sim/features/feature';

/** Workers that hold messages ahead of their places. */
export const prefetch: Feature = {
  odds: 0.3,
  setUp: (stage, random) => {
    stage.prefetches = () => random.pick([0, 1, 2, 5]);
  },
};
