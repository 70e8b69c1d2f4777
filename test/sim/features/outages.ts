import type { Feature } from '#test/sim/features/feature';

/** Longer than any window: workers lose their leases meanwhile, and everybody has to give up and come back. */
const OUTAGE_MS = 60_000;
/** After it faults go on for a while: what comes back meets them too. */
const AFTER_MS = 10_000;

/** The store, the queue, or both are away for a minute in the middle of everything, for all processes alike. */
export const outages: Feature = {
  odds: 0.1,
  setUp: (stage, random) => {
    const from = random.between(1_000, 20_000);
    const which = random.pick([['store'], ['queue'], ['store', 'queue']] as const);
    stage.troubleUntil = from + OUTAGE_MS + AFTER_MS;
    stage.world.at(from, () => {
      for (const server of which) {
        stage.away.add(server);
        stage.count(stage.faults, `${server}Away`);
      }
    });
    stage.world.at(from + OUTAGE_MS, () => stage.away.clear());
  },
};
