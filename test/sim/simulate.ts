import { MemoryQueue } from '#adapters/memory/memory-queue';
import { compileChart } from '#engine/chart/compile';
import type { CompiledChart } from '#engine/chart/compiled';
import { validateChart } from '#engine/chart/validate';
import type { FlowOutcome } from '#engine/flow';
import { FlowbeatError } from '#ports/errors';
import { isTerminal } from '#ports/flow-record';
import { rootFlow, rootOf, runId } from '#ports/ids';
import type { Telemetry } from '#ports/telemetry';
import { answerTask } from '#scheduler/callbacks';
import { census } from '#scheduler/census';
import { POISON_CLAIMS } from '#scheduler/claim';
import type { Charts, Scheduler } from '#scheduler/context';
import { cancel } from '#scheduler/control';
import { startRun } from '#scheduler/start';
import { takeOverAll } from '#scheduler/take-over';
import { tick } from '#scheduler/tick';
import { wake } from '#scheduler/wake';
import { type Case, casesOf } from '#test/sim/cases';
import { CheckedStore } from '#test/sim/checked-store';
import { FAIR_QUEUE, faultyQueue, type QueueFaults } from '#test/sim/faulty-queue';
import { watchLiveness } from '#test/sim/liveness';
import type { Outcome } from '#test/sim/outcomes';
import { type Mutate, schedulerOf } from '#test/sim/ports-of';
import { reference } from '#test/sim/reference';
import { type ActionLog, type Running, simActions } from '#test/sim/sim-actions';
import { type Count, type Faults, NO_FAULTS, SimProcess } from '#test/sim/sim-process';
import { World } from '#test/sim/world';
import { Random } from '#test/support/random';
import { TimerBeats } from '#workers/beats';
import { Worker } from '#workers/worker';

/** What one seed showed. */
export interface SimResult {
  readonly seed: number;
  /** What was violated first; undefined where everything held. */
  readonly violation: string | undefined;
  readonly faults: Count;
  readonly transitions: Count;
  readonly steps: number;
}

/** How to simulate. */
export interface SimOptions {
  /** A rule switched off. */
  readonly mutate?: Mutate;
  /** Told everything, as it happens. */
  readonly trace?: (line: string) => void;
}

const WINDOW_MS = 3_000;
/** Once faults stop everything must end within this virtual time: the longest waits of a chart, window, sweep and queue delays. */
const CALM_MS = 900_000;
const MAX_STEPS = 400_000;

/** Runs one seed: its charts on its cluster under its faults. The same seed is the same run, step by step. */
export async function simulate(seed: number, options: SimOptions = {}): Promise<SimResult> {
  return new Simulation(seed, options).run();
}

class Simulation {
  readonly #seed: number;
  readonly #options: SimOptions;
  readonly #random: Random;
  readonly #world: World;
  readonly #store: CheckedStore;
  readonly #queue: MemoryQueue;
  readonly #faults: Count = {};
  readonly #transitions: Count = {};
  readonly #running = new Set<Running>();
  readonly #charts = new Map<string, CompiledChart>();
  readonly #cases: readonly Case[];
  readonly #processes = new Set<SimProcess>();
  readonly #processFaults: Faults;
  readonly #queueFaults: QueueFaults;
  readonly #poisoned = new Map<string, number>();
  #calm = false;
  #born = 0;

