/**
 * `npm run sim:mutants [-- WORD] [--write]`: each rule switched off in turn, or those whose rule or name has the word, must be caught within 300 seeds.
 * Prints the table; exit 1 if one lives. `--write` keeps the seeds for the tests, which try those first.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { hunt, keyOf, SEEDS } from '#test/sim/hunt';
import { MUTANTS } from '#test/support/mutants/all';

const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [word = ''] = positionals;
if (values.write && word !== '') {
  console.error('--write keeps the seeds of all mutants: leave out the word.');
  process.exit(2);
}
const mutants = MUTANTS.filter(({ rule, name }) => `${rule} ${name}`.includes(word));
const seeds: Record<string, number> = {};
let alive = 0;
for (const mutant of mutants) {
  const caught = await hunt(mutant);
  if (caught) seeds[keyOf(mutant)] = caught.seed;
  else alive++;
  const what = caught ? `seed ${String(caught.seed).padStart(3)}  ${caught.violation.slice(0, 110)}` : 'NOT CAUGHT';
  console.log(`${mutant.rule.padEnd(8)} ${mutant.name.padEnd(62)} ${what}`);
}
console.log(`${mutants.length} mutants, ${alive} not caught within ${SEEDS} seeds`);
if (values.write) writeFileSync(new URL('caught-by.json', import.meta.url), `${JSON.stringify(seeds, null, 2)}\n`);
process.exit(alive === 0 ? 0 : 1);
