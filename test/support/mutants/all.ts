import { CHECKS } from '#test/support/mutants/checks';
import { CONDITIONS } from '#test/support/mutants/conditions';
import { ORDER } from '#test/support/mutants/order';

/** Every rule that can be switched off: conditions, orders, and the scenarios of the protocol's checks. */
export const MUTANTS = [...CONDITIONS, ...ORDER, ...CHECKS];
