/**
 * Facts: what is kept of a run's history. A decision's fact is the event that caused it, and its time; all that followed (states entered
 * and left, parameters, variables) follows from the chart and is worked out on read by deciding again (`replay.ts`). So an action costs
 * one small tuple, and its output is written once.
 */
import type { Fact, Round, RoundEnd } from '#engine/flow';
import type { Json, JsonObject } from '#engine/json';
import type { EpochMs } from '#engine/time';

/** The run was started on an input: the first fact of its first root flow, written by whoever starts it. */
export const startedFact = (at: EpochMs, input: Json): Fact => ['started', at, input];

/** A flow went on: at its start, when a wait or a retry's delay was over. */
export const wentFact = (at: EpochMs): Fact => ['go', at];

/** An action or a callback ended well. */
export const completedFact = (at: EpochMs, output: Json): Fact => ['ok', at, output];

/** An action or a callback failed or timed out. */
export const failedFact = (at: EpochMs, error: string, cause: string | undefined): Fact =>
  cause === undefined ? ['fail', at, error] : ['fail', at, error, cause];

/** A round of a distributed Map's items was read. Where its children begin is kept in the flow's position alone. */
export const readFact = (at: EpochMs, { children, items, head, next }: Round): Fact => [
  'read',
  at,
  { children, items, head, next },
];

/** Every child of the split succeeded. Their outputs are in their own histories. Of a distributed Map: every child of the round has ended. */
export const joinedFact = (at: EpochMs, round?: RoundEnd): Fact =>
  round === undefined ? ['join', at] : ['join', at, toJson(round)];

/** The results of a distributed Map were put together. */
export const gatheredFact = (at: EpochMs, output: Json): Fact => ['gather', at, output];

const toJson = ({ split, children, failed, files }: RoundEnd): Json => ({
  split,
  children,
  failed,
  ...(files && { files: files as JsonObject }),
});

/** A child of the split failed. */
export const branchFailedFact = (
  at: EpochMs,
  index: number,
  error?: string,
  cause?: string,
  round?: RoundEnd,
): Fact => ['branch', at, index, error ?? null, cause ?? null, ...(round ? [toJson(round)] : [])];

/** The flow was cancelled, or the run's time was up. */
export const cancelledFact = (at: EpochMs, timedOut: boolean, error?: string, cause?: string): Fact => [
  'cancel',
  at,
  timedOut,
  error ?? null,
  cause ?? null,
];

/**
 * What the protocol did to a flow, not the chart: written by the scheduler and shown as an event of our own. Any kind is taken;
 * `ownKinds` are those that have a name.
 */
export const protocolFact = (kind: OwnKind, at: EpochMs, data: JsonObject = {}): Fact => [kind, at, data];

/** Lines that a handler logged; they stand before the fact of the action's end. */
export const loggedFact = (at: EpochMs, lines: readonly Json[]): Fact => ['log', at, lines];

/** Kinds of our own facts, with the type of event each is shown as. */
export const ownKinds = {
  claimed: 'FlowClaimed',
  takenOver: 'FlowTakenOver',
  released: 'FlowReleased',
  aborted: 'FlowAborted',
  break: 'FlowBreak',
  log: 'ActionLogged',
  cancelRequested: 'CancelRequested',
  answered: 'TaskAnswered',
  parked: 'FlowParked',
  paused: 'FlowPaused',
  resumed: 'FlowResumed',
  redriven: 'ExecutionRedriven',
} as const;

/** A kind of our own facts that has a name. */
export type OwnKind = keyof typeof ownKinds;
