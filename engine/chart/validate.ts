/**
 * The validator: a chart's text or value becomes a `Chart`, or the list of everything that is wrong with it.
 */
import { assignedIn } from '#engine/chart/assigned';
import type { Chart } from '#engine/chart/chart';
import { checkMachine } from '#engine/chart/check-machine';
import { checkEnvelope, envelopeFields, isBareDefinition } from '#engine/chart/envelope';
import { isPlainJson, maxChartDepth, notAnObject, parseText } from '#engine/chart/parse';
import { type ChartProblem, into, Problems } from '#engine/chart/problems';
import { didYouMean } from '#engine/chart/suggest';
import type { ValidateOptions } from '#engine/chart/under-check';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';

export type { ChartProblem } from '#engine/chart/problems';
export type { ValidateOptions } from '#engine/chart/under-check';

/** What comes of validating a chart. */
export type Validated = { readonly warnings: readonly ChartProblem[] } & (
  | { readonly ok: true; readonly chart: Chart }
  | { readonly ok: false; readonly errors: readonly ChartProblem[] }
);

/**
 * Validates a chart: a text (JSON or YAML) or a value; with our envelope, or a bare state machine, whose name the caller gives.
 * Never throws; finds every error at once, and what is probably not meant beside them.
 */
export const validateChart = (source: string | Json, options: ValidateOptions = {}): Validated => {
  const problems = new Problems(options.profile);
  const value = typeof source === 'string' ? parseText(source, problems) : source;
  const asked = options.profile === 'aws' ? { name: 'definition', ...options, allowUnsupported: true } : options;
  const chart = value === undefined ? undefined : checkDocument(value, asked, problems);
  const { all: errors, warnings } = problems;
  return chart !== undefined && errors.length === 0 ? { ok: true, chart, warnings } : { ok: false, errors, warnings };
};

const checkDocument = (value: Json, options: ValidateOptions, problems: Problems): Chart | undefined => {
  if (!isPlainJson(value)) {
    problems.add(
      'TOO_DEEP',
      '',
      `The document is nested more than ${maxChartDepth} deep, or holds what JSON has no form for.`,
    );
    return undefined;
  }
  if (!isObject(value)) {
    problems.add('NOT_A_CHART', '', 'A chart must be an object.', undefined, notAnObject);
    return undefined;
  }
  // AWS knows no envelope: what has no definition inside is meant to be one.
  const bare = isBareDefinition(value) || (problems.profile === 'aws' && value.definition === undefined);
  if (!bare && value.definition === undefined) {
    const near = Object.keys(value)
      .map((key) => didYouMean(key, [...envelopeFields, 'StartAt', 'States']))
      .find((each) => each !== undefined);
    problems.add(
      'MISSING_FIELD',
      '/definition',
      "A chart needs 'definition', or must be a state machine with 'StartAt' and 'States' itself.",
      near,
    );
  }
  const [definition, pointer] = bare ? [value, ''] : [value.definition, '/definition'];
  problems.startAt(definition ?? null, pointer);
  const named = value.name === undefined && options.name !== undefined ? { name: options.name } : {};
  const head = checkEnvelope(bare ? named : { ...named, ...value }, problems);
  if (definition === undefined) return undefined;
  const names = new Map<string, string>();
  const assigned = assignedIn(definition);
  const own = { ...options, ...(value.type === 'EXPRESS' && !bare ? { type: 'EXPRESS' as const } : null) };
  const check = {
    problems,
    options: own,
    names,
    labels: new Map(),
    targets: [],
    jsonata: false,
    caught: false,
    assigned,
    around: null,
  };
  checkMachine(check, definition, pointer, 'top', 0);
  if (isArray(value.breaks)) checkBreaks(value.breaks, names, problems);
  return head === undefined ? undefined : { ...head, definition: definition as JsonObject };
};

const checkBreaks = (breaks: readonly Json[], names: ReadonlyMap<string, string>, problems: Problems): void => {
  breaks.forEach((name, i) => {
    if (typeof name !== 'string' || names.has(name)) return;
    problems.add('UNKNOWN_STATE', into('/breaks', i), `There is no state '${name}'.`, didYouMean(name, names.keys()));
  });
};
