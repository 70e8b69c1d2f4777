import { MemoryItems } from '#adapters/memory/memory-items';
import { MemoryQueue } from '#adapters/memory/memory-queue';
import { compileChart } from '#engine/chart/compile';
import type { CompiledChart } from '#engine/chart/compiled';
import { validateChart } from '#engine/chart/validate';
import type { Fact } from '#engine/flow';
import type { Json } from '#engine/json';
import type { ActionCall, ActionOutcome } from '#ports/action';
import type { FlowRecord } from '#ports/flow-record';
import { type RunId, rootFlow } from '#ports/ids';
import type { ChartVersion } from '#ports/store';
import type { Telemetry } from '#ports/telemetry';
import type { Charts, Scheduler } from '#scheduler/context';
import { type Case, casesOf } from '#test/sim/cases';
import { CheckedStore } from '#test/sim/checked-store';
import { FAIR_QUEUE, faultyQueue, type QueueFaults } from '#test/sim/faulty-queue';
import { FEATURE_NAMES, FEATURES, type FeatureName, featuresOf } from '#test/sim/features/all';
import type { Acting, Feature } from '#test/sim/features/feature';
import { ACTIVITIES } from '#test/sim/outcomes';
import { atomicOf, type Mutate, type Reach, reachedBy, schedulerOf } from '#test/sim/ports-of';
import type { Running } from '#test/sim/sim-actions';
import { type Count, type Faults, NO_FAULTS, SimProcess } from '#test/sim/sim-process';
import { EPOCH, World } from '#test/sim/world';
import { Random, randomFor } from '#test/support/random';

/** How to simulate. */
export interface SimOptions {
  /** The features that the seed has; absent: those that are drawn for it. */
  readonly features?: readonly FeatureName[];
  /** A rule switched off. */
  readonly mutate?: Mutate;
  /** Told everything, as it happens. */
  readonly trace?: (line: string) => void;
}

/** The queues that a worker pulls from, and the activities that it has handlers for. */
interface Served {
  readonly queues: readonly string[];
  readonly activities: readonly string[];
}

/** What one seed is played on: virtual time, the store and the queue with their faults, the charts, and every process that is alive. */
export class Stage {
  readonly seed: number;
  readonly features: readonly FeatureName[];
  readonly random: Random;
  readonly world: World;
  readonly store: CheckedStore;
  readonly queue: MemoryQueue;
  /** What distributed Maps read and write. */
  readonly items = new MemoryItems();
  readonly faults: Count = {};
  readonly transitions: Count = {};
  /** The actions that run at this moment. */
  readonly running = new Set<Running>();
  /** How often each action that is poison was started, and when each action of a chart that says `failover: off` was started last. */
  readonly poisoned = new Map<string, number>();
  readonly actionStartedAt = new Map<string, number>();
  /** When the time of each invocation of a function is up. */
  readonly timeUpAt = new Map<SimProcess, number>();
  /** What the processes of workers that are alive see of the world. */
  readonly schedulers = new Map<SimProcess, Scheduler>();
  readonly cases: readonly Case[];
  readonly charts = new Map<string, CompiledChart>();
  readonly versions: ChartVersion[] = [];
  queueFaults: QueueFaults;
  processFaults: Faults;
  /** The runs that somebody wants cancelled. */
  readonly cancelled = new Set<RunId>();

  // What features may change before the first worker is born.
  /** The cluster's failover window. */
  windowMs = 3_000;
  /** How often workers look at each other; absent: as they do by themselves. */
  lookEveryMs: number | undefined;
  /** What a worker of a name serves. */
  serves: (worker: string) => Served = () => ({ queues: ['default'], activities: ACTIVITIES });
  /** The most children of one round of a distributed Map; absent: as many as it would have. */
  mapRound: number | undefined;
  /** Whether commits show no prefix, and flows are claimed by the commit that puts them. */
  atomic = false;
  /** How many messages a worker holds ahead of its places. */
  prefetches: () => number = () => 0;
  /** Asked before a worker reads a chart; may throw. */
  onChart: (name: string) => void = () => {};
  /** Whether the queue gives a worker only messages for which it has a handler. */
  sortsMessages = true;
  /** Whether a client whose request stands in the store asks again when its process died. */
  asksAgain: () => boolean = () => true;
  /** Who looks after what is parked, instead of the controller, and how often. */
  unparks: (() => void) | undefined;
  unparkEveryMs = 20_000;
  /** Until when there must be faults, whatever is drawn: a feature has a long one. */
  troubleUntil = 0;
  /** The servers that nobody reaches at this moment. */
  readonly away = new Set<'store' | 'queue'>();
  readonly onAsked: ((token: string) => void)[] = [];
  readonly onAnswered: ((token: string) => void)[] = [];

  readonly #options: SimOptions;
  readonly #processes = new Set<SimProcess>();
  /** What handlers have come to, by action and attempt, in the words of the facts that tell of it. */
  readonly #ends = new Set<string>();
  #calmSince: number | undefined;
  #born = 0;

