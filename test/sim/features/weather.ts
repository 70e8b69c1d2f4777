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

/** A long window: few beats, so that messages are witnesses for long. */
export const patient: Feature = {
  odds: 0.1,
  setUp: (stage) => {
    stage.windowMs = 12_000;
  },
};

/** Workers that let flows go slowly, and die just then: what follows the commit is left to others. */
export const fragile: Feature = {
  odds: 0.1,
  setUp: (stage) => {
    stage.processFaults = { ...stage.processFaults, crashAfterLettingGo: 0.2, lettingGoMs: 1_000 };
  },
};

/** Children are put long after their messages were sent: by then their parent may have ended, or be another's. */
export const tardy: Feature = {
  odds: 0.1,
  setUp: (stage) => {
    stage.processFaults = { ...stage.processFaults, puttingMs: 8_000 };
  },
};

/** Requests that take long, are applied late, or whose answers are lost; nobody dies of it. */
export const laggy: Feature = {
  odds: 0.1,
  setUp: (stage) => {
    const none = { crashAfterWrite: 0, freeze: 0, requestLost: 0 };
    stage.processFaults = { ...none, answerLost: 0.05, lateWrite: 0.15, slow: 0.2, judgementMs: 8_000 };
  },
};

/** Messages vanish: a quarter of the seeds have it anyway. For what is to be seen there alone. */
export const lossy: Feature = {
  odds: 0,
  setUp: (stage) => {
    stage.processFaults = { ...stage.processFaults, crashAfterWrite: 0.03 };
    stage.queueFaults = { ...stage.queueFaults, lostForGood: 0.3 };
  },
};
