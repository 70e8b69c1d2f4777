/** Compares what the engine did with what was recorded. */
import { compileChart } from '#engine/chart/compile';
import { validateChart } from '#engine/chart/validate';
import type { FlowEvent } from '#engine/flow';
import type { HistoryEvent } from '#engine/history/event';
import type { Json } from '#engine/json';
import { isObject } from '#engine/json-values';
import type { ItemStore } from '#ports/item-store';
import { withBuckets } from '#test/conformance/case-buckets';
import type { Case } from '#test/conformance/cases';
import { Driver } from '#test/conformance/driver';

/** How a case came out; `why` names what differs. */
export interface Score {
  readonly passed: boolean;
  readonly causeMatches: boolean;
  readonly why: string;
}

/** The record has a word in the place of an activity's ARN. */
export const ourResources = (definition: Json): Json =>
  JSON.parse(JSON.stringify(definition).replaceAll('"activity_arn"', '"activity:recorded"')) as Json;

/** The driver of a case; a text where its definition was refused. */
export const driverOf = (each: Case, items?: ItemStore): Driver | string => {
  const validated = validateChart(ourResources(each.definition), { name: 'conformance', allowUnsupported: true });
  if (!validated.ok)
    return validated.errors.map((error) => `${error.pointer} ${error.code} ${error.message}`).join('; ');
  return new Driver(compileChart(validated.chart, 1), each.input, replayer(each), items);
};

/** Serves recorded results: each state's own, in order, those with the same parameters first; the last one again when they are used up. */
const replayer = (each: Case) => {
  const recorded = each.taskReplay ?? [];
  const left = [...recorded];
  const failure = recorded.length === 0 ? failureIn(each) : undefined;
  return (state: string, input: Json): FlowEvent => {
    const same = left.findIndex((call) => call.state === state && matches(call.parameters, input, new Map()));
    const index = same >= 0 ? same : left.findIndex((call) => call.state === state);
    const call = index >= 0 ? left.splice(index, 1)[0] : recorded.findLast((each) => each.state === state);
    if (call === undefined) return failure ?? { type: 'completed', output: input };
    const { result } = call;
    if (result.error === undefined || result.error === null) {
      return result.type === undefined
        ? { type: 'completed', output: result.output ?? null }
        : { type: 'failed', error: '', ...causeOf(result.cause) };
    }
    return { type: 'failed', error: result.error, ...causeOf(result.cause) };
  };
};

/**
 * How the Tasks of a case failed that has no record of their calls: as its history tells, or, for an Express run, which has none, as its Catch handed it on.
 * Undefined where none failed: then each gives back what it was given.
 */
const failureIn = ({ machineType, expected }: Case): FlowEvent | undefined => {
  const event = expected.events?.find(({ type }) => type === 'TaskFailed' || type === 'LambdaFunctionFailed');
  if (event !== undefined) return { type: 'failed', error: event.error ?? '', ...causeOf(event.cause) };
  const { output } = expected;
  if (machineType !== 'EXPRESS' || !isObject(output) || typeof output.Error !== 'string') return undefined;
  return { type: 'failed', error: output.Error, ...causeOf(output.Cause) };
};

const causeOf = (cause: Json | undefined): { cause?: string } => {
  if (cause === undefined || cause === null) return {};
  if (typeof cause === 'object' && '$json' in cause) return { cause: JSON.stringify(cause.$json) };
  return { cause: String(cause) };
};

/** Scores one case: status, output and error strictly, states entered in order where the record has an order; the cause beside them. */
export const score = (each: Case): Promise<Score> => withBuckets(each, (items) => scoreWith(each, items));

const scoreWith = async (each: Case, items: ItemStore | undefined): Promise<Score> => {
  const driver = driverOf(each, items);
  if (typeof driver === 'string') return { passed: false, causeMatches: false, why: `rejected: ${driver}` };
  const ran = await driver.run();
  const { expected } = each;
  const { outcome } = ran;
  const status = { Succeeded: 'SUCCEEDED', Failed: 'FAILED', TimedOut: 'TIMED_OUT', Cancelled: 'ABORTED' }[
    outcome.status
  ];
  const bound = new Map<string, Json>();
  const differs = (what: string, wanted: unknown, got: unknown): string =>
    `${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`;
  const causeText = outcome.status === 'Succeeded' ? null : (outcome.cause ?? null);
  const causeMatches = matches(unwrapCause(expected.cause ?? null), unwrapCause(causeText), bound);
  const fail = (why: string): Score => ({ passed: false, causeMatches, why });
  if (status !== expected.status) return fail(differs('status', expected.status, outcome));
  if (outcome.status === 'Succeeded') {
    if (!matches(expected.output ?? null, outcome.output, bound))
      return fail(differs('output', expected.output, outcome.output));
  } else if (!matches(expected.error ?? null, outcome.error ?? null, bound))
    return fail(differs('error', expected.error, outcome));
  const states = expected.stateSequence;
  if (states !== undefined) {
    const [wanted, got] =
      expected.ordered === true ? [states, ran.entered] : [[...states].sort(), [...ran.entered].sort()];
    if (JSON.stringify(wanted) !== JSON.stringify(got)) return fail(differs('states', wanted, got));
  }
  return { passed: true, causeMatches, why: '' };
};

