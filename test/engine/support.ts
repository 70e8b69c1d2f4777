/** What the engine's tests share: charts from definitions, options, frozen values. */
import { compileChart } from '#engine/chart/compile';
import type { CompiledChart } from '#engine/chart/compiled';
import { type ChartProblem, validateChart } from '#engine/chart/validate';
import { decide, startPosition } from '#engine/decide';
import type { DecideOptions, Decision } from '#engine/flow';
import type { Json } from '#engine/json';
import { epoch } from '#engine/time';

export const start = epoch(1_767_225_600_000);

/** A compiled chart; the test fails on an invalid one. */
export const chartOf = (states: Json, more: { readonly [field: string]: Json } = {}): CompiledChart => {
  const first = Object.keys(states as object)[0] as string;
  const { breaks, bounds, ...machine } = more;
  const validated = validateChart({
    name: 'test',
    ...(breaks === undefined ? null : { breaks }),
    ...(bounds === undefined ? null : { bounds }),
    definition: { StartAt: first, States: states, ...machine },
  });
  if (!validated.ok) throw new Error(JSON.stringify(validated.errors, null, 1));
  return compileChart(validated.chart, 1);
};

/** The errors of a definition. */
export const errorsOf = (source: string | Json): readonly ChartProblem[] => {
  const validated = validateChart(source, { name: 'test' });
  return validated.ok ? [] : validated.errors;
};

export const optionsAt = (now = 0, more: Partial<DecideOptions> = {}): DecideOptions => ({
  now: epoch(start + now),
  seed: 'flow-1',
  run: { run: 'test/run', name: 'run', chart: 'test', version: 1, startedAt: start, input: null },
  token: (step, attempt) => `token-${step}-${attempt}`,
  ...more,
});

/** The first decision of a run. */
export const begin = (chart: CompiledChart, input: Json = {}, options = optionsAt()): Decision =>
  decide(chart, startPosition(chart, input, start), { type: 'go' }, options);

/** Freezes a value with all that is in it, so that whoever changes it throws. */
export const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const item of Object.values(value)) frozen(item);
  }
  return value;
};

/** The outcome of a decision that ended. */
export const outcomeOf = (decision: Decision) => {
  if (decision.next.do !== 'end') throw new Error(`not at an end: ${JSON.stringify(decision.next)}`);
  return decision.next.outcome;
};

/** How a run ends that neither waits nor calls: its outcome. */
export const endOf = (states: Json, input: Json = {}, more: { readonly [field: string]: Json } = {}) => {
  const chart = chartOf(states, more);
  let decision = begin(chart, input);
  for (let i = 1; decision.next.do === 'go'; i++)
    decision = decide(chart, decision.position, { type: 'go' }, optionsAt(i));
  return outcomeOf(decision);
};
