import type { Json } from '#engine/json';

/** What the simulated handlers do, decided by activity, input and attempt alone: a repeat has the same outcome. */
export type Outcome = { readonly ok: true; readonly output: Json } | { readonly ok: false; readonly error: string };

const numberOf = (input: Json): number => (input as { readonly n: number }).n;

/** The outcome of an action. */
export function outcomeOf(activity: string, input: Json, attempt: number): Outcome {
  switch (activity) {
    case 'flaky':
      return attempt < 2 ? { ok: false, error: 'Flaky' } : { ok: true, output: { n: numberOf(input) + 1 } };
    case 'fatal':
      return { ok: false, error: 'Fatal' };
    case 'ask':
    case 'refuse':
      return { ok: true, output: null };
    default:
      return { ok: true, output: { n: numberOf(input) + 1 } };
  }
}

/** What comes back under the token of an `ask` or a `refuse`. */
export function answerOf(activity: string, input: Json): Outcome {
  return activity === 'refuse' ? { ok: false, error: 'Refused' } : { ok: true, output: { n: numberOf(input) + 100 } };
}
