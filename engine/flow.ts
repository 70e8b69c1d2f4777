/**
 * The engine's vocabulary: where a flow stands, what can happen to it, what it wants done.
 *
 * `decide(chart, position, event, { now, seed })` is a pure, synchronous function: it reads no clock, makes no id and does no
 * I/O. The scheduler loads a flow, decides, and commits (DESIGN.md §3 and §4). The scheduler owns term, seq, status and owner; the
 * engine knows nothing of them.
 */
import type { Json, JsonObject } from '#engine/json';
import type { Pool } from '#engine/jsonata/meter';
import type { EpochMs } from '#engine/time';

/**
 * In which part of a state a flow stands.
 *
 * - `enter`: it is about to enter `at` with `input`.
 * - `act`: it has entered a Task; its action is to be run (again). Parameters are worked out anew from `input`, with the same result.
 * - `callback`: the action of a `.waitForTaskToken` or `.sync` Task is done, its token has not come back.
 * - `wait`: a Wait state until `due`.
 * - `retry`: a Task, Parallel or Map that failed and is tried again at `due`.
 * - `read`: at a distributed Map whose next round of items is to be read.
 * - `split`: at a Parallel or Map whose children are to be made or are running.
 * - `gather`: at a distributed Map whose children have all ended; its results are to be put together.
 * - `end`: the flow has ended.
 */
export type Phase = 'enter' | 'act' | 'callback' | 'wait' | 'retry' | 'read' | 'split' | 'gather' | 'end';

/** Where a flow stands and what it carries: all that a commit must keep of the engine's. Of constant size in the number of transitions. */
export interface Position {
  /** Name of the state (unique in the whole chart). Kept at the end, so that a redrive knows the state that failed. */
  readonly at: string;
  readonly phase: Phase;
  /** States entered so far by this flow. With `attempt` it names an action: the same after every take-over. */
  readonly step: number;
  /** The raw input of the state `at`. At the end, of a succeeded flow, its output stands in `outcome` and this is dropped to `null`. */
  readonly input: Json;
  /** Variables in scope, those of the enclosing scopes included. */
  readonly vars: { readonly [name: string]: Json };
  /** When the state was entered (`$$.State.EnteredTime`). */
  readonly entered: EpochMs;
  /** How often the present state was tried again (`$$.State.RetryCount`). */
  readonly attempt: number;
  /** Attempts used up by each rule of the state's `Retry`, by the rule's index. Absent while none is. */
  readonly tries?: readonly number[];
  /** `wait`, `retry`: until when. `callback`: when the wait times out. */
  readonly due?: EpochMs;
  /** `callback`: which time-out `due` is. */
  readonly dueMeans?: 'timeout' | 'heartbeat';
  /** `callback`: the end of `TimeoutSeconds`, kept while `due` is that of a heartbeat. */
  readonly deadline?: EpochMs;
  /** `split`: how many children it has. */
  readonly branches?: number;
  /** `read`, `split`, `gather`: how far a distributed Map is. */
  readonly map?: MapRun;
  /** A child of a distributed Map whose input cannot be made any more: it fails with this as it is entered. */
  readonly refused?: { readonly error: string; readonly cause: string };
  /** A child of a Map whose states ask for `$$.Map.Item`: which item it is. */
  readonly item?: MapItem;
}

/** An item of a Map (`$$.Map.Item`). */
export interface MapItem {
  readonly index: number;
  readonly value: Json;
  /** Where the items of a distributed Map are the members of an object: its key. */
  readonly key?: string;
  /** What a distributed Map has it from: `s3://<bucket>/<key>`, `STATE_DATA`. An inline one does not tell it (tiny-asl-machine, `Feature.JsonataScopeSource-003`). */
  readonly source?: string;
}

/**
 * How far a distributed Map is. Its items are read in rounds of some thousand, each a split of its own, so that what is kept does not grow with their number
 * but by a few numbers a round.
 */
