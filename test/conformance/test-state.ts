/** The recorded answers of `TestState` against ours. */
import type { Json, JsonObject } from '#engine/json';
import type { FieldValidationMode, InspectionLevel, StateConfiguration, TestRequest } from '#engine/test-state/request';
import { testState } from '#engine/test-state/test-state';
import { epoch } from '#engine/time';
import { testStateRequest } from '#http/contract/test-state';
import type { Case } from '#test/conformance/cases';
import { matches, type Score } from '#test/conformance/score';

/** The arguments of a recorded call: values are texts there, as the API of Step Functions takes them. */
interface Call {
  readonly stateName?: string;
  readonly inspectionLevel?: InspectionLevel;
  readonly variables?: string;
  readonly context?: string;
  readonly mock?: {
    readonly result?: string;
    readonly errorOutput?: { readonly error: string; readonly cause?: string };
    readonly fieldValidationMode?: FieldValidationMode;
  };
  readonly stateConfiguration?: StateConfiguration;
}

type Expected = Case['expected'] & { readonly nextState?: string | null; readonly inspectionData?: JsonObject | null };

const parse = (text: string | undefined): Json | undefined => (text === undefined ? undefined : JSON.parse(text));

/** What a Task was recorded to have got, where AWS called a service for the test. */
const replayed = (recorded: Case['taskReplay']): Pick<TestRequest, 'mock'> => {
  const { result } = recorded?.[0] ?? {};
  if (result === undefined) return {};
  if (typeof result.error !== 'string') return { mock: { result: result.output ?? null, fieldValidationMode: 'NONE' } };
  return { mock: { errorOutput: { error: result.error, cause: String(result.cause ?? '') } } };
};

const requestOf = ({ definition, input, call = {}, taskReplay }: Case): TestRequest => {
  const { variables, context, mock, ...others } = call as Call;
  return {
    ...others,
    definition:
      typeof definition === 'object' && definition !== null && '$raw' in definition
        ? String(definition.$raw)
        : definition,
    // An input that was not given is null in the record.
    ...(input === null ? null : { input }),
    variables: parse(variables) as JsonObject | undefined,
    context: parse(context) as JsonObject | undefined,
    ...(mock === undefined ? replayed(taskReplay) : { mock: { ...mock, result: parse(mock.result) } }),
  };
};

/** The request as the API takes it; undefined where it refuses its form. */
const parsedRequest = (each: Case): TestRequest | undefined => {
  try {
    return testStateRequest.safeParse(requestOf(each)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

/** What the client, and not the service, puts before a message. */
const clientWords =
  /^(An error occurred \(\w+\) when calling the TestState operation: |Parameter validation failed:\n)/;

/** Scores one case: status, output, error and next state strictly, and of the inspection every field that was recorded. */
export const scoreTest = (each: Case): Score => {
  const expected = each.expected as Expected;
  const request = parsedRequest(each);
  if (request === undefined) {
    const passed = each.expected.status === 'API_ERROR';
    return { passed, causeMatches: false, why: passed ? '' : 'refused: the request is not valid' };
  }
  const tested = testState(request, { now: epoch(Date.parse('2026-01-01T00:00:00Z')), seed: 'test' });
  const bound = new Map<string, Json>();
  const cause = expected.cause ?? null;
  if (!tested.ok) {
    const [first] = tested.errors;
    const said = first?.message ?? '';
    const causeMatches = typeof cause === 'string' && cause.replace(clientWords, '') === said;
    const passed = expected.status === 'API_ERROR';
    return { passed, causeMatches, why: passed ? '' : `refused: ${first?.pointer} ${said}` };
  }
  const { answer } = tested;
  const causeMatches = matches(cause, answer.cause ?? null, bound);
  const wanted: { [field: string]: Json } = {
    status: expected.status,
    output: expected.output ?? null,
    error: expected.error ?? null,
    nextState: expected.nextState ?? null,
  };
  for (const [field, value] of Object.entries(wanted)) {
    const got = (answer[field as keyof typeof answer] ?? null) as Json;
    if (!matches(value, got, bound)) return { passed: false, causeMatches, why: differs(field, value, got) };
  }
  const inspection = (answer.inspectionData ?? {}) as JsonObject;
  for (const [field, value] of Object.entries(expected.inspectionData ?? {})) {
    const got = inspection[field] ?? null;
    if (!matches(value, got, bound)) return { passed: false, causeMatches, why: differs(field, value, got) };
  }
  return { passed: true, causeMatches, why: '' };
};

const differs = (what: string, wanted: Json, got: Json): string =>
  `${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`;
