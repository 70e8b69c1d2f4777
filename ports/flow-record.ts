import type { FlowOutcome, Position } from '#engine/flow';
import type { EpochMs } from '#engine/time';
import { FlowbeatError } from '#ports/errors';
import type { FlowId, Incarnation, RunId } from '#ports/ids';

/**
 * The newest format of flow records that this code knows; it knows all before it too. A run is put in the first that has all that its chart needs, and keeps its format to its end, its
 * children and redrives included. When it is to be raised, docs/protocol.md tells ("Formats").
 */
export const FLOW_FORMAT = 2;

/** Whether this code knows what a flow's record means. One of a newer format is left to code that does: it is neither claimed nor finished, and its message comes back. */
export const isReadable = ({ format }: Pick<FlowRecord, 'format'>): boolean => format <= FLOW_FORMAT;

/** What is said of a flow that cannot be read. Terminal: repeating it here is of no use. */
export const formatNewer = (kind: 'rejected' | 'terminal', { id, format }: FlowRecord): FlowbeatError =>
  new FlowbeatError(
    kind,
    'FORMAT_NEWER',
    `${id} was written by a newer Flowbeat (its format is ${format}, this one knows ${FLOW_FORMAT}). It is left as it is for workers of that version.`,
    { flow: id, format, known: FLOW_FORMAT },
  );

/**
 * What a flow is in.
 *
 * `Queued`: a message at its term exists. `Owned`: a worker incarnation runs it. `Waiting`: for what `waits` names. `Paused`: by a
 * person. `Parked`, until a person redrives its run: claimed too often without a commit (poison), or taken from its owner under a chart that says
 * `failover: off`. The last four are terminal and never change (L3).
 */
export type FlowStatus =
  | 'Queued'
  | 'Owned'
  | 'Waiting'
  | 'Paused'
  | 'Parked'
  | 'Succeeded'
  | 'Failed'
  | 'TimedOut'
  | 'Cancelled';

/** Whether a status is terminal. */
export const isTerminal = (status: FlowStatus): boolean =>
  status === 'Succeeded' || status === 'Failed' || status === 'Cancelled' || status === 'TimedOut';

/** What a waiting flow waits for. */
export type Waits =
  | { readonly for: 'time'; readonly due: EpochMs }
  /** A callback named by the action's step and attempt; `due` when it times out, `since` when the wait began or a heartbeat made it go on. */
  | { readonly for: 'callback'; readonly key: string; readonly since: EpochMs; readonly due?: EpochMs }
  /** The children of the split that the flow stands at: `split` of the record. */
  | { readonly for: 'children' };

/** Why and by whom a flow was taken over. */
export interface TakeOver {
  /** Whose flow it was. */
  readonly from: Incarnation;
  readonly fromWorker: string;
  /** Who took it over: a worker's incarnation, or `sweeper`. */
  readonly by: string;
  readonly evidence: Evidence;
  /** What it made of the flow: `Parked` where the chart says `failover: off`. */
  readonly status: 'Queued' | 'Parked';
  /** The term of the dead owner, and the term that the take-over made. */
  readonly oldTerm: number;
  readonly term: number;
  /** The break that the flow goes on from: the commit's number, and the state it stood at. */
  readonly fromBreak: number;
  readonly at: string;
  readonly when: EpochMs;
  /** Those before it that no commit has written to the history: who took the flow up then died too. Poison parks a flow before there are many. */
  readonly earlier?: readonly Omit<TakeOver, 'earlier'>[];
}

/** On what ground a worker was taken for dead. */
export interface Evidence {
  /**
   * `process`: the process is gone (pid, start time and boot id). `silence`: its beat did not move for a window of the observer's time.
   * `connection`: its connection closed and a beat was missed. `platform`: ECS or EC2 said so. `self`: it said so itself. `missing`: it
   * has no lease. `deadline`: it was a function, and its time was up. `forced`: a cancel that its owner did not answer.
   */
  readonly kind: 'process' | 'silence' | 'connection' | 'platform' | 'self' | 'missing' | 'deadline' | 'forced';
  /** A sentence or two for people. */
  readonly text: string;
  /** The kinds of sign that it stands on, where the window had not passed: two at least. */
  readonly votes?: readonly SignKind[];
}

