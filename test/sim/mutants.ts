/** `npm run sim:mutants [-- WORD]`: each rule switched off in turn, or those whose rule or name has the word, must be caught within 300 seeds. Prints the table; exit 1 if one lives. */
import { hunt, SEEDS } from '#test/sim/hunt';
import { MUTANTS } from '#test/support/mutants/all';

const [, , word = ''] = process.argv;
const mutants = MUTANTS.filter(({ rule, name }) => `${rule} ${name}`.includes(word));
let alive = 0;
for (const mutant of mutants) {
  const caught = await hunt(mutant);
  if (!caught) alive++;
  const what = caught ? `seed ${String(caught.seed).padStart(3)}  ${caught.violation.slice(0, 110)}` : 'NOT CAUGHT';
  console.log(`${mutant.rule.padEnd(8)} ${mutant.name.padEnd(62)} ${what}`);
}
console.log(`${mutants.length} mutants, ${alive} not caught within ${SEEDS} seeds`);
process.exit(alive === 0 ? 0 : 1);
