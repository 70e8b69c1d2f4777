import type { ActionRunner } from '#ports/action';
import type { Timer } from '#ports/clock';
import { sleep } from '#ports/clock';
import type { Evidence } from '#ports/flow-record';
import type { Incarnation } from '#ports/ids';
import type { Lease, Platform, ProcessIdentity } from '#ports/lease';
import { CONTROL_QUEUE } from '#ports/message';
import { readBrake } from '#scheduler/brake';
import type { Scheduler } from '#scheduler/context';
import { reliably } from '#scheduler/reliably';
import { condemn, takeOverAll } from '#scheduler/take-over';
import { Watch, watchedBy } from '#scheduler/watch';
import type { Attended } from '#workers/attended';
import { type Beats, beatEvery } from '#workers/beats';
import { Life } from '#workers/life';
import { Places } from '#workers/places';
import { pull, visibilityOf } from '#workers/pull';

/** What a worker is and serves. */
export interface WorkerOptions {
  /** The same for all its incarnations. */
  readonly name: string;
  readonly kind: Lease['kind'];
  readonly host: string;
  readonly process?: ProcessIdentity;
  readonly platform?: Platform;
  /** The URL where it answers for its health. */
  readonly health?: string;
  /** The queues it pulls from. */
  readonly queues: readonly string[];
  /** How many flows it runs at a time. */
  readonly places: number;
  /** How many messages it holds ahead of its places; none if absent. */
  readonly prefetch?: number;
  /** The failover window in milliseconds: one value for the whole cluster. */
  readonly windowMs: number;
  /** How long one receive waits for a first message. */
  readonly pollMs: number;
  readonly actions: ActionRunner;
  readonly beats: Beats;
  /** How often the other workers' beats are looked at, in milliseconds: death by silence shows so much after its window. A beat's interval if absent. */
  readonly lookEveryMs?: number;
  /** Proof that a lease's process is gone, where this host can tell. */
  readonly prove?: (lease: Lease) => Evidence | undefined;
  /** How often such a proof is looked for, in milliseconds. */
  readonly proveEveryMs?: number;
  /** Where functions may look after the workers, which then do not look at each other. */
  readonly attended?: Attended | undefined;
}

/** How many messages of the control queue are dealt with at a time, beside the flows: each takes some reads and writes, and no action runs by it. */
const CONTROL_PLACES = 10;
const PAUSE_MS = 50;

/**
 * A worker: pulls messages while it has free places, runs the flows that it claims, steers runs whatever runs in its places, beats, watches others,
 * takes over what a dead one held.
 *
 * It lives one `Life` after the other: a lease that is lost, or can't be proven, ends a life; its flows are taken over under the next
 * incarnation, and the old one never beats again.
 */
export class Worker {
  readonly #s: Scheduler;
  readonly #options: WorkerOptions;
  readonly #watch = new Watch();
  readonly #taking = new Set<Incarnation>();
  readonly #timers = new Set<Timer>();
  readonly #stopping = new AbortController();
  #life: Life | undefined;
  /** A new incarnation on its way, after a lease was lost. */
  #beginning: Promise<void> | undefined;
  #beats: ReturnType<Beats['start']> | undefined;
  #places: Places | undefined;

  constructor(s: Scheduler, options: WorkerOptions) {
    this.#s = s;
    this.#options = options;
  }

  /** The present incarnation's life; undefined before the first and while a new one begins. */
  get life(): Life | undefined {
    return this.#life;
  }