export interface MapRun {
  /** Items of all rounds so far, the present one included. */
  readonly items: number;
  /** Items of the present round, or of the last one. */
  readonly round: number;
  /** Items whose child failed, of the rounds that have ended. */
  readonly failed: number;
  /** What the reader needs to read the same version of its source on; null before the first round. */
  readonly head: Json;
  /** Where the next round begins, as the reader says; null: there is none. Absent before the first round. */
  readonly next?: Json;
  /** The reader's cursors at which the children of the present round begin; of one whose children are all made at once, the first alone. */
  readonly starts?: readonly Json[];
  /** How many items each of them has; absent: one. */
  readonly sizes?: readonly number[];
  /** How the rounds before ended. */
  readonly rounds: readonly RoundEnd[];
  /** More items failed than are tolerated: the Map fails once its results are written. */
  readonly exceeded?: true;
}

/** A round of items that was read. */
export interface Round {
  /** How many children it has, and how many items they have together. */
  readonly children: number;
  readonly items: number;
  readonly head: Json;
  /** As `MapRun.starts`; told anew from a fact, none. */
  readonly starts: readonly Json[];
  /** As `MapRun.sizes`. */
  readonly sizes?: readonly number[];
  /** As `MapRun.next`. */
  readonly next: Json;
}

/** How a round ended. */
export interface RoundEnd {
  /** The number of the split, by which its children are named. */
  readonly split: number;
  readonly children: number;
  /** Items whose child failed. */
  readonly failed: number;
  /** The bytes of each file of results that was written of it. */
  readonly files?: { readonly [status in ResultStatus]?: number };
}

/** How children of a distributed Map are told apart in its results (AWS: "ResultWriter (Map)"). */
export type ResultStatus = 'SUCCEEDED' | 'FAILED' | 'PENDING';

/** What is the same for the whole life of a run: the context object's `$$.Execution` and `$$.StateMachine`. */
export interface RunContext {
  readonly run: string;
  readonly name: string;
  readonly chart: string;
  readonly version: number;
  readonly startedAt: EpochMs;
  /**
   * The run's input (`$$.Execution.Input`). Only charts whose `CompiledChart.needsRunInput` is true read it; for all others
   * the scheduler passes `null`.
   */
  readonly input: Json;
}

/** What happens to a flow. */
export type FlowEvent =
  /** Go on from where you stand: at the start, after a break, when `due` has come. */
  | { readonly type: 'go' }
  /** The action (`act`) or the callback (`callback`) succeeded. */
  | { readonly type: 'completed'; readonly output: Json }
  /** The action or the callback failed, timed out (`States.Timeout`) or missed its heartbeat (`States.HeartbeatTimeout`). */
  | { readonly type: 'failed'; readonly error: string; readonly cause?: string }
  /** A callback's worker gave a sign of life at `at`: the heartbeat's `due` moves. */
  | { readonly type: 'heartbeat'; readonly at: EpochMs }
  /** The next round of a distributed Map's items was read. */
  | { readonly type: 'read'; readonly round: Round }
  /** Every child of the split succeeded: their outputs, by index. Of a distributed Map: every child of the `round` has ended. */
  | { readonly type: 'joined'; readonly outputs: readonly Json[]; readonly round?: RoundEnd | undefined }
  /** The results of a distributed Map were put together. */
  | { readonly type: 'gathered'; readonly output: Json }
  /** A child of the split failed: the split fails with it (`States.BranchFailed` is the engine's business). */
  | {
      readonly type: 'branchFailed';
      readonly index: number;
      readonly error?: string | undefined;
      readonly cause?: string | undefined;
      /** Of a distributed Map: how far the round came. */
      readonly round?: RoundEnd | undefined;
    }
  /** The run (or the enclosing split) was cancelled, or the run's time is up (`timedOut`). */
  | { readonly type: 'cancelled'; readonly timedOut?: boolean; readonly error?: string; readonly cause?: string };

/** How a flow ended. */
export type FlowOutcome =
  | { readonly status: 'Succeeded'; readonly output: Json }
  | { readonly status: 'Failed' | 'TimedOut' | 'Cancelled'; readonly error?: string; readonly cause?: string };

