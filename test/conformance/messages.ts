/** Compares what AWS said of a definition with what we say for it. */
import { type ChartProblem, validateChart } from '#engine/chart/validate';
import type { Json } from '#engine/json';
import type { Case } from '#test/conformance/cases';

/** What is wrong with a definition, in AWS's words. */
export const awsProblems = ({ definition, machineType }: Case): readonly ChartProblem[] => {
  const validated = validateChart(sourceOf(definition), { profile: 'aws', type: machineType });
  return validated.ok ? [] : validated.errors;
};

/** The record has a word in the place of an activity's ARN, and a text where the definition is no JSON. */
const sourceOf = (definition: Json): Json => {
  if (typeof definition === 'object' && definition !== null && '$raw' in definition) return String(definition.$raw);
  const text = JSON.stringify(definition);
  return JSON.parse(
    text.replaceAll('"activity_arn"', '"arn:aws:states:us-east-1:111111111111:activity:recorded"'),
  ) as Json;
};

/** Whether the words are the recorded ones; undefined where AWS itself gave none. */
export const messagesMatch = (each: Case, problems: readonly ChartProblem[]): boolean | undefined => {
  if (each.validatedOnAws !== true) return undefined;
  const { cause, diagnostics } = each.expected;
  if (diagnostics !== undefined) {
    const said = problems.map(({ code, location, message }) => ({
      code,
      ...(location === undefined ? null : { location }),
      message,
      severity: 'ERROR',
    }));
    return JSON.stringify(said) === JSON.stringify(diagnostics);
  }
  const said = problems.map(({ code, location, message }) => `${code}: ${message} at ${location ?? 'null'}`);
  return String(cause).endsWith(`Invalid State Machine Definition: '${said.join(', ')}'`);
};
