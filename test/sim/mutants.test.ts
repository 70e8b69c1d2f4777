import { expect, test } from 'vitest';
import { huntAgain } from '#test/sim/hunt';
import { MUTANTS } from '#test/support/mutants/all';

test.each(MUTANTS)(
  'rule $rule: "$name" is caught',
  async (mutant) => expect(await huntAgain(mutant)).toBeDefined(),
  300_000,
);
