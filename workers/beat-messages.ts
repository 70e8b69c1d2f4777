/** What a worker and the thread that beats for it say to each other. Times are milliseconds of the machine's monotonic clock, which both read. */
import type { MessagePort } from 'node:worker_threads';
import type { Json } from '#engine/json';
import type { Command, HeldFlow, Lease, LeaseStore } from '#ports/lease';
import type { Composed } from '#workers/beats';

/** How a thread opens leases of its own: a module, the name of a function in it, and what the function is given. */
export interface LeaseOpener {
  /** The module's URL. */
  readonly module: string;
  /** The name of an exported `(options, windowMs) => Promise<OpenLeases>`. */
  readonly name: string;
  readonly options: Json;
}

/** Leases through a connection of their own. */
export interface OpenLeases {
  readonly leases: LeaseStore;
  /** Milliseconds by which this process's clock is ahead of the store's for certain, where the store has one of its own. */
  skewMs?(): number;
  close(): Promise<void>;
}

/** What the thread starts with. */
export interface BeatThreadData {
  readonly lease: Pick<Lease, 'incarnation' | 'beat' | 'windowMs' | 'status'>;
  readonly opener: LeaseOpener;
  /** A channel that the worker can read in the middle of its turn, which it cannot with a thread's own. */
  readonly port: MessagePort;
}

/** To the thread: what the next beat says, that one is wanted now, or that it ends. */
export type ToBeatThread =
  | { readonly type: 'composed'; readonly said: Composed }
  | { readonly type: 'now' }
  | { readonly type: 'stop' };

/** To the worker: a beat is due, one was accepted, the lease is gone. */
export type FromBeatThread =
  | { readonly type: 'compose' }
  | {
      readonly type: 'beaten';
      readonly flows: readonly HeldFlow[];
      readonly commands: readonly Command[];
      readonly sentAt: number;
    }
  | { readonly type: 'lost' };

/** The machine's monotonic clock: the same in every thread, where `performance.now()` counts from the thread's start. */
export const machineMs = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;
