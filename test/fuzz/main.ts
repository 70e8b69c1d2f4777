/**
 * `npm run fuzz:jsonata -- --count N --seed FIRST`: evaluates N generated JSONata expressions with our evaluator and with the `jsonata` package; exit 1
 * on a difference, or where a feature of the language occurred too rarely. With `--hostile` instead: how long each expression of the hostile corpus
 * takes in a small heap (some minutes); exit 1 where one ends otherwise than it should, or takes longer than a plain one that burns the default fuel.
 */
import { parseArgs } from 'node:util';
import { type Difference, type Fuzzed, fuzz } from '#test/fuzz/fuzz';
import { corpus, plainFamily } from '#test/fuzz/hostile/corpus';
import type { Hostile } from '#test/fuzz/hostile/family';
import { runAlone, runHostile, type Survived } from '#test/fuzz/hostile/run';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    hostile: { type: 'boolean', default: false },
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

/** What a measure may be above another one of the same work: processes of this kind differ by a tenth. */
const noise = 1.1;

/** What is faster than so many milliseconds among the others is not measured in a process of its own. */
const slowMs = 3;

/** How often one that seems slow is measured; the least counts. */
const measures = 3;

/** Each in a process of its own: the slowest first, then a line for each family, then the slowest against the plain ones. */
const reportHostile = async (): Promise<boolean> => {
  const isPlain = ({ family }: { readonly family: string }): boolean => family === plainFamily;
  const numbers = [...corpus.keys()];
  const plain: Survived[] = [];
  for (const n of numbers) if (isPlain(corpus[n] as Hostile)) plain.push(await runAlone(n, measures));
  const yardstick = Math.max(...plain.map(({ ms }) => ms));
  const hostile: Survived[] = [];
  for (const [n, together] of (await runHostile()).entries()) {
    if (isPlain(together)) continue;
    const once = together.ms < slowMs ? together : await runAlone(n, 1);
    hostile.push(once.ms < yardstick / noise ? once : await runAlone(n, measures));
  }
  const line = (ms: number, outcome: string, text: string): void =>
    console.log(`${ms.toFixed(0).padStart(6)} ms  ${outcome.padEnd(6)}  ${text}`);
  const shown = (expression: string): string =>
    expression.length <= 120 ? expression : `${expression.slice(0, 60)} … ${expression.slice(-50)}`;
  const slowest = [...hostile].sort((a, b) => b.ms - a.ms);
  for (const { ms, outcome, family, expression } of [...plain, ...slowest.slice(0, 40)])
    line(ms, outcome, `${family}: ${shown(expression)}`);
  console.log();
  for (const [family, cases] of Map.groupBy(hostile, (each) => each.family))
    line(Math.max(...cases.map(({ ms }) => ms)), '', `at most: ${family} (${cases.length})`);
  const bad = hostile.filter(({ outcome }) => /^(host|crash)/.test(outcome));
  for (const { family, expression, outcome } of bad) console.log(`${family}: ${shown(expression)}: ${outcome}`);
  const ratio = (slowest[0]?.ms ?? 0) / yardstick;
  console.log(
    `\n${hostile.length} hostile expressions; the slowest takes ${ratio.toFixed(2)} of the time of the slowest plain one (at most ${noise}).`,
  );
  return bad.length === 0 && ratio <= noise;
};

if (values.hostile) process.exit((await reportHostile()) ? 0 : 1);
const count = Number(values.count);
const seed = Number(values.seed);
if (!Number.isInteger(count) || !Number.isInteger(seed) || count < 1) {
  console.error('--count and --seed take whole numbers, as in: npm run fuzz:jsonata -- --count 1000 --seed 7');
  process.exit(2);
}
process.exit(report(count, await fuzz(seed, count, show)) ? 0 : 1);
