import { MemoryQueue } from '#adapters/memory/memory-queue';
import { compileChart } from '#engine/chart/compile';
import type { CompiledChart } from '#engine/chart/compiled';
import { validateChart } from '#engine/chart/validate';
import type { Telemetry } from '#ports/telemetry';
import type { Charts, Scheduler } from '#scheduler/context';
import { type Case, casesOf } from '#test/sim/cases';
import { CheckedStore } from '#test/sim/checked-store';
import { FAIR_QUEUE, faultyQueue, type QueueFaults } from '#test/sim/faulty-queue';
import { type Mutate, schedulerOf } from '#test/sim/ports-of';
import type { Running } from '#test/sim/sim-actions';
import { type Count, type Faults, NO_FAULTS, SimProcess } from '#test/sim/sim-process';
import { World } from '#test/sim/world';
import { Random } from '#test/support/random';

/** The cluster's failover window. */
export const WINDOW_MS = 3_000;

/** How to simulate. */
export interface SimOptions {
  /** A rule switched off. */
  readonly mutate?: Mutate;
  /** Told everything, as it happens. */
  readonly trace?: (line: string) => void;
}

/** What one seed is played on: virtual time, the store and the queue with their faults, the charts, and every process that is alive. */
export class Stage {
  readonly seed: number;
  readonly random: Random;
  readonly world: World;
  readonly store: CheckedStore;
  readonly queue: MemoryQueue;
  readonly faults: Count = {};
  readonly transitions: Count = {};
  /** The actions that run at this moment. */
  readonly running = new Set<Running>();
  readonly charts = new Map<string, CompiledChart>();
  readonly cases: readonly Case[];
  readonly queueFaults: QueueFaults;
  readonly #options: SimOptions;
  readonly #processes = new Set<SimProcess>();
  readonly #processFaults: Faults;
  #calm = false;
  #born = 0;

  constructor(seed: number, options: SimOptions) {
    this.seed = seed;
    this.#options = options;
    const random = new Random(seed);
    this.random = random;
    this.world = new World(random);
    this.store = new CheckedStore(this.world, WINDOW_MS, random.chance(0.3));
    this.queue = new MemoryQueue(this.world.clock, random.chance(0.3) ? 20_000 : Number.POSITIVE_INFINITY);
    this.cases = casesOf(random);
    const rough = () => random.pick([0, 0.3, 1, 4]);
    const lossy = random.chance(0.25);
    this.#processFaults = {
      crashAfterWrite: lossy ? 0.03 : 0.01 * rough(),
      freeze: 0.006 * rough(),
      requestLost: 0.01 * rough(),
      answerLost: 0.02 * rough(),
      lateWrite: 0.02 * rough(),
    };
    this.queueFaults = {
      doubled: 0.1 * rough(),
      early: 0.2 * rough(),
      late: 0.05 * rough(),
      lostInDelivery: 0.05 * rough(),
      lostForGood: lossy ? 0.08 : 0,
    };
    for (const { name, definition, breaks } of this.cases) {
      const validated = validateChart({ name, definition, ...(breaks && { breaks }) } as never);
      if (!validated.ok)
        throw new Error(`seed ${seed}: a generated chart is invalid: ${JSON.stringify(validated.errors)}`);
      this.charts.set(name, compileChart(validated.chart, 1));
    }
  }

  /** Whether faults have stopped. */
  get calm(): boolean {
    return this.#calm;
  }

  /** Whether messages vanish in this seed, so that only the census finds what they would have woken. */
  get lossy(): boolean {
    return this.queueFaults.lostForGood > 0;
  }

  /** From here on nothing goes wrong any more; what is frozen thaws by itself, what is dead is replaced. */
  calmDown(): void {
    this.#calm = true;
    for (const process of this.#processes) process.faults = NO_FAULTS;
  }

  /** A fault or a transition has occurred. */
  count(counts: Count, name: string): void {
    counts[name] = (counts[name] ?? 0) + 1;
  }

  /** A process that will meet faults as long as there are any. */
  process(name: string): SimProcess {
    const skew = this.random.chance(0.5) ? this.random.between(-2_000, 2_000) : 0;
    if (skew !== 0) this.count(this.faults, 'skew');
    const faults = this.#calm ? NO_FAULTS : this.#processFaults;
    const process = new SimProcess(this.world, `${name}.${this.#born++}`, faults, this.faults, skew);
    this.#processes.add(process);
    return process;
  }

  /** The process is no more. */
  gone(process: SimProcess): void {
    this.#processes.delete(process);
  }

  /** What a process sees of the world. */
  schedulerOf(process: SimProcess): Scheduler {
    const queue = faultyQueue(this.world, this.queue, () => (this.#calm ? FAIR_QUEUE : this.queueFaults), this.faults);
    return schedulerOf(
      this.world,
      process,
      { store: this.store, queue },
      this.#chartsOf,
      this.#telemetry,
      this.#options.mutate?.({ store: this.store, queue: this.queue }, process),
    );
  }

  readonly #chartsOf: Charts = { get: async (name) => this.charts.get(name)! };

  readonly #telemetry: Telemetry = {
    event: (name, fields) => {
      this.count(this.transitions, name);
      this.#options.trace?.(`${this.world.now} ${name} ${JSON.stringify(fields)}`);
    },
  };
}
