import type { Feature } from '#test/sim/features/feature';

/** Every fault of processes and of deliveries, often. */
export const stormy: Feature = {
  odds: 0.1,
  setUp: (stage) => {
    stage.processFaults = {
      crashAfterWrite: 0.03,
      freeze: 0.03,
      requestLost: 0.04,
      answerLost: 0.08,
      lateWrite: 0.08,
    };
    stage.queueFaults = { ...stage.queueFaults, doubled: 0.3, early: 0.5, late: 0.2, lostInDelivery: 0.1 };
  },
};

/** Messages vanish: a quarter of the seeds have it anyway. For what is to be seen there alone. */
export const lossy: Feature = {
  odds: 0,
  setUp: (stage) => {
    stage.processFaults = { ...stage.processFaults, crashAfterWrite: 0.03 };
    stage.queueFaults = { ...stage.queueFaults, lostForGood: 0.08 };
  },
};