/** What runs the action of a Task, as its `Resource` says. */
export interface Resource {
  /**
   * `activity`: a worker's handler. `exec`: a command on a worker. `lambda`: a Lambda function by its ARN. `integration`: a service, called by
   * whoever holds the flow.
   */
  readonly kind: 'activity' | 'exec' | 'lambda' | 'integration';
  /** The activity's name, `exec`, the function's ARN, or `<service>:<action>`. */
  readonly name: string;
  /** The flow also waits until what was started has ended, and gets its result in the form of `.sync` or `.sync:2`. */
  readonly sync?: 'sync' | 'sync:2';
  /** The text of `Resource`, as history shows it. */
  readonly text: string;
}

/** An action to be run. */
export interface ActionRequest {
  readonly resource: Resource;
  /** The effective input: after InputPath and Parameters. */
  readonly input: Json;
  /** Milliseconds after which the action fails with `States.Timeout`. */
  readonly timeoutMs?: number;
  /** Milliseconds without a heartbeat after which it fails with `States.HeartbeatTimeout`. */
  readonly heartbeatMs?: number;
  /** The ARN of the role that the call is made in (`Credentials`); absent: that of whoever makes it. */
  readonly role?: string;
  /** True for `.waitForTaskToken` and `.sync`: after the action succeeded, the flow waits for the token to come back. */
  readonly callback: boolean;
  /** The step and attempt that name this action: `step` is the same for every attempt (idempotency key). */
  readonly step: number;
  readonly attempt: number;
}

/** What the flow wants next. */
export type Next =
  | { readonly do: 'act'; readonly action: ActionRequest }
  | { readonly do: 'wait'; readonly due: EpochMs }
  | { readonly do: 'callback'; readonly due?: EpochMs }
  /** Make `branches` children, at most `maxConcurrency` (0: no bound) of them at a time. The flow must be committed here first. With `tolerant` one that fails has ended as others have. */
  | { readonly do: 'split'; readonly branches: number; readonly maxConcurrency: number; readonly tolerant?: true }
  /** Read the next round of a distributed Map's items (`mapPlan`): the event `read`, or `failed`. */
  | { readonly do: 'read' }
  /** Put the results of a distributed Map together: the event `gathered`, or `failed`. */
  | { readonly do: 'gather' }
  | { readonly do: 'end'; readonly outcome: FlowOutcome }
  /** Commit, then decide `go`: the bound on transitions without a break is reached. */
  | { readonly do: 'go' };

/**
 * One line of history, compact: a kind, a time and what cannot be derived from the chart and the facts before it. Step Functions'
 * events and their numbers are made from facts on read (`engine/history/`).
 */
export type Fact = readonly [kind: string, at: EpochMs, ...data: Json[]];

/** What `decide` returns. */
export interface Decision {
  readonly position: Position;
  readonly next: Next;
  /** What happened, in order; kept with the commit that makes it true. */
  readonly facts: readonly Fact[];
  /** True where a transaction break was passed: commit before anything else is done. Waits, splits, joins, retries and ends always are one. */
  readonly broke: boolean;
}

/** What `decide` needs beside chart, position and event. */
export interface DecideOptions {
  /** The wall clock; never earlier than the flow's last commit (the scheduler sees to it). */
  readonly now: EpochMs;
  /** The flow's id. Random values come from a hash of seed, step and attempt, so that a repeated decision is the same decision. */
  readonly seed: string;
  readonly run: RunContext;
  /** The whole context object in the place of the one that the engine makes: what a test of one state gives. A token that it has not, and the item of a Map, are the engine's. */
  readonly context?: JsonObject;
  /** What all expressions of the decision may burn together. Absent: each state has its own bound. */
  readonly fuel?: Pool;
  /**
   * The token that comes back (`$$.Task.Token`), asked for only where a Task reads it. Made by the scheduler from flow, step
   * and attempt, so that it is the same after a take-over.
   */
  readonly token: (step: number, attempt: number) => string;
}
