import type { Json } from '#engine/json';

/** What the simulated handlers do, decided by activity, input, attempt and redrive alone: a repeat has the same outcome. */
export type Outcome = { readonly ok: true; readonly output: Json } | { readonly ok: false; readonly error: string };

const numberOf = (input: Json): number => (input as { readonly n: number }).n;

/** Activities that the simulated workers run; a name says what the handler does. */
export const ACTIVITIES = [
  'add',
  'flaky',
  'fatal',
  'slow',
  'ask',
  'refuse',
  'poison',
  'mute',
  'heals1',
  'heals2',
] as const;

/** An activity that no worker has a handler for. */
export const ABSENT = 'absent';

/** The outcome of an action in the given redrive of its run (0: its first try). */
export function outcomeOf(activity: string, input: Json, attempt: number, redrive: number): Outcome {
  const added: Outcome = { ok: true, output: { n: numberOf(input) + 1 } };
  switch (activity) {
    case 'flaky':
      return attempt < 2 ? { ok: false, error: 'Flaky' } : added;
    case 'heals1':
    case 'heals2':
      return redrive < Number(activity.at(-1)) ? { ok: false, error: 'Unwell' } : added;
    case 'fatal':
      return { ok: false, error: 'Fatal' };
    case 'ask':
    case 'refuse':
    case 'mute':
      return { ok: true, output: null };
    default:
      return added;
  }
}

/** What comes back under the token of an `ask` or a `refuse`; undefined for a `mute`, which nobody answers. */
export function answerOf(activity: string, input: Json): Outcome | undefined {
  if (activity === 'mute') return undefined;
  return activity === 'refuse' ? { ok: false, error: 'Refused' } : { ok: true, output: { n: numberOf(input) + 100 } };
}
