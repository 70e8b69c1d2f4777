import type { ActionRunner } from '#ports/action';
import { FlowbeatError } from '#ports/errors';
import type { Lease, Platform } from '#ports/lease';
import type { Scheduler } from '#scheduler/context';
import { SWEEP_NOW } from '#scheduler/sweeper/chain';
import { Attended } from '#workers/attended';
import type { LeaseOpener } from '#workers/beat-messages';
import { type Beats, beatEvery } from '#workers/beats';
import { Duties } from '#workers/duties';
import { proveDead, thisHost, thisProcess } from '#workers/identity';
import { QueueNames } from '#workers/queue-names';
import { ThreadBeats } from '#workers/thread-beats';
import { Worker } from '#workers/worker';

/** How often proof of other local processes' death is looked for: a look at a row and a small file for each. Where rows cost money, with each beat. */
const PROVE_MS = 200;
/** How long a receive waits: sends and nudges end it early, so this only bounds what a lost one costs. */
const POLL_MS = 20_000;

const LOOKS_IN_A_WINDOW = 12;

/** A worker of this process. */
export interface StartWorker {
  readonly kind: Lease['kind'];
  /** Made of host and process where absent. */
  readonly name?: string | undefined;
  /** Where it runs, as its platform names it. */
  readonly platform?: Platform | undefined;
  /** The URL where it answers for its health, if it does and has an address that is known. */
  readonly health?: string | undefined;
  readonly queues: readonly string[];
  readonly places: number;
  /** How many messages it holds ahead of its places; none unless said otherwise. */
  readonly prefetch?: number | undefined;
  readonly windowMs: number;
  readonly actions: ActionRunner;
  readonly leases: LeaseOpener;
  /** What beats for it; a thread of its own where absent. */
  readonly beats?: Beats;
  /** Whether other local processes' death is proved; on unless said otherwise. */
  readonly proof?: boolean;
}

/** A worker that runs, with the controller's duties of its process. */
export interface RunningWorker {
  readonly worker: Worker;
  readonly duties: Duties;
  /** Gives everything back within `graceMs`, takes the lease away. */
  drain(graceMs: number): Promise<void>;
  /** Stops at once; what it held is taken over. */
  abort(): void;
}

/** Starts the worker of this process. Resolves when it may claim. */
export async function startWorker(s: Scheduler, options: StartWorker): Promise<RunningWorker> {
  const { kind, name, places, prefetch = 0, windowMs, actions, leases, proof = true } = options;
  const queues = new QueueNames(options.queues);
  await queues.refresh(s.store);
  const process = thisProcess();
  const attended = kind === 'external' ? new Attended(s.store, s.clock) : undefined;
  const worker = new Worker(s, {
    name: name ?? `${thisHost()}-${globalThis.process.pid}`,
    kind,
    host: thisHost(),
    ...(process && { process }),
    ...(options.platform && { platform: options.platform }),
    ...(options.health !== undefined && { health: options.health }),
    queues: queues.names,
    places,
    prefetch,
    windowMs,
    pollMs: POLL_MS,
    actions,
    // A look costs a local read here. At each beat's interval, 3 s of silence were taken for death after up to 5 s (p99 of 30), so it is looked oftener.
    ...(kind !== 'external' && { lookEveryMs: windowMs / LOOKS_IN_A_WINDOW }),
    beats: options.beats ?? new ThreadBeats(leases, s.clock, s.telemetry),
    ...(proof && { prove: proveDead, proveEveryMs: kind === 'external' ? beatEvery(windowMs) : PROVE_MS }),
    attended,
  });
  await worker.start();
  if (kind === 'external') void askForSweep(s);
  const duties = new Duties(s, { me: () => worker.life?.incarnation, windowMs, queues, attended });
  duties.start();
  return {
    worker,
    duties,
    async drain(graceMs) {
      duties.stop();
      await worker.drain(graceMs);
    },
    abort() {
      duties.stop();
      worker.abort();
    },
  };
}

/**
 * Wakes the sweeper, where the installation has one: its chain then sees this worker from its first moment, and not from the rule's next call, up to a minute
 * later, where it was the first. A hint: the rule comes without it. Where there is no queue for it nobody sweeps, and the workers look after each other.
 */
async function askForSweep(s: Scheduler): Promise<void> {
  try {
    await s.commit([SWEEP_NOW]);
  } catch (error) {
    if (error instanceof FlowbeatError && error.code === 'QUEUE_NOT_FOUND') return;
    s.telemetry.event('askForSweepFailed', { message: String(error) });
  }
}
