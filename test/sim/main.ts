/** `npm run sim -- --seeds N --from FIRST [--trace]`: simulates seeds, prints what occurred; exit 1 on a violation or a fault that never happened. */
import { parseArgs } from 'node:util';
import { replay, simulateSeeds, summary } from '#test/sim/seeds';
import { simulate } from '#test/sim/simulate';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '300' },
    from: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
  },
});
const from = Number(values.from);
const seeds = Number(values.seeds);
if (!Number.isInteger(from) || !Number.isInteger(seeds) || seeds < 1) {
  console.error('--seeds and --from take whole numbers, as in: npm run sim -- --seeds 300 --from 1');
  process.exit(2);
}
if (values.trace) {
  const result = await simulate(from, { trace: console.log });
  console.log(result.violation ?? 'no violation');
  process.exit(result.violation ? 1 : 0);
}
const outcome = await simulateSeeds(from, seeds);
for (const failed of outcome.failed) console.log(replay(failed));
console.log(summary(outcome));
process.exit(outcome.failed.length > 0 || outcome.missing.length > 0 ? 1 : 0);
