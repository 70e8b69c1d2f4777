/**
 * Facts: what is kept of a run's history. A decision's fact is the event that caused it, and its time; all that followed (states entered
 * and left, parameters, variables) follows from the chart and is worked out on read by deciding again (`replay.ts`). So an action costs
 * one small tuple, and its output is written once.
 */
import type { Fact } from '#engine/flow';
import type { Json } from '#engine/json';
import type { EpochMs } from '#engine/time';

/** A flow went on: at its start, when a wait or a retry's delay was over, when a callback timed out. */
export const wentFacts = (at: EpochMs): readonly Fact[] => [['go', at]];

/** An action or a callback ended. */
export const actedFacts = {
  completed: (at: EpochMs, output: Json): readonly Fact[] => [['ok', at, output]],
  failed: (at: EpochMs, error: string, cause: string | undefined): readonly Fact[] => [
    cause === undefined ? ['fail', at, error] : ['fail', at, error, cause],
  ],
} as const;
