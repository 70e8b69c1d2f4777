/**
 * `npm run fuzz:jsonata -- --count N --seed FIRST`: evaluates N generated JSONata expressions with our evaluator and with the `jsonata` package; exit 1
 * on a difference, or where a feature of the language occurred too rarely. With `--hostile` instead: how long each expression of the hostile corpus
 * takes in a small heap (some minutes); exit 1 where one ends otherwise than it should, or takes longer than a plain one that burns the default fuel.
 */
import { parseArgs } from 'node:util';
import { type Difference, type Fuzzed, fuzz } from '#test/fuzz/fuzz';
import { corpus, plainFamily } from '#test/fuzz/hostile/corpus';
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

/** One against a plain one, by turns, so that both have the machine as it is now. */
const against = async (number: number, plain: number): Promise<Survived & { readonly ratio: number }> => {
  let its = await runAlone(number);
  let ofPlain = await runAlone(plain);
  for (let i = 1; i < measures; i++) {
    const again = await runAlone(number);
    if (again.ms < its.ms) its = again;
    const plainAgain = await runAlone(plain);
    if (plainAgain.ms < ofPlain.ms) ofPlain = plainAgain;
  }
  return { ...its, ratio: its.ms / ofPlain.ms };
};

/** Each in a process of its own: the slowest first, then a line for each family, then the slowest against the slowest of the plain ones. */
const reportHostile = async (): Promise<boolean> => {
  const plain: { readonly number: number; readonly ms: number }[] = [];
  for (const [number, { family }] of corpus.entries())
    if (family === plainFamily)
      plain.push({ number, ms: Math.min((await runAlone(number)).ms, (await runAlone(number)).ms) });
  const yardstick = plain.reduce((slowest, each) => (each.ms > slowest.ms ? each : slowest));
  const hostile: (Survived & { readonly ratio: number })[] = [];
  for (const [number, together] of (await runHostile()).entries()) {
    if (together.family === plainFamily) continue;
    const alone = together.ms < slowMs ? together : await runAlone(number);
    const ratio = alone.ms / yardstick.ms;
    hostile.push(ratio < 1 / noise ? { ...alone, ratio } : await against(number, yardstick.number));
  }
  const line = (ms: number, outcome: string, text: string): void =>
    console.log(`${ms.toFixed(0).padStart(6)} ms  ${outcome.padEnd(6)}  ${text}`);
  const shown = (expression: string): string =>
    expression.length <= 120 ? expression : `${expression.slice(0, 60)} … ${expression.slice(-50)}`;
  for (const { number, ms } of plain) line(ms, '', `plain: ${corpus[number]?.expression}`);
  const slowest = [...hostile].sort((a, b) => b.ratio - a.ratio);
  for (const { ms, outcome, family, expression, ratio } of slowest.slice(0, 40))
    line(ms, outcome, `${ratio.toFixed(2)}  ${family}: ${shown(expression)}`);
  console.log();
  for (const [family, cases] of Map.groupBy(hostile, (each) => each.family))
    line(Math.max(...cases.map(({ ms }) => ms)), '', `at most: ${family} (${cases.length})`);
  const bad = hostile.filter(({ outcome }) => /^(host|crash)/.test(outcome));
  for (const { family, expression, outcome } of bad) console.log(`${family}: ${shown(expression)}: ${outcome}`);
  const ratio = slowest[0]?.ratio ?? 0;
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
