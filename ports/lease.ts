import type { EpochMs } from '#engine/time';
import type { Evidence, SignKind } from '#ports/flow-record';
import type { FlowId, Incarnation, RunId } from '#ports/ids';

/** An entry of a lease counts only with the flow's present term (rule A). */
export interface HeldFlow {
  readonly flow: FlowId;
  readonly term: number;
}

/** What makes the death of a local process provable: a pid alone may be used again. */
export interface ProcessIdentity {
  readonly bootId: string;
  readonly pid: number;
  /** The process's start time as the operating system tells it (opaque). */
  readonly startTime: string;
}

/** Where a worker runs, as its platform names it: what the platform's events are matched with. */
export interface Platform {
  /** The EC2 instance. */
  readonly instanceId?: string;
  /** The ECS task. */
  readonly taskArn?: string;
  readonly zone?: string;
  readonly lifeCycle?: 'spot' | 'onDemand';
  /** Its private IP address, where it has one of its own. */
  readonly address?: string;
}

/** A sign that a worker is dead, as it is stored with its lease. */
export interface Vote {
  /** A beat that is missing is no vote: whoever judges sees it by itself. */
  readonly kind: Exclude<SignKind, 'missedBeat'>;
  /** Who says so. */
  readonly by: string;
  /** One sentence for people. */
  readonly text: string;
  /** By the clock of whoever says so. */
  readonly at: EpochMs;
  /** The beat that had been seen. A worker that has beaten since lives: the vote counts no more. */
  readonly beat: number;
}

/** What a beat's answer asks of a worker. */
export interface Command {
  readonly verb: 'cancel' | 'drain' | 'adopt';
  /** `cancel`: the flow whose action is to be aborted. `adopt`: the flow that it owns by the store, and may not know of. */
  readonly flow?: FlowId;
  readonly run?: RunId;
}

/** How a worker is doing; `Condemned` is final for this incarnation. */
export type LeaseStatus = 'Connected' | 'Incompatible' | 'Draining' | 'Condemned';

/** A worker incarnation's proof of life. */
export interface Lease {
  readonly incarnation: Incarnation;
  /** The worker's name: the same for all its incarnations. */
  readonly worker: string;
  readonly kind: 'in-process' | 'local' | 'external';
  readonly process?: ProcessIdentity;
  readonly host: string;
  /** Absent where no platform was found to ask. */
  readonly platform?: Platform;
  /** The URL where it answers for its health; absent where it does not, or has no address that is known. */
  readonly health?: string;
  readonly status: LeaseStatus;
  /** Why it is Incompatible. */
  readonly reason?: string;
  /** The failover window that it was started with, in milliseconds. */
  readonly windowMs: number;
  /** +1 at each beat: judged by whether it moves, never by a clock. */
  readonly beat: number;
  /** Moves while the worker's main loop does; a worker that beats without progress is Stalled. */
  readonly progress: number;
  readonly stalled: boolean;
  /** The flows it holds, each until its after-commit steps are done (rule D). */
  readonly flows: readonly HeldFlow[];
  readonly places: number;
  readonly activities: readonly string[];
  readonly queues: readonly string[];
  readonly startedAt: EpochMs;
  /** By its worker's clock; for people only. */
  readonly beatAt: EpochMs;
  /** Milliseconds by which its clock is ahead of the store's for certain; behind, where negative. Absent where it may be right, or the store has no clock of its own. For people only. */
  readonly skewMs?: number;
  readonly condemned?: { readonly by: string; readonly evidence: Evidence; readonly at: EpochMs };
  /** Signs of its death, one of a kind; absent where there never was any. Some may be past: see `Vote.beat`. */
  readonly votes?: readonly Vote[];
  readonly commands: readonly Command[];
}

/** A lease without the flows that it names: what somebody who watches beats has to know. */
export type WatchedLease = Omit<Lease, 'flows'>;

/** What a beat changes. */
export interface Beat {
  readonly incarnation: Incarnation;
  readonly beat: number;
  readonly progress: number;
  readonly stalled: boolean;
  readonly status: LeaseStatus;
  readonly reason?: string;
  readonly flows: readonly HeldFlow[];
  readonly skewMs?: number;
  readonly now: EpochMs;
}

/** The leases. All reads are strongly consistent. */
export interface LeaseStore {
  /** Writes a new lease, before its worker's first claim (rule O). */
  putLease(lease: Lease): Promise<void>;
  /**
   * One beat; demands that the lease exists, is not condemned, and that its beat is lower than this one. Returns the commands and
   * clears them; undefined where the lease is gone or condemned: the worker aborts its handlers and starts over (L11).
   */
  beat(beat: Beat): Promise<readonly Command[] | undefined>;
  readLease(incarnation: Incarnation): Promise<Lease | undefined>;
  listLeases(): Promise<readonly Lease[]>;
  /** All of them without their flows, which may be the greater part of them: whoever looks often pays by workers then, and not by flows. */
  watchedLeases(): Promise<readonly WatchedLease[]>;
  /** Condemns the lease if its beat is the one seen (or whatever it is, where undefined) and it is not condemned yet. Returns whether it now is condemned; false where there is no such lease. */
  condemn(
    incarnation: Incarnation,
    beat: number | undefined,
    by: string,
    evidence: Evidence,
    now: EpochMs,
  ): Promise<boolean>;
  /**
   * Adds a vote to a lease that is not condemned and whose beat is the vote's, in place of an earlier one of its kind. Returns all votes that it has now,
   * by kind; undefined where it was refused.
   */
  vote(incarnation: Incarnation, vote: Vote): Promise<readonly Vote[] | undefined>;
  /** Adds a command to a lease that is not condemned. */
  command(incarnation: Incarnation, command: Command): Promise<void>;
  /**
   * Where the store can tell at once: calls `listener` with whom a command was written for, by this process or another. A hint, which may be lost: the
   * command comes with a beat, so whoever hears it beats. Returns what ends it.
   */
  onCommanded?(listener: (incarnation: Incarnation) => void): () => void;
  /** Removes a lease whose list is done. */
  dropLease(incarnation: Incarnation): Promise<void>;
}
