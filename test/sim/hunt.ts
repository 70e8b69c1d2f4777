import { simulate } from '#test/sim/simulate';
import type { Mutant } from '#test/support/mutants/mutant';
import caughtBy from './caught-by.json' with { type: 'json' };

/** Each rule switched off must be caught within so many seeds. */
export const SEEDS = 300;

/** By mutant, the seed that caught it: `npm run sim:mutants -- --write` writes it. */
const CAUGHT_BY: Readonly<Record<string, number>> = caughtBy;

/** A seed that catches a mutant, and by what. */
export interface Catch {
  readonly seed: number;
  readonly violation: string;
}

/** The first seed that catches a mutant; undefined where none does. Throws where the mutant itself breaks: it would prove nothing. */
export async function hunt(mutant: Mutant): Promise<Catch | undefined> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const caught = await tryTo(mutant, seed);
    if (caught) return caught;
  }
  return undefined;
}

/** The same, from the seed that caught it when the table was last written: as long as that one still does, one run is enough. */
export async function huntAgain(mutant: Mutant): Promise<Catch | undefined> {
  const before = CAUGHT_BY[keyOf(mutant)];
  return (before === undefined ? undefined : await tryTo(mutant, before)) ?? hunt(mutant);
}

/** Names a mutant in the table of seeds. */
export const keyOf = ({ rule, name }: Mutant): string => `${rule}: ${name}`;

async function tryTo({ name, features = [], mutate }: Mutant, seed: number): Promise<Catch | undefined> {
  const { violation } = await simulate(seed, { mutate, features });
  if (violation?.includes('unexpected: ')) throw new Error(`the mutant "${name}" is broken: ${violation}`);
  return violation === undefined ? undefined : { seed, violation };
}
