import type { ActionCall } from '#ports/action';
import { rootOf } from '#ports/ids';
import { POISON_CLAIMS } from '#scheduler/claim';
import { asked } from '#test/sim/clients';
import { type ActionLog, simActions } from '#test/sim/sim-actions';
import type { SimProcess } from '#test/sim/sim-process';
import type { Stage } from '#test/sim/stage';
import { TimerBeats } from '#workers/beats';
import type { Life } from '#workers/life';
import { Worker } from '#workers/worker';

/** The workers of a stage. */
export class SimWorkers {
  readonly #stage: Stage;
  readonly #poisoned = new Map<string, number>();
  /** When the actions of charts that say `failover: off` were started last. */
  readonly #started = new Map<string, number>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** A worker; when its process crashes another is started in its place. Now and then it is told to drain, or its clock jumps. */
  bear(name: string): void {
    const stage = this.#stage;
    const { world, random, running } = stage;
    const process = stage.process(name);
    const s = stage.schedulerOf(process);
    stage.schedulers.set(process, s);
    const { queues, activities } = stage.serves(name);
    const worker: Worker = new Worker(s, {
      name,
      kind: 'external',
      host: name,
      queues,
      places: random.between(1, 3),
      prefetch: stage.prefetches(),
      windowMs: stage.windowMs,
      pollMs: 2_000,
      actions: simActions(
        world,
        process,
        activities,
        this.#actionLog(() => worker),
      ),
      beats: new TimerBeats(s.store, process.clock),
    });
    const again = () => world.at(world.now + random.between(500, 8_000), () => this.bear(name));
    process.onCrash = () => {
      for (const it of running) if (it.process === process) running.delete(it);
      stage.gone(process);
      again();
    };
    this.#quietly(worker.start());
    if (random.chance(0.3)) this.#jump(process);
    if (random.chance(0.25)) {
      world.at(world.now + random.between(1_000, 20_000), () => {
        if (process.dead || stage.calm) return;
        stage.count(stage.faults, 'drain');
        this.#quietly(
          worker.drain(random.between(0, 5_000)).then(() => {
            process.dead = true;
            stage.gone(process);
            again();
          }),
        );
      });
    }
  }

  #jump(process: SimProcess): void {
    const { world, random } = this.#stage;
    world.at(world.now + random.between(1_000, 20_000), () => {
      if (this.#stage.calm) return;
      this.#stage.count(this.#stage.faults, 'clockJump');
      process.skewMs += random.between(-5_000, 5_000);
    });
  }

  #actionLog(worker: () => Worker | undefined): ActionLog {
    const { running, faults } = this.#stage;
    return {
      running,
      started: (process, call) => this.#checkStart(process, call, worker()?.life),
      poisons: (key) => {
        const started = (this.#poisoned.get(key) ?? 0) + 1;
        this.#poisoned.set(key, started);
        if (started <= POISON_CLAIMS + 1) this.#stage.count(faults, 'poison');
        return started <= POISON_CLAIMS + 1;
      },
      ended: (call, outcome) => this.#stage.noteEnd(call, outcome),
      asked: (call, token) => asked(this.#stage, call, token),
    };
  }

  #checkStart(process: SimProcess, { flow, chart, idempotencyKey, attempt }: ActionCall, life: Life | undefined): void {
    const { world, store, charts, faults, windowMs } = this.#stage;
    // L: what was cancelled before it was claimed starts no action.
    const cancelled = store.controlAt.get(rootOf(flow)) ?? Number.POSITIVE_INFINITY;
    if (cancelled < (store.claimedAt.get(flow) ?? 0)) store.violate(`L: ${flow} was cancelled, then claimed, and acts`);
    const beatAt = life ? store.beatAt.get(life.incarnation) : undefined;
    // L11: after a freeze nothing starts before the lease is proven again.
    if (beatAt !== undefined && world.now - beatAt > windowMs)
      store.violate(`L11: ${process.name} started an action ${world.now - beatAt} ms after its last beat`);
    // A chart that could not be read when the flow was taken over forbade nothing.
    if (charts.get(chart)?.failover !== 'off' || faults.breakdown !== undefined) return;
    const action = `${idempotencyKey}@${attempt}`;
    const before = this.#started.get(action);
    if (before !== undefined && (store.unparkedAt.get(flow) ?? -1) < before)
      store.violate(`failover: off: ${action} was started once more, and nobody had said so`);
    this.#started.set(action, world.now);
  }

  #quietly(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#stage.store.violate(`unexpected: ${(error as Error).stack}`));
  }
}
