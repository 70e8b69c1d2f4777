import { actionLog } from '#test/sim/action-log';
import { simActions } from '#test/sim/sim-actions';
import type { SimProcess } from '#test/sim/sim-process';
import type { Stage } from '#test/sim/stage';
import { TimerBeats } from '#workers/beats';
import { Worker } from '#workers/worker';

/** The workers of a stage. */
export class SimWorkers {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** A worker; when its process crashes another is started in its place. Now and then it is told to drain, or its clock jumps. */
  bear(name: string): void {
    const stage = this.#stage;
    const { world, random, running } = stage;
    const process = stage.process(name);
    const s = stage.schedulerOf(process, true);
    stage.schedulers.set(process, s);
    const { queues, activities } = stage.serves(name);
    const worker: Worker = new Worker(s, {
      name,
      kind: 'external',
      host: name,
      platform: { taskArn: process.name },
      queues,
      places: random.between(1, 3),
      prefetch: stage.prefetches(),
      windowMs: stage.windowMs,
      ...(stage.lookEveryMs !== undefined && { lookEveryMs: stage.lookEveryMs }),
      pollMs: 2_000,
      actions: simActions(
        world,
        process,
        activities,
        actionLog(stage, () => worker.life),
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

  #quietly(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#stage.store.violate(`unexpected: ${(error as Error).stack}`));
  }
}
