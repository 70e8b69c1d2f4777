import type { Fact, FlowOutcome } from '#engine/flow';
import type { EpochMs } from '#engine/time';
import type { FlowRecord, FlowStatus, TakeOver } from '#ports/flow-record';
import type { FlowId, Incarnation } from '#ports/ids';
import type { Message } from '#ports/message';

/**
 * One write of an ordered commit. Every write may be repeated. The conditions stand as data under `if`, each of them a fence: an adapter
 * must check every member that is present, against the item, in the same atomic step as the write.
 */
export type Write = SendWrite | StoreWrite;

/** Sends a message (message first, DESIGN.md §4). */
export interface SendWrite {
  readonly kind: 'send';
  readonly message: Message;
  readonly delayMs: number;
}

/** A write to the store. The first group is never refused, the second is: a refusal ends the commit. */
export type StoreWrite =
  | PutFlow
  | PutJoin
  | DropJoin
  | PutControl
  | PutCallback
  | PutDue
  | DropDue
  | Claim
  | CommitFlow
  | Wake
  | TakeOverFlow
  | Park
  | MarkRedriven;

/** Puts a new flow where there is none; one that is there is left as it is and reported in `existed`. */
export interface PutFlow {
  readonly kind: 'putFlow';
  readonly flow: FlowRecord;
  readonly facts: readonly Fact[];
}

/** A row of a join tree (at most 1 KB): which members have not ended yet. Put if absent. */
export interface JoinRow {
  readonly flow: FlowId;
  readonly seq: number;
  /** `<level>.<index>`; level 0 holds children, a higher level holds the rows below it. */
  readonly node: string;
  readonly open: readonly number[];
  /** The index of a child that failed. Set in the top row only. */
  readonly failed?: number;
}

export interface PutJoin {
  readonly kind: 'putJoin';
  readonly row: JoinRow;
}

/** Deletes a row of a join tree, after the parent has committed the join. */
export interface DropJoin {
  readonly kind: 'dropJoin';
  readonly flow: FlowId;
  readonly seq: number;
  readonly node: string;
}

/** What a person or the API wants of a run. */
export interface ControlRow {
  /** The root flow's id: the run's, or that of a redrive, which has a control row of its own. */
  readonly root: FlowId;
  readonly verb: 'cancel';
  /** True where the run's `TimeoutSeconds` are up: its flows end as TimedOut. */
  readonly timedOut?: boolean;
  readonly error?: string;
  readonly cause?: string;
  /** Who asked for it, where the API knows: the ARN of an IAM identity, or the subject of a token. */
  readonly by?: string;
  readonly at: EpochMs;
}

/** Puts the control row of a run if absent: the first one counts. */
export interface PutControl {
  readonly kind: 'putControl';
  readonly row: ControlRow;
}

/** The answer to a task token. Put if absent: the first answer counts. `key` is `<step>.<attempt>`. */
export interface CallbackRow {
  readonly flow: FlowId;
  readonly key: string;
  /** `by`: who answered, where the API knows. */
  readonly outcome: FlowOutcome & { readonly by?: string };
}

export interface PutCallback {
  readonly kind: 'putCallback';
  readonly row: CallbackRow;
}

/** A wait longer than the queue's longest delay: the tick sends its message shortly before it is due. */
export interface DueRow {
  readonly due: EpochMs;
  readonly message: Message;
}

export interface PutDue {
  readonly kind: 'putDue';
  readonly row: DueRow;
}

export interface DropDue {
  readonly kind: 'dropDue';
  readonly row: DueRow;
}

/**
 * Claims a flow: sets Owned, owner, term + 1, claims + 1, updated; clears `waits`. Demands `term`, and status Queued, or Waiting with a
 * `due` that is at or before `dueBy` (rule G). An owned flow is never claimed.
 */
export interface Claim {
  readonly kind: 'claim';
  readonly flow: FlowId;
  readonly if: { readonly term?: number; readonly claimable?: { readonly dueBy: EpochMs } };
  readonly owner: Incarnation;
  readonly now: EpochMs;
  /** The claim must outlive a power cut: what its owner does may not be done again unasked. Else a store may answer before it is on the disk. */
  readonly durable?: boolean;
}

/**
 * The one fenced write of a flow: progress, release or end. `flow` replaces the record (its `redrives` is left as stored; run, chart, version,
 * parent, startedAt, deadline and nonce never change, so an adapter need not write them again);
 * `facts` are appended to its history under (flow, flow.seq).
 */
export interface CommitFlow {
  readonly kind: 'commit';
  readonly flow: FlowRecord;
  readonly if: { readonly owner?: Incarnation; readonly term?: number; readonly seq?: number };
  readonly facts: readonly Fact[];
}

/** Wakes a waiting, paused or parked flow: sets Queued, term + 1; clears `waits`; where `claims` is given, sets it. */
export interface Wake {
  readonly kind: 'wake';
  readonly flow: FlowId;
  readonly if: {
    readonly term?: number;
    readonly status?: FlowStatus;
    /** The flow must wait for the children of this split (rule H), or for this callback. */
    readonly split?: number;
    readonly callback?: string;
  };
  readonly claims?: number;
}

/**
 * Takes an owned flow over: sets the record's status, term + 1, `takenOver`; clears `owner`; touches nothing else (rule F). Demands status Owned
 * (rule E).
 */
export interface TakeOverFlow {
  readonly kind: 'takeOver';
  readonly flow: FlowId;
  readonly if: { readonly owner?: Incarnation; readonly term?: number; readonly status?: FlowStatus };
  readonly record: TakeOver;
}

/** Parks a flow that was claimed too often without a commit: sets Parked, term + 1. */
export interface Park {
  readonly kind: 'park';
  readonly flow: FlowId;
  readonly if: { readonly term?: number; readonly status?: FlowStatus };
}

/** Notes on the first root flow of a run that it was redriven `redrives` times: the number only grows. Changes nothing else. */
export interface MarkRedriven {
  readonly kind: 'markRedriven';
  readonly flow: FlowId;
  readonly redrives: number;
}

/** What became of an ordered commit. */
export interface CommitResult {
  /** False where a write was refused; the writes before it are done, those after it are not (an atomic adapter undoes them all). */
  readonly ok: boolean;
  /** The index of the refused write. */
  readonly refused?: number;
  /** The flow as found by the refused write, where the store tells. */
  readonly found?: FlowRecord;
  /** The flows of `putFlow` writes that were there already. */
  readonly existed?: readonly FlowRecord[];
}

/**
 * Applies writes in the order given; a crash may cut it after any prefix (adjacent sends, and adjacent writes of one kind to different
 * items, may be applied side by side). Throws `UnknownOutcome` where it cannot tell whether a write was applied.
 */
export type Commit = (writes: readonly Write[]) => Promise<CommitResult>;