  constructor(seed: number, options: SimOptions) {
    this.#seed = seed;
    this.#options = options;
    const random = new Random(seed);
    this.#random = random;
    this.#world = new World(random);
    this.#store = new CheckedStore(this.#world, WINDOW_MS, random.chance(0.3));
    this.#queue = new MemoryQueue(this.#world.clock, random.chance(0.3) ? 20_000 : Number.POSITIVE_INFINITY);
    this.#cases = casesOf(random);
    const rough = () => random.pick([0, 0.3, 1, 4]);
    const lossy = random.chance(0.25);
    this.#processFaults = {
      crashAfterWrite: lossy ? 0.03 : 0.01 * rough(),
      freeze: 0.006 * rough(),
      requestLost: 0.01 * rough(),
      answerLost: 0.02 * rough(),
      lateWrite: 0.02 * rough(),
    };
    this.#queueFaults = {
      doubled: 0.1 * rough(),
      early: 0.2 * rough(),
      late: 0.05 * rough(),
      lostInDelivery: 0.05 * rough(),
      lostForGood: lossy ? 0.08 : 0,
    };
    for (const { name, definition, breaks } of this.#cases) {
      const validated = validateChart({ name, definition, ...(breaks && { breaks }) } as never);
      if (!validated.ok)
        throw new Error(`seed ${seed}: a generated chart is invalid: ${JSON.stringify(validated.errors)}`);
      this.#charts.set(name, compileChart(validated.chart, 1));
    }
  }

  async run(): Promise<SimResult> {
    const workers = this.#random.between(2, 4);
    for (let i = 0; i < workers; i++) this.#bearWorker(`w${i}`);
    this.#bearController();
    if (this.#random.chance(0.4)) this.#mistake();
    for (const it of this.#cases) this.#world.at(it.startAt, () => this.#start(it));
    for (const it of this.#cases) {
      if (it.cancelAt !== undefined) this.#world.at(it.cancelAt, () => this.#cancel(it));
    }
    const faultsUntil = this.#random.between(15_000, 60_000);
    this.#world.at(faultsUntil, () => this.#calmDown());
    const liveness = watchLiveness(this.#world, this.#store, this.#queue, this.#running, WINDOW_MS);
    let steps = 0;
    let violation: string | undefined;
    let doneAt: number | undefined;
    while (!violation && (await this.#world.step())) {
      steps++;
      violation = this.#store.violations[0] ?? liveness.check(this.#queueFaults.lostForGood > 0);
      if (violation) break;
      if (steps % 16 === 0 && this.#calm && this.#ended()) {
        doneAt ??= this.#world.now;
        if (this.#queue.entries.size === 0 && this.#store.dues.size === 0 && this.#nothingHeld()) break;
        if (this.#world.now > doneAt + CALM_MS) violation = this.#leftover();
      }
      if (this.#world.now > faultsUntil + 2 * CALM_MS || steps > MAX_STEPS) violation = `L5: ${this.#stuck()}`;
    }
    violation ??= this.#wrongResult();
    return { seed: this.#seed, violation, faults: this.#faults, transitions: this.#transitions, steps };
  }

  /** From here on nothing goes wrong any more; what is frozen thaws by itself, what is dead is replaced. */
  #calmDown(): void {
    this.#calm = true;
    for (const process of this.#processes) process.faults = NO_FAULTS;
  }

  readonly #chartsOf: Charts = { get: async (name) => this.#charts.get(name)! };

  readonly #telemetry: Telemetry = {
    event: (name, fields) => {
      this.#transitions[name] = (this.#transitions[name] ?? 0) + 1;
      this.#options.trace?.(`${this.#world.now} ${name} ${JSON.stringify(fields)}`);
    },
  };

  #process(name: string): SimProcess {
    const skew = this.#random.chance(0.5) ? this.#random.between(-2_000, 2_000) : 0;
    if (skew !== 0) this.#faults.skew = (this.#faults.skew ?? 0) + 1;
    const faults = this.#calm ? NO_FAULTS : this.#processFaults;
    const process = new SimProcess(this.#world, `${name}.${this.#born++}`, faults, this.#faults, skew);
    this.#processes.add(process);
    return process;
  }

  #schedulerOf(process: SimProcess): Scheduler {
    const queue = faultyQueue(
      this.#world,
      this.#queue,
      () => (this.#calm ? FAIR_QUEUE : this.#queueFaults),
      this.#faults,
    );
    return schedulerOf(
      this.#world,
      process,
      { store: this.#store, queue },
      this.#chartsOf,
      this.#telemetry,
      this.#options.mutate?.({ store: this.#store, queue: this.#queue }, process),
    );
  }

  /** A worker; when its process crashes another is started in its place. Now and then it is told to drain, or its clock jumps. */
  #bearWorker(name: string): void {
    const process = this.#process(name);
    const s = this.#schedulerOf(process);
    const worker: Worker = new Worker(s, {
      name,
      kind: 'external',
      host: name,
      queues: ['default'],
      places: this.#random.between(1, 3),
      windowMs: WINDOW_MS,
      pollMs: 2_000,
      actions: simActions(
        this.#world,
        process,
        this.#actionLog(() => worker),
      ),
      beats: new TimerBeats(s.store, process.clock),
    });
    const again = () =>
      this.#world.at(this.#world.now + this.#random.between(500, 8_000), () => this.#bearWorker(name));
    process.onCrash = () => {
      for (const it of this.#running) if (it.process === process) this.#running.delete(it);
      this.#processes.delete(process);
      again();
    };
    this.#quietly(worker.start());
    if (this.#random.chance(0.3)) this.#jump(process);
    if (this.#random.chance(0.25)) {
      this.#world.at(this.#world.now + this.#random.between(1_000, 20_000), () => {
        if (process.dead || this.#calm) return;
        this.#faults.drain = (this.#faults.drain ?? 0) + 1;
        this.#quietly(
          worker.drain(this.#random.between(0, 5_000)).then(() => {
            process.dead = true;
            this.#processes.delete(process);
            again();
          }),
        );
      });
    }
  }

  #jump(process: SimProcess): void {
    this.#world.at(this.#world.now + this.#random.between(1_000, 20_000), () => {
      if (this.#calm) return;
      this.#faults.clockJump = (this.#faults.clockJump ?? 0) + 1;
      process.skewMs += this.#random.between(-5_000, 5_000);
    });
  }

  #actionLog(worker: () => Worker | undefined): ActionLog {
    return {
      running: this.#running,
      started: (process, { flow }) => {
        // L: what was cancelled before it was claimed starts no action.
        const cancelled = this.#store.controlAt.get(rootOf(flow)) ?? Number.POSITIVE_INFINITY;
        if (cancelled < (this.#store.claimedAt.get(flow) ?? 0))
          this.#store.violate(`L: ${flow} was cancelled, then claimed, and acts`);
        const life = worker()?.life;
        const beatAt = life ? this.#store.beatAt.get(life.incarnation) : undefined;
        // L11: after a freeze nothing starts before the lease is proven again.
        if (beatAt !== undefined && this.#world.now - beatAt > WINDOW_MS) {
          this.#store.violate(
            `L11: ${process.name} started an action ${this.#world.now - beatAt} ms after its last beat`,
          );
        }
      },
      poisons: (key) => {
        const started = (this.#poisoned.get(key) ?? 0) + 1;
        this.#poisoned.set(key, started);
        if (started <= POISON_CLAIMS + 1) this.#faults.poison = (this.#faults.poison ?? 0) + 1;
        return started <= POISON_CLAIMS + 1;
      },
      answer: (token, outcome) => this.#answer(token, outcome),
    };
  }

  /** Ticks, and takes the census where messages are lost for good. */
  #bearController(): void {
    const process = this.#process('controller');
    const s = this.#schedulerOf(process);
    process.onCrash = () => {
      this.#processes.delete(process);
      this.#world.at(this.#world.now + 2_000, () => this.#bearController());
    };
    const every = (ms: number, work: () => Promise<unknown>) => {
      const next = () =>
        process.clock.after(
          ms,
          () =>
            void work()
              .catch(() => {})
              .then(next),
        );
      next();
    };
    every(3_000, () => tick(s));
    if (this.#queueFaults.lostForGood > 0) every(15_000, () => census(s, 12_000, 'sweeper'));
    every(20_000, () => this.#unpark(s));
  }

  async #unpark(s: Scheduler): Promise<void> {
    for (const flow of this.#store.flows.values())
      if (flow.status === 'Parked') await wake(s, flow, { status: 'Parked' }, 0);
  }

  /** Somebody takes a living worker for dead: nothing but time may be lost (L12). */
  #mistake(): void {
    this.#world.at(this.#random.between(500, 15_000), () => {
      const lease = this.#random.pick([...this.#store.leases.values()]);
      if (this.#calm || !lease || lease.condemned) return;
      this.#faults.falselyCondemned = (this.#faults.falselyCondemned ?? 0) + 1;
      this.#client('mistaken', async (s) => {
        const evidence = { kind: 'platform', text: 'A mistake.' } as const;
        await s.store.condemn(lease.incarnation, undefined, 'mistaken', evidence, s.clock.now());
        await takeOverAll(s, lease.incarnation, 'mistaken');
      });
      if (this.#random.chance(0.7)) this.#mistake();
    });
  }

  /** What a client does: it repeats its request until it has an answer, from another process where its own died. */
  #client(name: string, work: (s: Scheduler) => Promise<unknown>): void {
    const process = this.#process(name);
    const again = () =>
      this.#world.at(this.#world.now + this.#random.between(50, 2_000), () => this.#client(name, work));
    process.onCrash = () => {
      this.#processes.delete(process);
      again();
    };
    work(this.#schedulerOf(process)).then(
      () => this.#processes.delete(process),
      (error: unknown) => {
        this.#processes.delete(process);
        if (error instanceof FlowbeatError && error.kind === 'rejected') return;
        if (!(error instanceof FlowbeatError)) this.#store.violate(`unexpected: ${(error as Error).stack}`);
        else again();
      },
    );
  }

  #start(it: Case): void {
    const start = { chart: it.name, version: 1, name: 'r', input: it.input };
    this.#client('starter', (s) => startRun(s, start));
    if (this.#random.chance(0.3)) this.#client('starter', (s) => startRun(s, start));
  }

  #cancel(it: Case): void {
    this.#client('canceller', async (s) => {
      const root = await s.store.readFlow(rootFlow(runId(it.name, 'r')));
      if (root && !isTerminal(root.status)) await cancel(s, root, { error: 'Cancelled' }, s.clock.now());
    });
  }

  #answer(token: string, outcome: Outcome): void {
    const said: FlowOutcome = outcome.ok
      ? { status: 'Succeeded', output: outcome.output }
      : { status: 'Failed', error: outcome.error };
    this.#world.at(this.#world.now + this.#random.pick([0, 5, 500, 8_000]), () =>
      this.#client('answerer', (s) => answerTask(s, token, said)),
    );
  }

  #quietly(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#store.violate(`unexpected: ${(error as Error).stack}`));
  }

  #ended(): boolean {
    if (this.#store.flows.size < this.#cases.length) return false;
    for (const flow of this.#store.flows.values()) if (!isTerminal(flow.status)) return false;
    return this.#cases.every((it) => this.#store.flows.has(rootFlow(runId(it.name, 'r'))));
  }

  #nothingHeld(): boolean {
    for (const lease of this.#store.leases.values()) if (lease.flows.length > 0) return false;
    // Rows that a zombie put back when its parent had moved on are garbage that wakes nobody (rule I): only where there can be zombies.
    const zombies =
      (this.#faults.crashAfterWrite ?? 0) + (this.#faults.freeze ?? 0) + (this.#faults.lateWrite ?? 0) > 0;
    return zombies || this.#store.joins.size === 0;
  }

  #leftover(): string {
    const messages = [...this.#queue.entries.values()].map(({ message, receives }) =>
      JSON.stringify({ ...message, receives }),
    );
    const leases = [...this.#store.leases.values()]
      .filter((lease) => lease.flows.length > 0)
      .map((lease) => lease.incarnation);
    return `left behind after every run has ended: ${JSON.stringify({ messages, leases, joins: [...this.#store.joins.keys()] })}`;
  }

  #stuck(): string {
    const flows = [...this.#store.flows.values()].filter((flow) => !isTerminal(flow.status));
    const views = flows.map(({ id, status, term, seq, owner, waits, position }) => ({
      id,
      status,
      term,
      seq,
      owner,
      waits,
      at: position.at,
    }));
    const messages = [...this.#queue.entries.values()].map(({ message }) => message);
    return `not ended long after the faults stopped: ${JSON.stringify({ views, messages })}`;
  }

  /** Each result equals the fault-free one, or is a cancel that was asked for; each history is without a gap. */
  #wrongResult(): string | undefined {
    for (const it of this.#cases) {
      const chart = this.#charts.get(it.name)!;
      const root = this.#store.flows.get(rootFlow(runId(it.name, 'r')))!;
      const wanted = reference(chart, it.input);
      const { outcome } = root;
      if (outcome?.status === 'Cancelled' && it.cancelAt !== undefined) continue;
      if (JSON.stringify(strip(outcome)) !== JSON.stringify(strip(wanted))) {
        return `${root.id} came to ${JSON.stringify(outcome)}, without faults to ${JSON.stringify(wanted)}`;
      }
    }
    for (const flow of this.#store.flows.values()) {
      const seqs = (this.#store.facts.get(flow.id) ?? []).map((chunk) => chunk.seq).filter((seq) => seq > 0);
      if (seqs.some((seq, index) => seq !== index + 1) || seqs.length !== flow.seq) {
        return `the history of ${flow.id} has commits ${seqs.join(',')}, the flow has ${flow.seq}`;
      }
    }
    return undefined;
  }
}

const strip = (outcome: FlowOutcome | undefined) =>
  outcome?.status === 'Succeeded' ? outcome : { status: outcome?.status, error: outcome?.error };
