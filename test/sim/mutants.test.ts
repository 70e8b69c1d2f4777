import { expect, test } from 'vitest';
import { simulate } from '#test/sim/simulate';
import { MUTANTS } from '#test/support/mutants/all';

/** Each rule switched off must be caught within so many seeds: the rarest (D) shows in one of some 500. */
const SEEDS = 1_000;

test.each(MUTANTS)(
  'rule $rule: "$name" is caught',
  async ({ mutate }) => {
    let caught: string | undefined;
    for (let seed = 1; seed <= SEEDS && !caught; seed++) caught = (await simulate(seed, { mutate })).violation;
    expect(caught).toBeDefined();
  },
  300_000,
);
