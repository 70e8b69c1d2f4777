/**
 * `npm run fuzz:jsonata -- --count N --seed FIRST`: evaluates N generated JSONata expressions with our evaluator and with the `jsonata` package; exit 1
 * on a difference, or where a feature of the language occurred too rarely.
 */
import { parseArgs } from 'node:util';
import { type Difference, type Fuzzed, fuzz } from '#test/fuzz/fuzz';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
  },
});

/** Of 100,000 expressions each feature has to be in so many that both sides have a result for. */
const leastHits = 1_000;

const show = ({ seed, expression, input, ours, reference }: Difference): void => {
  const outcome = (of: Difference['ours']): string =>
    of.kind === 'value' ? String(of.text) : `error ${of.code} ${of.message}`;
  console.log(`seed ${seed}: ${expression}`);
  console.log(`  input     ${JSON.stringify(input)}`);
  console.log(`  ours      ${outcome(ours)}`);
  console.log(`  reference ${outcome(reference)}`);
};

const report = (count: number, { hits, differences, errors, nothing, excused }: Fuzzed): boolean => {
  const rows = [...hits].sort(([, a], [, b]) => a - b);
  for (const [feature, number] of rows) console.log(`${String(number).padStart(8)}  ${feature}`);
  const least = (leastHits * count) / 100_000;
  const rare = rows.filter(([, number]) => number < least).map(([feature]) => feature);
  console.log(
    `${count} expressions: ${count - errors - excused - differences.length} have a result (${nothing} of them nothing), ${errors} an error, ${excused} differ and may, ${differences.length} differ.`,
  );
  if (rare.length > 0) console.log(`Fewer than ${least} times: ${rare.join(', ')}`);
  return differences.length === 0 && rare.length === 0;
};

const count = Number(values.count);
const seed = Number(values.seed);
if (!Number.isInteger(count) || !Number.isInteger(seed) || count < 1) {
  console.error('--count and --seed take whole numbers, as in: npm run fuzz:jsonata -- --count 1000 --seed 7');
  process.exit(2);
}
process.exit(report(count, await fuzz(seed, count, show)) ? 0 : 1);
