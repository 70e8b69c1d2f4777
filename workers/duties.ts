import { type EpochMs, epoch } from '#engine/time';
import type { Timer } from '#ports/clock';
import type { Incarnation } from '#ports/ids';
import type { Lease } from '#ports/lease';
import type { ChartVersion } from '#ports/store';
import { census } from '#scheduler/census';
import type { Scheduler } from '#scheduler/context';
import { tick } from '#scheduler/tick';
import { fireTriggers } from '#scheduler/triggers';
import { Watch } from '#scheduler/watch';
import type { Attended } from '#workers/attended';
import { beatEvery } from '#workers/beats';
import type { QueueNames } from '#workers/queue-names';

/** How often the duties are looked at. */
const LOOK_MS = 1_000;
/** How often charts that other processes have put are read. */
const CHARTS_MS = 5_000;
/** How often everything is looked at where functions do the duties: a chart that names a new queue is heard of so late. */
const ATTENDED_MS = 60_000;
const TICK_MS = 60_000;
const CENSUS_MS = 5 * 60_000;

/** What the duties are done for. */
export interface DutiesOptions {
  /** This process's incarnation; undefined where it has no worker, or while a new incarnation begins. */
  readonly me: () => Incarnation | undefined;
  readonly windowMs: number;
  readonly queues: QueueNames;
  /** Where functions may do the duties; nobody else does them where absent. */
  readonly attended?: Attended | undefined;
}

/**
 * The controller's duties: triggers, the tick, the census. Each process that may do them looks whether it is the controller (of the leases whose
 * workers are well the one with the lowest incarnation; any process where none is well); the others stand by. Two controllers at once do no
 * harm: a slot is its run's name, and the rest is idempotent. None would: so whoever drains, is stalled or has missed two beats is passed over at once,
 * long before it is gone or taken for dead. Where functions do the duties all stand by.
 *
 * Beside them, for every process: the queues that new charts name.
 */
export class Duties {
  readonly #s: Scheduler;
  readonly #options: DutiesOptions;
  readonly #watch = new Watch();
  #timer: Timer | undefined;
  #stopped = false;
  #charts: readonly ChartVersion[] = [];
  #chartsAt = Number.NEGATIVE_INFINITY;
  #nextSlot: EpochMs | undefined = epoch(0);
  #tickAt = Number.NEGATIVE_INFINITY;
  #censusAt: number;

  constructor(s: Scheduler, options: DutiesOptions) {
    this.#s = s;
    this.#options = options;
    // The first census waits until takers-over and witnesses have had their turn.
    this.#censusAt = s.clock.elapsed() - CENSUS_MS + options.windowMs + LOOK_MS;
  }

  /** Begins. */
  start(): void {
    this.#next(0);
  }

  /** Ends; what is under way finishes by itself. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** A chart was put or deleted here: its triggers and queues count from now on. */
  chartsChanged(): void {
    this.#chartsAt = Number.NEGATIVE_INFINITY;
    this.#next(0);
  }

  #next(ms: number): void {
    if (this.#stopped) return;
    this.#timer?.cancel();
    this.#timer = this.#s.clock.after(ms, () => void this.#look());
  }

  async #look(): Promise<void> {
    let pause = LOOK_MS;
    try {
      await this.#readCharts();
      if (await this.#options.attended?.byFunctions()) pause = ATTENDED_MS;
      else if (await this.#isController()) {
        await this.#do();
        // Only for the controller: who stands by evaluates no slot, so its next one is long past.
        if (this.#nextSlot !== undefined) pause = Math.min(LOOK_MS, this.#nextSlot - this.#s.clock.now());
      }
    } catch (error) {
      this.#s.telemetry.event('dutiesFailed', { message: String(error) });
    }
    this.#next(Math.max(1, pause));
  }

  async #readCharts(): Promise<void> {
    const { clock, store } = this.#s;
    if (clock.elapsed() - this.#chartsAt < CHARTS_MS) return;
    this.#chartsAt = clock.elapsed();
    const charts = await store.listCharts();
    this.#options.queues.take(charts);
    const same =
      charts.length === this.#charts.length &&
      charts.every(({ name, version }, i) => name === this.#charts[i]?.name && version === this.#charts[i]?.version);
    if (same) return;
    this.#charts = charts;
    this.#nextSlot = epoch(0);
  }

  async #isController(): Promise<boolean> {
    const { clock, store } = this.#s;
    const me = this.#options.me();
    const askedAt = clock.elapsed();
    const leases = await store.listLeases();
    this.#watch.look(leases, { askedAt, answeredAt: clock.elapsed() }, this.#options.windowMs);
    return leases.every((lease) => (me !== undefined && lease.incarnation >= me) || !this.#isWell(lease));
  }

  #isWell({ incarnation, condemned, status, stalled, windowMs }: Lease): boolean {
    if (condemned || stalled || status === 'Draining') return false;
    return this.#watch.stillMs(incarnation) <= 2 * beatEvery(windowMs);
  }

  async #do(): Promise<void> {
    const { clock } = this.#s;
    if (this.#nextSlot !== undefined && this.#nextSlot <= clock.now()) {
      this.#nextSlot = await fireTriggers(this.#s, this.#charts);
    }
    if (clock.elapsed() - this.#tickAt >= TICK_MS) {
      this.#tickAt = clock.elapsed();
      await tick(this.#s);
    }
    if (clock.elapsed() - this.#censusAt >= CENSUS_MS) {
      this.#censusAt = clock.elapsed();
      await census(this.#s, this.#options.windowMs, this.#options.me() ?? 'controller');
    }
  }
}