const unwrapCause = (cause: Json): Json => {
  if (typeof cause === 'object' && cause !== null && '$json' in cause) return cause.$json as Json;
  if (typeof cause !== 'string') return cause;
  try {
    return JSON.parse(cause) as Json;
  } catch {
    return cause;
  }
};

/** Texts that stand for a value that differs from run to run, beside those in angle brackets. */
const words = new Set([
  'date',
  'start-time',
  'entered-time',
  'timestamp',
  'snf_role_arn',
  'sfn_role_arn',
  'generated-uuid',
  'RandomNumberGenerated',
  'x-amzn-RequestId',
  'X-Amzn-Trace-Id',
  'RequestId',
]);
const holder = /<<?[^<>]+>(?::\d+>)?/g;

/** True where a value equals a recorded one, whose placeholders stand for anything, the same one for the same thing. */
export const matches = (wanted: Json, got: Json, bound: Map<string, Json>): boolean => {
  if (typeof wanted === 'string') return matchesText(wanted, got, bound);
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(got) && got.length === wanted.length && wanted.every((item, i) => matches(item, got[i], bound))
    );
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof got !== 'object' || got === null || Array.isArray(got)) return false;
    const [a, b] = [wanted as Record<string, Json>, got as Record<string, Json>];
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => key in b && matches(a[key] as Json, b[key] as Json, bound))
    );
  }
  return wanted === got;
};

/** A JSON text is compared as the value it holds: blanks do not count. */
const parsedObject = (text: Json): Json | undefined => {
  if (typeof text !== 'string' || !text.startsWith('{')) return undefined;
  const value = unwrapCause(text);
  return typeof value === 'string' ? undefined : value;
};

const matchesText = (wanted: string, got: Json, bound: Map<string, Json>): boolean => {
  if (wanted === got) return true;
  const [inner, gotInner] = [parsedObject(wanted), parsedObject(got)];
  if (inner !== undefined && gotInner !== undefined) return matches(inner, gotInner, bound);
  const name =
    words.has(wanted) ||
    wanted.replace(holder, '') === '' ||
    /^arn:.*[<]/.test(wanted) ||
    wanted.startsWith('arn:aws:states:us-east-1:111111111111:');
  if (!name) return false;
  const before = bound.get(wanted);
  // A word such as "date" stands for several values; a numbered placeholder for one.
  if (before !== undefined && wanted.startsWith('<')) return JSON.stringify(before) === JSON.stringify(got);
  bound.set(wanted, got);
  return true;
};

/**
 * Whether the history has the recorded events: types and names of states, in order where the record has one. Undefined where none were recorded.
 * Events of our own are left out, and those below a distributed Map, which AWS keeps in histories of their own.
 */
export const historyDiffers = (each: Case): Promise<string | undefined> =>
  withBuckets(each, (items) => historyDiffersWith(each, items));

const historyDiffersWith = async (each: Case, items: ItemStore | undefined): Promise<string | undefined> => {
  const { events, ordered } = each.expected;
  const driver = driverOf(each, items);
  if (events === undefined || typeof driver === 'string') return undefined;
  await driver.run();
  const got = (await driver.history())
    .filter(({ type }) => !ownTypes.has(type))
    .map((event) => `${event.type} ${nameIn(event) ?? ''}`.trim());
  const wanted = events
    .filter(({ type }) => !ownTypes.has(type))
    .map((event) => `${event.type} ${event.name ?? ''}`.trim());
  if (ordered !== true) {
    got.sort();
    wanted.sort();
  }
  if (JSON.stringify(got) === JSON.stringify(wanted)) return '';
  return `expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`;
};

/** Ours, and two that AWS documents but that the recorded histories have lost where they sorted the events of branches. */
const ownTypes = new Set(['RetryScheduled', 'HistoryGap', 'ParallelStateSucceeded', 'ParallelStateFailed']);

const nameIn = (event: HistoryEvent): string | undefined => {
  if (!event.type.includes('State') && !event.type.startsWith('MapIteration')) return undefined;
  const details = Object.entries(event).find(([field]) => field.endsWith('EventDetails'))?.[1];
  return (details as { readonly name?: string } | undefined)?.name;
};
