import type { Feature } from '#test/sim/features/feature';
import { ACTIVITIES } from '#test/sim/outcomes';
import type { Random } from '#test/support/random';

const QUEUES = ['default', 'side', 'far'] as const;

/**
 * Charts whose activities belong to several queues, and workers that serve some queues and can run some activities: flows are handed over. The first two
 * workers together serve everything. On some queues a worker is given messages that need what it cannot do.
 */
export const queues: Feature = {
  odds: 0.35,
  cases: (cases, random) =>
    cases.map((it) => ({
      ...it,
      envelope: {
        ...it.envelope,
        queue: random.pick(QUEUES),
        queues: Object.fromEntries(some(ACTIVITIES, random).map((activity) => [activity, random.pick(QUEUES)])),
      },
    })),
  setUp: (stage, random) => {
    const cut = random.between(1, 2);
    const served = new Map([
      ['w0', { queues: QUEUES.slice(0, cut), activities: ACTIVITIES }],
      ['w1', { queues: QUEUES.slice(cut), activities: ACTIVITIES }],
    ]);
    stage.serves = (worker) => {
      const there = served.get(worker) ?? { queues: some(QUEUES, random), activities: some(ACTIVITIES, random) };
      served.set(worker, there as never);
      return there;
    };
    stage.sortsMessages = random.chance(0.5);
  },
};

/** Some of the items, at least one. */
function some<T>(items: readonly T[], random: Random): readonly T[] {
  const chosen = items.filter(() => random.chance(0.5));
  return chosen.length > 0 ? chosen : [random.pick(items)];
}