  constructor(seed: number, options: SimOptions) {
    this.seed = seed;
    this.#options = options;
    this.features = options.features ?? featuresOf(seed);
    const random = new Random(seed);
    this.random = random;
    this.world = new World(random);
    this.store = new CheckedStore(this, random.chance(0.3));
    this.queue = new MemoryQueue(this.world.clock, random.chance(0.3) ? 20_000 : Number.POSITIVE_INFINITY);
    let cases = casesOf(random);
    for (const [name, feature] of this.#features()) cases = feature.cases?.(cases, this.#randomFor(name)) ?? cases;
    this.cases = cases;
    const rough = () => random.pick([0, 0.3, 1, 4]);
    const lossy = random.chance(0.25);
    this.processFaults = {
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
    for (const it of this.cases) this.#putChart(it);
    for (const [name, feature] of this.#features()) feature.setUp?.(this, this.#randomFor(name));
  }

  /** What the features of this seed do from outside. */
  act(until: number): readonly Acting[] {
    return this.#features().flatMap(([name, feature]) => feature.act?.(this, this.#randomFor(name), until) ?? []);
  }

  #features(): readonly (readonly [FeatureName, Feature])[] {
    return FEATURE_NAMES.filter((name) => this.features.includes(name)).map((name) => [name, FEATURES[name]]);
  }

  readonly #randoms = new Map<FeatureName, Random>();

  #randomFor(name: FeatureName): Random {
    const random = this.#randoms.get(name) ?? randomFor(this.seed, name);
    this.#randoms.set(name, random);
    return random;
  }

  #putChart({ name, definition, envelope }: Case): void {
    const validated = validateChart({ name, definition, ...envelope } as never);
    if (!validated.ok)
      throw new Error(`seed ${this.seed}: a generated chart is invalid: ${JSON.stringify(validated.errors)}`);
    this.charts.set(name, compileChart(validated.chart, 1));
    const source = JSON.stringify(validated.chart);
    this.versions.push({ name, version: 1, source, hash: name, createdAt: EPOCH });
  }

  /** Since when faults have stopped; undefined while they have not. */
  get calmSince(): number | undefined {
    return this.#calmSince;
  }

  /** Whether faults have stopped. */
  get calm(): boolean {
    return this.#calmSince !== undefined;
  }

  /** Whether messages vanish in this seed, so that only the census finds what they would have woken. */
  get lossy(): boolean {
    return this.queueFaults.lostForGood > 0;
  }

  /** From here on nothing goes wrong any more; what is frozen thaws by itself, what is dead is replaced. */
  calmDown(): void {
    this.#calmSince = this.world.now;
    for (const process of this.#processes) process.faults = NO_FAULTS;
  }

  /** A fault or a transition has occurred. */
  count(counts: Count, name: string): void {
    counts[name] = (counts[name] ?? 0) + 1;
  }

  /** What a handler came to. */
  noteEnd({ idempotencyKey, attempt }: ActionCall, outcome: ActionOutcome): void {
    const said = outcome.ok ? ['ok', outcome.output] : ['fail', outcome.error];
    this.#ends.add(JSON.stringify([idempotencyKey, attempt, ...said]));
  }

  /** Whether a handler came to what a fact tells of an action. */
  handlersSaid(idempotencyKey: string, attempt: number, [kind, , said]: Fact): boolean {
    return this.#ends.has(JSON.stringify([idempotencyKey, attempt, kind, said]));
  }

  /** What a run was started on. */
  inputOf(root: FlowRecord): Json {
    const [first] = this.store.facts.get(rootFlow(root.run)) ?? [];
    return first?.facts[0]?.[2] ?? null;
  }

  /** A process that will meet faults as long as there are any. `random`: what they and its delays are drawn from. */
  process(name: string, random = this.random): SimProcess {
    const skew = random.chance(0.5) ? random.between(-2_000, 2_000) : 0;
    if (skew !== 0) this.count(this.faults, 'skew');
    const faults = this.calm ? NO_FAULTS : this.processFaults;
    const process = new SimProcess(this.world, `${name}.${this.#born++}`, faults, this.faults, skew, random);
    this.#processes.add(process);
    return process;
  }

  /** The process is no more. */
  gone(process: SimProcess): void {
    this.#processes.delete(process);
    this.schedulers.delete(process);
    this.timeUpAt.delete(process);
  }

  /** Whether there is a process of this name. */
  lives(name: string): boolean {
    return [...this.#processes].some((process) => process.name === name && !process.dead);
  }

  /** What a process sees of the world; `readsItems`: what it can run it can also read for a distributed Map. */
  schedulerOf(process: SimProcess, readsItems = false): Scheduler {
    const faults = () => (this.calm ? FAIR_QUEUE : this.queueFaults);
    const queue = faultyQueue(process.random, this.queue, faults, this.faults, this.sortsMessages);
    const server = { store: this.store, queue, items: readsItems ? this.items : undefined, mapRound: this.mapRound };
    const reach: Reach = (what, apply) => reachedBy(() => this.away.has(what), apply);
    const wrap = this.#options.mutate?.({ store: this.store, queue: this.queue }, process);
    const atomic = this.atomic ? atomicOf(process, this.store, this.queue, reach) : undefined;
    return schedulerOf(process, server, this.#chartsOf(process), this.#telemetry, reach, wrap, atomic);
  }

  #chartsOf(process: SimProcess): Charts {
    return {
      get: async (name) => {
        if (this.schedulers.has(process)) this.onChart(name);
        return this.charts.get(name)!;
      },
    };
  }

  readonly #telemetry: Telemetry = {
    event: (name, fields) => {
      this.count(this.transitions, name);
      this.#options.trace?.(`${this.world.now} ${name} ${JSON.stringify(fields)}`);
    },
  };
}