  /** Writes the lease, then begins to beat, to watch and to pull. Resolves when the first incarnation may claim. */
  async start(): Promise<void> {
    await this.#begin();
    if (this.#stopping.signal.aborted) return;
    this.#every(beatEvery(this.#options.windowMs) / 2, () => this.#checkProof());
    this.#every(this.#options.lookEveryMs ?? beatEvery(this.#options.windowMs), () => this.#lookAtAll());
    const { prove, proveEveryMs } = this.#options;
    if (prove && proveEveryMs) this.#every(proveEveryMs, () => this.#lookForProof(prove));
  }

  /**
   * Drains: claims nothing more, lets its flows reach their next break, gives back after `graceMs` those whose action still runs, and takes its
   * lease away. A clean stop: nothing is left to take over.
   */
  async drain(graceMs: number): Promise<void> {
    this.#stopping.abort();
    // An incarnation that begins at this moment finds that it is not wanted any more, and takes its lease away.
    await this.#beginning;
    const life = this.#life;
    if (!life) return this.#stopTimers();
    life.drain();
    await this.#places?.giveBack();
    const until = this.#s.clock.elapsed() + graceMs;
    while (!life.over && life.holds && this.#s.clock.elapsed() < until)
      await sleep(this.#s.clock, PAUSE_MS, life.signal);
    if (!life.over) await life.giveBack();
    while (!life.over && life.holds) await sleep(this.#s.clock, PAUSE_MS, life.signal);
    this.#beats?.stop();
    this.#stopTimers();
    if (!life.over) {
      life.end('It stopped.');
      await reliably(this.#s.clock, undefined, () => this.#s.store.dropLease(life.incarnation));
    }
    this.#life = undefined;
  }

  /** Stops at once: aborts its handlers and leaves its flows to be taken over. */
  abort(): void {
    this.#stopping.abort();
    this.#beats?.stop();
    this.#stopTimers();
    this.#life?.end('The worker was aborted.');
  }

  async #begin(): Promise<void> {
    const {
      name,
      kind,
      host,
      process,
      platform,
      health,
      queues,
      places,
      prefetch = 0,
      windowMs,
      actions,
    } = this.#options;
    const now = this.#s.clock.now();
    const cluster = await this.#clusterWindow(windowMs);
    const compatible = cluster === windowMs;
    const lease: Lease = {
      incarnation: `${name}-${this.#s.ids.random()}` as Incarnation,
      worker: name,
      kind,
      ...(process && { process }),
      host,
      ...(platform && { platform }),
      ...(health !== undefined && { health }),
      status: compatible ? 'Connected' : 'Incompatible',
      ...(!compatible && { reason: `Its window is ${windowMs} ms, the cluster's is ${cluster} ms.` }),
      windowMs,
      beat: 0,
      progress: 0,
      stalled: false,
      flows: [],
      places,
      activities: [...actions.activities],
      queues,
      startedAt: now,
      beatAt: now,
      commands: [],
    };
    // The lease is proven as of before it was written: should the answer take a window, it is judged dead already.
    const leasedAt = this.#s.clock.elapsed();
    await reliably(this.#s.clock, this.#stopping.signal, () => this.#s.store.putLease(lease));
    if (this.#stopping.signal.aborted) {
      await reliably(this.#s.clock, undefined, () => this.#s.store.dropLease(lease.incarnation));
      return;
    }
    const life = new Life(this.#s, lease, actions, leasedAt, () => this.#startOver(life));
    this.#life = life;
    const beats = this.#options.beats.start(lease, life);
    this.#beats = beats;
    const deaf = this.#s.store.onCommanded?.((whom) => whom === life.incarnation && beats.now?.());
    if (deaf) life.signal.addEventListener('abort', deaf, { once: true });
    this.#s.telemetry.event('incarnation', { worker: name, incarnation: lease.incarnation, status: lease.status });
    const { queue, clock } = this.#s;
    const held = new Places(queue, clock, places, prefetch, life);
    this.#places = held;
    this.#offerPlaces(life, held);
    const signal = AbortSignal.any([life.pulls, this.#stopping.signal]);
    const { pollMs } = this.#options;
    void pull(this.#s, life, held, { queues, pollMs, signal });
    const steering = new Places(queue, clock, CONTROL_PLACES, 0, life);
    void pull(this.#s, life, steering, { queues: [CONTROL_QUEUE], pollMs, signal });
  }

  /** Where the store can claim new flows for a worker of its process, it is offered the places that are free. */
  #offerPlaces(life: Life, places: Places): void {
    const withdraw = this.#s.directClaims?.add({
      owner: life.incarnation,
      queues: life.queues,
      get activities() {
        return life.activities;
      },
      places: () => (life.claims && !this.#stopping.signal.aborted ? places.free : 0),
      visibilityMs: visibilityOf(life),
      take: (flow, witness) => places.occupy(life.take(flow, witness)),
    });
    if (withdraw) life.signal.addEventListener('abort', withdraw, { once: true });
  }

  /** The cluster's window: set by its first worker, the same for all (REQUIREMENTS FX-32). */
  async #clusterWindow(windowMs: number): Promise<number> {
    const key = 'cluster.windowMs';
    const stored = await reliably(this.#s.clock, this.#stopping.signal, async () => {
      const there = await this.#s.store.readSetting(key);
      if (there !== undefined) return there;
      return (await this.#s.store.writeSetting(key, windowMs, undefined)) ? windowMs : this.#s.store.readSetting(key);
    });
    return Number(stored);
  }

  /** After a lost lease: a new incarnation; what the old one held is taken over under it. */
  #startOver(old: Life): void {
    if (this.#life !== old) return;
    this.#life = undefined;
    this.#beats?.stop();
    this.#s.telemetry.event('leaseLost', { incarnation: old.incarnation });
    if (old.draining) return;
    this.#beginning = this.#beginAfter(old).catch((error: unknown) => {
      // Of a kind that no repetition cures: what it held is found by others, and its own process says why it works no more.
      this.#s.telemetry.event('startOverFailed', { message: String(error) });
    });
  }

  async #beginAfter(old: Life): Promise<void> {
    const stopping = this.#stopping.signal;
    if (!stopping.aborted) await this.#begin();
    // Where it stops meanwhile one try is made: what it does not reach is found by others, as after a crash.
    const signal = this.#life?.signal ?? stopping;
    const by = this.#life?.incarnation ?? old.incarnation;
    const evidence: Evidence = { kind: 'self', text: 'It could not prove its lease and started over.' };
    await reliably(this.#s.clock, signal, async () => {
      await this.#s.store.condemn(old.incarnation, undefined, by, evidence, this.#s.clock.now());
      await takeOverAll(this.#s, old.incarnation, by);
    });
  }

  /** Self-fencing: a worker that can't prove its lease aborts its handlers before the window ends (L11). */
  #checkProof(): void {
    const life = this.#life;
    if (life && !life.over && !life.proven) this.#beats?.catchUp?.();
    if (life && !life.over && !life.proven) life.lost();
    life?.lookAtDeadlines();
  }

  async #lookAtAll(): Promise<void> {
    const life = this.#life;
    if (!life || life.over || (await this.#options.attended?.byFunctions())) return;
    const { clock } = this.#s;
    const askedAt = clock.elapsed();
    const leases = watchedBy(life.incarnation, await this.#s.store.listLeases());
    const read = { askedAt, answeredAt: clock.elapsed() };
    for (const { lease, evidence } of this.#watch.look(leases, read, this.#options.windowMs)) {
      if (await condemn(this.#s, lease, life.incarnation, evidence, clock.now()))
        await this.#take(life, lease.incarnation);
    }
    for (const lease of leases) if (lease.condemned) await this.#take(life, lease.incarnation);
  }

  async #lookForProof(prove: (lease: Lease) => Evidence | undefined): Promise<void> {
    const life = this.#life;
    if (!life || life.over || (await this.#options.attended?.byFunctions())) return;
    for (const lease of await this.#s.store.listLeases()) {
      if (lease.incarnation === life.incarnation || lease.condemned) continue;
      const evidence = prove(lease);
      if (evidence && (await condemn(this.#s, lease, life.incarnation, evidence, this.#s.clock.now()))) {
        await this.#take(life, lease.incarnation);
      }
    }
  }

  async #take(life: Life, incarnation: Incarnation): Promise<void> {
    if (this.#taking.has(incarnation)) return;
    this.#taking.add(incarnation);
    try {
      await reliably(this.#s.clock, life.signal, async () => {
        if (!(await readBrake(this.#s))) await takeOverAll(this.#s, incarnation, life.incarnation);
      });
    } finally {
      this.#taking.delete(incarnation);
    }
  }

  #every(ms: number, work: () => void | Promise<void>): void {
    let timer: Timer;
    const next = () => {
      timer = this.#s.clock.after(ms, async () => {
        this.#timers.delete(timer);
        try {
          await work();
        } catch (error) {
          this.#s.telemetry.event('watchFailed', { message: String(error) });
        }
        if (!this.#ended) next();
      });
      this.#timers.add(timer);
    };
    next();
  }

  #ended = false;

  #stopTimers(): void {
    this.#ended = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }
}
