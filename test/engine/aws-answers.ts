/** What tests of AWS's words share: small definitions, and what AWS says of one as a line each. */
import { validateChart } from '#engine/chart/validate';
import type { Json, JsonObject } from '#engine/json';

/** A state that ends. */
export const pass = { Type: 'Pass', End: true };
const arn = 'arn:aws:states:::lambda:invoke';
/** A Task without a way out yet. */
export const going = { Type: 'Task', Resource: arn };
/** A Task that ends. */
export const task = { ...going, End: true };
const start = (states: Json): string => Object.keys(states as object)[0] as string;
/** A state machine that begins with the first of its states. */
export const machine = (states: Json, more: JsonObject = {}): Json => ({
  StartAt: start(states),
  States: states,
  ...more,
});
/** A Map over a processor. */
export const map = (processor: Json, more: JsonObject = {}): Json => ({
  Type: 'Map',
  ItemProcessor: processor,
  ...(more.Next === undefined ? { End: true } : null),
  ...more,
});
/** A machine for a Map or a branch. */
export const inner = machine({ I: pass });

/** Each error as `CODE place: words`. */
export const said = (source: string | Json, type: 'STANDARD' | 'EXPRESS' = 'STANDARD'): readonly string[] => {
  const validated = validateChart(source, { profile: 'aws', type });
  return validated.ok
    ? []
    : validated.errors.map(({ code, location, message }) => `${code} ${location ?? 'nowhere'}: ${message}`);
};
/** The same of the machine with these states. */
export const saidOf = (states: Json, more: JsonObject = {}): readonly string[] => said(machine(states, more));
/** One of the usual errors. */
export const schema = (place: string, words: string): string => `SCHEMA_VALIDATION_FAILED ${place}: ${words}`;
/** A way to a state that is not there. */
export const missing = (place: string, target: string): string =>
  `MISSING_TRANSITION_TARGET ${place}: Missing 'Next' target: ${target}`;
/** A state that nothing leads to. */
export const unreachable = (place: string, name: string): string =>
  `MISSING_TRANSITION_TARGET ${place}: State "${name}" is not reachable.`;
/** A field of the other query language. */
export const only = (here: string, field: string, there: string): string =>
  `The QueryLanguage is set to '${here}', but field '${field}' is only supported for the '${there}' QueryLanguage`;
/** A machine that never ends. */
export const noEnd = 'MISSING_END_STATE nowhere: Workflow has no terminal state';
