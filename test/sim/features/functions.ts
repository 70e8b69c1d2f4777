import { Invocation } from '#scheduler/invocation';
import { actionLog } from '#test/sim/action-log';
import type { Feature } from '#test/sim/features/feature';
import { ACTIVITIES } from '#test/sim/outcomes';
import { simActions } from '#test/sim/sim-actions';
import type { Stage } from '#test/sim/stage';
import type { Random } from '#test/support/random';

const QUEUES = ['default', 'side', 'far', '_control'];

/**
 * Functions beside the workers: each invocation is handed some messages, runs what it can until its time is up, and is gone. Mostly whoever invoked it ends
 * it then; now and then it goes on unseen, as one that was frozen would. What it leaves behind is found by its messages.
 */
export const functions: Feature = {
  odds: 0.3,
  act: (stage, random) => {
    const count = random.between(1, 3);
    for (let i = 0; i < count; i++) invoke(stage, random, `f${i}`);
    return undefined;
  },
};

function invoke(stage: Stage, random: Random, name: string): void {
  const { world } = stage;
  world.at(world.now + random.between(10, 1_500), () => {
    const process = stage.process(name, random);
    const s = stage.schedulerOf(process, true);
    const lastsMs = random.between(2_000, 15_000);
    const isEnded = random.chance(0.8);
    let over = false;
    const end = () => {
      if (over) return;
      over = true;
      for (const it of stage.running) if (it.process === process) stage.running.delete(it);
      stage.gone(process);
      invoke(stage, random, name);
    };
    process.onCrash = end;
    const actions = simActions(
      world,
      process,
      ACTIVITIES,
      actionLog(stage, () => undefined),
    );
    const run = async () => {
      const visibilityMs = lastsMs + random.between(0, 10_000);
      const received = await s.queue.receive({
        queues: QUEUES,
        max: random.between(1, 3),
        waitMs: 2_000,
        visibilityMs,
      });
      if (received.length === 0) return;
      stage.count(stage.transitions, 'invoked');
      stage.timeUpAt.set(process, world.now + lastsMs);
      if (isEnded) world.at(world.now + lastsMs, () => process.crash());
      const options = { name, request: `${world.now}`, lastsMs, actions, queues: QUEUES };
      const invocation = new Invocation(s, options);
      const done = await Promise.all(received.map((it) => invocation.handle(it).catch(() => false)));
      invocation.close();
      for (const [i, isDone] of done.entries()) if (isDone) await s.queue.done(received[i]!).catch(() => {});
    };
    run()
      .catch(() => {})
      .then(() => {
        if (process.dead) return;
        process.dead = true;
        end();
      });
  });
}
