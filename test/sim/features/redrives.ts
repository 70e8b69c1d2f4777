import { rootOf, runId } from '#ports/ids';
import { createOperations } from '#scheduler/create-operations';
import type { Case } from '#test/sim/cases';
import { client } from '#test/sim/clients';
import { type Feature, redefine } from '#test/sim/features/feature';
import { tasksOf } from '#test/sim/machines';
import type { Stage } from '#test/sim/stage';
import type { Random } from '#test/support/random';

/**
 * An operator who redrives what has failed, was cancelled, timed out or is parked: at random moments, twice at once, and while somebody cancels. Some
 * actions fail until their run has been redriven once or twice.
 */
export const redrives: Feature = {
  odds: 0.35,
  cases: (cases, random) =>
    redefine(cases, ({ definition }) => {
      for (const { task, activity } of tasksOf(definition))
        if (activity === 'add' && random.chance(0.25))
          task.Resource = random.pick(['activity:heals1', 'activity:heals2']);
      return undefined;
    }),
  setUp: (stage, random) => {
    stage.unparkEveryMs = random.pick([2_000, 20_000]);
  },
  act: (stage, random, until) => {
    const operator = new Operator(stage, random);
    stage.unparks = () => operator.unpark();
    for (const it of stage.cases) if (it.startAt !== undefined) operator.plan(it, it.startAt, until);
    return { busy: () => operator.busy };
  },
};

class Operator {
  readonly #stage: Stage;
  readonly #random: Random;
  /** Redrives and cancels that are planned or under way. */
  #open = 0;

  constructor(stage: Stage, random: Random) {
    this.#stage = stage;
    this.#random = random;
  }

  get busy(): boolean {
    return this.#open > 0;
  }

  plan({ name }: Case, from: number, until: number): void {
    const random = this.#random;
    const run = runId(name, 'r');
    for (let times = random.between(0, 4); times > 0; times--) {
      const at = from + random.between(500, until + 20_000);
      this.#at(at, () => this.#redrive(run));
      const also = random.pick(['nothing', 'nothing', 'redrive', 'cancel']);
      if (also === 'redrive') this.#at(at + random.between(0, 20), () => this.#redrive(run));
      if (also === 'cancel') this.#at(at + random.between(-200, 1_500), () => this.#cancel(run));
    }
  }

  /** What is parked is woken by a redrive of its run. */
  unpark(): void {
    const runs = new Set(
      [...this.#stage.store.flows.values()].filter((it) => it.status === 'Parked').map((it) => it.run),
    );
    for (const run of runs) this.#at(this.#stage.world.now, () => this.#redrive(run));
  }

  #redrive(run: ReturnType<typeof runId>): void {
    const { store } = this.#stage;
    const roots = () =>
      [...store.starts.keys()].filter((id) => rootOf(id) === id && store.starts.get(id)!.run === run).length;
    const before = roots();
    this.#client(
      (s) => createOperations(s).redriveRun(run),
      () => roots() > before,
    );
  }

  #cancel(run: ReturnType<typeof runId>): void {
    this.#stage.cancelled.add(run);
    this.#client((s) => createOperations(s).cancelRun(run, { error: 'Cancelled' }));
  }

  #client(work: Parameters<typeof client>[2], settled?: () => boolean): void {
    client(this.#stage, 'operator', work, {
      random: this.#random,
      ...(settled && { settled }),
      over: () => {
        this.#open--;
      },
    });
  }

  #at(at: number, then: () => void): void {
    this.#open++;
    this.#stage.world.at(at, then);
  }
}
