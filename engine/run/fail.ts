import type { CompiledState, Retrier } from '#engine/chart/compiled';
import { unitInterval } from '#engine/random';
import { type Cursor, draws } from '#engine/run/cursor';
import type { Failure } from '#engine/run/trace';
import { errorNames } from '#engine/states-error';

/** Errors that `States.ALL` and `States.TaskFailed` do not match (AWS: "Handling errors in Step Functions workflows"). */
const unmatched: ReadonlySet<string> = new Set([errorNames.runtime, errorNames.dataLimitExceeded]);
const timeouts: ReadonlySet<string> = new Set([errorNames.timeout, errorNames.heartbeatTimeout]);

/**
 * Whether a rule's `ErrorEquals` names an error. `States.Timeout` also stands for a missed heartbeat, `States.TaskFailed` for every error
 * but a timeout, `States.ALL` for every error but `States.Runtime` and `States.DataLimitExceeded`.
 */
export const matchesError = (names: ReadonlySet<string>, failure: Failure): boolean => {
  const { error, alias } = failure;
  if (error !== undefined && names.has(error)) return true;
  if (alias !== undefined && names.has(alias)) return true;
  if (error !== undefined && unmatched.has(error)) return false;
  if (names.has(errorNames.all)) return true;
  if (error !== undefined && timeouts.has(error)) return names.has(errorNames.timeout);
  return names.has(errorNames.taskFailed);
};

/** The rule of `Retry` that takes the error and has attempts left, by index; -1 where there is none. */
export const retrierFor = (state: CompiledState, failure: Failure, tries: readonly number[] | undefined): number => {
  for (let i = 0; i < state.retry.length; i++) {
    const rule = state.retry[i] as Retrier;
    // Only the first rule that names the error counts; when its attempts are used up, Catch has the word.
    if (matchesError(rule.errorEquals, failure)) return (tries?.[i] ?? 0) < rule.maxAttempts ? i : -1;
  }
  return -1;
};

/** Milliseconds until the next attempt: interval times rate to the power of the attempts made, bounded, with FULL jitter a part of it. */
export const retryDelay = (cursor: Cursor, rule: Retrier, made: number): number => {
  const delay = Math.min(rule.intervalMs * rule.backoffRate ** made, rule.maxDelayMs, maxDelay);
  if (!rule.jitter) return Math.round(delay);
  cursor.draw = draws.retry;
  return Math.floor(unitInterval(cursor.random()) * delay);
};

/** A hundred years: no product of rate and attempts may leave the range of a time. */
const maxDelay = 100 * 366 * 86_400_000;

/** The attempts of each rule after one more of rule `index`. */
export const countTry = (tries: readonly number[] | undefined, index: number, rules: number): readonly number[] =>
  Array.from({ length: rules }, (_, i) => (tries?.[i] ?? 0) + (i === index ? 1 : 0));
