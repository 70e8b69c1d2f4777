import type { Feature } from '#test/sim/features/feature';

/** Charts that say `failover: off`: what runs when its worker is lost is parked until a person lets it go on. */
export const guarded: Feature = {
  odds: 0.25,
  cases: (cases, random) =>
    cases.map((it) => (random.chance(0.5) ? { ...it, envelope: { ...it.envelope, failover: 'off' } } : it)),
};
