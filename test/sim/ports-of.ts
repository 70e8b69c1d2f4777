import { atomicCommit } from '#adapters/memory/atomic-commit';
import { MemoryDirectClaims } from '#adapters/memory/memory-direct-claims';
import type { MemoryQueue } from '#adapters/memory/memory-queue';
import type { MemoryStore } from '#adapters/memory/memory-store';
import type { DirectClaims } from '#ports/direct-claim';
import { UnknownOutcome } from '#ports/errors';
import type { FlowRecord } from '#ports/flow-record';
import type { ItemStore } from '#ports/item-store';
import type { Queue } from '#ports/message';
import type { Store } from '#ports/store';
import type { Surroundings } from '#ports/surroundings';
import type { Telemetry } from '#ports/telemetry';
import type { Commit, StoreWrite } from '#ports/write';
import type { Charts, Scheduler } from '#scheduler/context';
import { orderedCommit } from '#scheduler/ordered-commit';
import type { CheckedStore } from '#test/sim/checked-store';
import type { CallRisks, SimProcess } from '#test/sim/sim-process';

/** Calls that change nothing: a crash after one of them is a crash before the next write. */
const READS = /^(read|list|ownedBy|dueBefore|census)/;

/** Has a server do something, where it can be reached. */
export type Reach = <T>(server: 'store' | 'queue', apply: () => T | Promise<T>) => Promise<T>;

/** Nothing reaches a server that is away, and what was on its way from it is lost: an answer, and what a long poll brought. */
export async function reachedBy<T>(isAway: () => boolean, apply: () => T | Promise<T>): Promise<T> {
  if (isAway()) throw new UnknownOutcome();
  const value = await apply();
  if (isAway()) throw new UnknownOutcome();
  return value;
}

/** A process's view of the store: every call travels, and can go wrong. */
export function storeOf(process: SimProcess, store: Store, reach: Reach): Store {
  return new Proxy(store, {
    get(target, name: keyof Store) {
      const method = target[name] as ((...args: unknown[]) => Promise<unknown>) | undefined;
      // What a store need not offer, this one does not.
      if (!method) return undefined;
      return (...args: unknown[]) =>
        process.call(
          !READS.test(name),
          () => reach('store', () => method.apply(target, args)),
          risksOf(process, name, args),
        );
    },
  });
}

/** A judgement that arrives late is where its condition counts; a process that dies as it lets a flow go is where the witness does. */
function risksOf({ faults }: SimProcess, name: keyof Store, [write]: readonly unknown[]): CallRisks {
  const { judgementMs, puttingMs = 0, crashAfterLettingGo: fatal = 0, lettingGoMs: slowMs = 0 } = faults;
  if (name === 'condemn') return { slowMs: judgementMs ?? 1_500 };
  if (name !== 'apply') return {};
  const { kind, flow } = write as StoreWrite & { readonly flow?: FlowRecord };
  if (kind === 'putFlow' && flow?.parent) return { slowMs: puttingMs };
  if (kind === 'park') return { slowMs: judgementMs ?? 0 };
  return kind === 'commit' && flow?.status !== 'Owned' ? { slowMs, fatal } : {};
}

/** A process's view of the queue. A receive waits at the server; what it took for a process that died is lost until its visibility ends. */
export function queueOf(process: SimProcess, queue: Queue, reach: Reach): Queue {
  const call = <T>(isWrite: boolean, apply: () => Promise<T>) => process.call(isWrite, () => reach('queue', apply));
  return {
    maxDelayMs: queue.maxDelayMs,
    send: (messages) => call(true, () => queue.send(messages)),
    receive: (options) => call(false, () => queue.receive(options)),
    done: (received) => call(true, () => queue.done(received)),
    later: (received, delayMs) => call(true, () => queue.later(received, delayMs)),
  };
}

/** A process's view of buckets: what it asks for travels, and a file can be written by one that dies just then. */
const itemsOf = (process: SimProcess, items: ItemStore): ItemStore => ({
  open: (source, head, signal) => process.call(false, () => items.open(source, head, signal)),
  write: (place, chunks, signal) => process.call(true, () => items.write(place, chunks, signal)),
});

/** What a mutant puts between one process and the world. */
export interface Wrap {
  /** Between the network and the store: what is done as a write is applied. */
  server?(store: Store): Store;
  store?(store: Store): Store;
  queue?(queue: Queue): Queue;
  commit?(commit: Commit): Commit;
  directClaims?(claims: DirectClaims): DirectClaims;
}

/** Makes the wrap of one process; `server` is the truth, for a mutant that has to know what it breaks. */
export type Mutate = (
  server: { readonly store: CheckedStore; readonly queue: MemoryQueue },
  process: SimProcess,
) => Wrap;

/** What a store offers whose flows, messages and owners share one transaction. */
type Atomic = Required<Pick<Surroundings, 'commit' | 'directClaims'>>;

/** A process's view of commits that show no prefix: made by itself, so never while it is frozen, and not at all once it is dead. */
export function atomicOf(process: SimProcess, store: MemoryStore, queue: MemoryQueue, reach: Reach): Atomic {
  const directClaims = new MemoryDirectClaims(queue);
  const commit = atomicCommit(store, queue, directClaims);
  return {
    commit: (writes) => process.call(true, () => process.awake().then(() => reach('store', () => commit(writes)))),
    directClaims,
  };
}

/** The surroundings of one process: the real scheduler over the memory adapter, its commit composed and cut after any prefix. */
export function schedulerOf(
  process: SimProcess,
  server: {
    readonly store: Store;
    readonly queue: Queue;
    readonly items: ItemStore | undefined;
    readonly mapRound: number | undefined;
  },
  charts: Charts,
  telemetry: Telemetry,
  reach: Reach,
  wrap: Wrap = {},
  atomic?: Atomic,
): Scheduler {
  const plain = storeOf(process, wrap.server?.(server.store) ?? server.store, reach);
  const store = wrap.store?.(plain) ?? plain;
  const plainQueue = queueOf(process, server.queue, reach);
  const queue = wrap.queue?.(plainQueue) ?? plainQueue;
  const commit = atomic?.commit ?? orderedCommit(store, queue);
  let ids = 0;
  return {
    store,
    queue,
    commit: wrap.commit?.(commit) ?? commit,
    ...(atomic && { directClaims: wrap.directClaims?.(atomic.directClaims) ?? atomic.directClaims }),
    ...(server.items && { items: itemsOf(process, server.items) }),
    ...(server.mapRound !== undefined && { mapRound: server.mapRound }),
    clock: process.clock,
    ids: { random: () => `${process.name}-${ids++}-${process.random.between(0, 1e9)}` },
    telemetry,
    charts,
  };
}
