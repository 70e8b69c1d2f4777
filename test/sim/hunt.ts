import { simulate } from '#test/sim/simulate';
import type { Mutant } from '#test/support/mutants/mutant';

/** Each rule switched off must be caught within so many seeds. */
export const SEEDS = 300;

/** The first seed that catches a mutant; undefined where none does. Throws where the mutant itself breaks: it would prove nothing. */
export async function hunt({
  name,
  features = [],
  mutate,
}: Mutant): Promise<{ readonly seed: number; readonly violation: string } | undefined> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violation } = await simulate(seed, { mutate, features });
    if (violation?.includes('unexpected: ')) throw new Error(`the mutant "${name}" is broken: ${violation}`);
    if (violation) return { seed, violation };
  }
  return undefined;
}