/**
 * What speaks for a worker's death and is no proof alone. `event`: its platform told it unasked. `answer`: asked about the one host by its name, the platform
 * said so. `missedBeat`: a beat that was due did not come. They come by different ways, so what makes one of them wrong does not make two.
 */
export type SignKind = 'event' | 'answer' | 'missedBeat';

/** Where a child hangs. */
export interface ParentLink {
  readonly id: FlowId;
  /** The parent's commit at which it stood at the split. */
  readonly seq: number;
  /** Which child of the split. */
  readonly index: number;
  /** How many children the split has: the shape of its join tree. */
  readonly branches: number;
  /** At most so many of them at a time (0: no bound): the child `index + max` starts when this one has ended. */
  readonly max: number;
  /** One that fails has ended as others have: it is counted, and stops nobody. */
  readonly tolerant?: true;
}

/** The Task that waits for a run's end. */
export interface Answers {
  readonly token: string;
  /** The form of the answer: `.sync` gives input and output as JSON texts, `.sync:2` as values. */
  readonly form: 'sync' | 'sync:2';
}

/** Where an archived run is. */
export interface Archived {
  /** The archive's key. */
  readonly key: string;
  /** False while the store may still have rows that the archive holds. */
  readonly cleared: boolean;
}

/** All that is stored of a flow: identity, fencing, what it waits for, and the engine's position. */
export interface FlowRecord {
  readonly format: number;
  readonly id: FlowId;
  readonly run: RunId;
  /** Absent at a root flow. */
  readonly parent?: ParentLink;
  readonly chart: string;
  readonly version: number;
  /** The queue that its next message goes to. */
  readonly queue: string;
  /** The activity that a worker must have a handler for to go on with it; empty where any worker can. */
  readonly needs: string;
  readonly startedAt: EpochMs;
  /** When the run's time is up (`TimeoutSeconds` of the chart). */
  readonly deadline?: EpochMs;
  /** The secret part of the flow's task tokens. */
  readonly nonce: string;
  /** Of a run that a Task of another run started and waits for: what its end answers. The first root flow only. */
  readonly answers?: Answers;
  readonly status: FlowStatus;
  /** Who owns it; present exactly while `status` is Owned. */
  readonly owner?: Incarnation;
  /** The fencing number: +1 at every claim, release and take-over (L2). 1 when new. */
  readonly term: number;
  /** The number of its commits (L1). 0 when new. */
  readonly seq: number;
  /** Claims since its last commit (poison). */
  readonly claims: number;
  /** Present exactly while `status` is Waiting. */
  readonly waits?: Waits;
  /** The seq at which it stands at a split: from the commit there to the commit that leaves it. */
  readonly split?: number;
  /** A split that its last commit left and whose join rows are to be cleared away; `cancel`: whose subtree is to be cancelled. */
  readonly left?: { readonly seq: number; readonly branches: number; readonly cancel: boolean };
  /** The last take-over, until the next commit has written it to the history. */
  readonly takenOver?: TakeOver;
  readonly position: Position;
  /** Present exactly while `status` is terminal, but in a root flow whose run was archived. */
  readonly outcome?: FlowOutcome;
  /** How often the run was redriven (root flows only): the newest root is `rootFlow(run, redrives)`. */
  readonly redrives: number;
  /** On the first root flow of a run that was archived: its flows, values and facts stand there, and are in the store no more. */
  readonly archived?: Archived;
  /** The time of its last write by a claim or commit. */
  readonly updated: EpochMs;
}
