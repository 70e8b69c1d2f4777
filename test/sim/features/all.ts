import { atomic } from '#test/sim/features/atomic';
import { breakdowns } from '#test/sim/features/breakdowns';
import { deadlines } from '#test/sim/features/deadlines';
import type { Feature } from '#test/sim/features/feature';
import { functions } from '#test/sim/features/functions';
import { guarded } from '#test/sim/features/guarded';
import { hosts } from '#test/sim/features/hosts';
import { mapRuns } from '#test/sim/features/map-runs';
import { outages } from '#test/sim/features/outages';
import { prefetch } from '#test/sim/features/prefetch';
import { queues } from '#test/sim/features/queues';
import { redrives } from '#test/sim/features/redrives';
import { silence } from '#test/sim/features/silence';
import { slots } from '#test/sim/features/slots';
import { slotsAhead } from '#test/sim/features/slots-ahead';
import { strangers } from '#test/sim/features/strangers';
import { sweepers } from '#test/sim/features/sweepers';
import { timeouts } from '#test/sim/features/timeouts';
import { fragile, laggy, lossy, patient, stormy, tardy } from '#test/sim/features/weather';
import { wide } from '#test/sim/features/wide';
import { randomFor } from '#test/support/random';

/** Every feature by its name, in the order in which they change the cases: first those that add some. */
const features = {
  slots,
  slotsAhead,
  wide,
  mapRuns,
  silence,
  timeouts,
  deadlines,
  redrives,
  queues,
  strangers,
  guarded,
  prefetch,
  breakdowns,
  atomic,
  functions,
  sweepers,
  hosts,
  outages,
  stormy,
  patient,
  fragile,
  tardy,
  laggy,
  lossy,
};

export type FeatureName = keyof typeof features;

export const FEATURES: Readonly<Record<FeatureName, Feature>> = features;

export const FEATURE_NAMES = Object.keys(FEATURES) as FeatureName[];

/** The features that a seed has, each drawn by itself. */
export const featuresOf = (seed: number): readonly FeatureName[] =>
  FEATURE_NAMES.filter((name) => randomFor(seed, `has ${name}`).chance(FEATURES[name].odds));
