/**
 * `npm run sim -- --seeds N --from FIRST [--features all|none|a,b] [--trace]`: simulates seeds, prints what occurred; exit 1 on a violation or a fault that
 * never happened. Without `--features` each seed has its own.
 */
import { parseArgs } from 'node:util';
import { FEATURE_NAMES, type FeatureName } from '#test/sim/features/all';
import { replay, simulateSeeds, summary } from '#test/sim/seeds';
import { simulate } from '#test/sim/simulate';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '300' },
    from: { type: 'string', default: '1' },
    features: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});
const from = Number(values.from);
const seeds = Number(values.seeds);
if (!Number.isInteger(from) || !Number.isInteger(seeds) || seeds < 1) {
  console.error('--seeds and --from take whole numbers, as in: npm run sim -- --seeds 300 --from 1');
  process.exit(2);
}
const features = readFeatures(values.features);
if (values.trace) {
  const result = await simulate(from, { ...(features && { features }), trace: console.log });
  console.log(result.violation ?? 'no violation');
  process.exit(result.violation ? 1 : 0);
}
const outcome = await simulateSeeds(from, seeds, features && { features });
for (const failed of outcome.failed) console.log(replay(failed));
console.log(summary(outcome));
process.exit(outcome.failed.length > 0 || outcome.missing.length > 0 ? 1 : 0);

function readFeatures(text: string | undefined): readonly FeatureName[] | undefined {
  if (text === undefined) return undefined;
  if (text === 'all') return FEATURE_NAMES;
  const names = text === 'none' ? [] : text.split(',');
  const unknown = names.find((name) => !(FEATURE_NAMES as readonly string[]).includes(name));
  if (unknown === undefined) return names as FeatureName[];
  console.error(`There is no feature '${unknown}'; there are ${FEATURE_NAMES.join(', ')}.`);
  process.exit(2);
}
