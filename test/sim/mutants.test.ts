import { expect, test } from 'vitest';
import { hunt } from '#test/sim/hunt';
import { MUTANTS } from '#test/support/mutants/all';

test.each(MUTANTS)(
  'rule $rule: "$name" is caught',
  async (mutant) => expect(await hunt(mutant)).toBeDefined(),
  300_000,
);
