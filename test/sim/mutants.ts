/** `npm run sim:mutants`: each rule switched off in turn must be caught by the simulator within 1,000 seeds. Prints the table; exit 1 if one lives. */
import { simulate } from '#test/sim/simulate';
import { MUTANTS } from '#test/support/mutants/all';

const SEEDS = 1_000;
let alive = 0;
for (const { rule, name, mutate } of MUTANTS) {
  let caught: { readonly seed: number; readonly violation: string } | undefined;
  for (let seed = 1; seed <= SEEDS && !caught; seed++) {
    const { violation } = await simulate(seed, { mutate });
    if (violation) caught = { seed, violation };
  }
  if (!caught) alive++;
  const what = caught ? `seed ${String(caught.seed).padStart(3)}  ${caught.violation.slice(0, 110)}` : 'NOT CAUGHT';
  console.log(`${rule.padEnd(8)} ${name.padEnd(62)} ${what}`);
}
console.log(`${MUTANTS.length} mutants, ${alive} not caught within ${SEEDS} seeds`);
process.exit(alive === 0 ? 0 : 1);
