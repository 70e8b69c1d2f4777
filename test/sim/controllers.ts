import { census } from '#scheduler/census';
import type { Scheduler } from '#scheduler/context';
import { takeOverAll } from '#scheduler/take-over';
import { tick } from '#scheduler/tick';
import { wake } from '#scheduler/wake';
import { client } from '#test/sim/clients';
import type { SimProcess } from '#test/sim/sim-process';
import type { Stage } from '#test/sim/stage';

/** Ticks, and takes the census where messages are lost for good; a person looks after what is parked. */
export function bearController(stage: Stage): void {
  const process = stage.process('controller');
  const s = stage.schedulerOf(process);
  process.onCrash = () => {
    stage.gone(process);
    stage.world.at(stage.world.now + 2_000, () => bearController(stage));
  };
  every(process, 3_000, () => tick(s));
  if (stage.lossy) every(process, 15_000, () => census(s, 12_000, 'sweeper'));
  every(process, stage.unparkEveryMs, async () => (stage.unparks ? stage.unparks() : unpark(stage, s)));
}

/** Does some work again and again, by the clock of its process; a failure waits for the next time. */
export function every(process: SimProcess, ms: number, work: () => Promise<unknown>): void {
  const next = () =>
    process.clock.after(
      ms,
      () =>
        void work()
          .catch(() => {})
          .then(next),
    );
  next();
}

async function unpark(stage: Stage, s: Scheduler): Promise<void> {
  for (const flow of stage.store.flows.values())
    if (flow.status === 'Parked') await wake(s, flow, { status: 'Parked' }, 0);
}

/** Somebody takes a living worker for dead, maybe more than once: nothing but time may be lost (L12). */
export function mistake(stage: Stage): void {
  const { world, random, store } = stage;
  world.at(random.between(500, 15_000), () => {
    const lease = random.pick([...store.leases.values()]);
    if (stage.calm || !lease || lease.condemned) return;
    stage.count(stage.faults, 'falselyCondemned');
    client(stage, 'mistaken', async (s) => {
      const evidence = { kind: 'process', text: 'A mistake.' } as const;
      await s.store.condemn(lease.incarnation, undefined, 'mistaken', evidence, s.clock.now());
      await takeOverAll(s, lease.incarnation, 'mistaken');
    });
    if (random.chance(0.7)) mistake(stage);
  });
}
