import { CENSUS } from '#test/support/mutants/census';
import { CHECKS } from '#test/support/mutants/checks';
import { CONDITIONS } from '#test/support/mutants/conditions';
import { FUNCTIONS } from '#test/support/mutants/functions';
import { LEASES } from '#test/support/mutants/leases';
import { ORDER } from '#test/support/mutants/order';
import { REDRIVES } from '#test/support/mutants/redrives';
import { SLOTS } from '#test/support/mutants/slots';
import { SPLITS } from '#test/support/mutants/splits';
import { SWEEPERS } from '#test/support/mutants/sweepers';
import { TIME } from '#test/support/mutants/time';
import { VOTES } from '#test/support/mutants/votes';

/** Every rule that can be switched off: conditions, orders, the scenarios of the protocol's checks, and what each part of the protocol has beside. */
export const MUTANTS = [
  ...CONDITIONS,
  ...ORDER,
  ...CHECKS,
  ...SPLITS,
  ...LEASES,
  ...FUNCTIONS,
  ...CENSUS,
  ...TIME,
  ...REDRIVES,
  ...SLOTS,
  ...SWEEPERS,
  ...VOTES,
];
