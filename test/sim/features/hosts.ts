import type { Discovery } from '#ports/discovery';
import { hearPlatform } from '#scheduler/platform';
import { every } from '#test/sim/controllers';
import type { Feature } from '#test/sim/features/feature';
import type { Stage } from '#test/sim/stage';
import type { Random } from '#test/support/random';

const LOOK_MS = 700;

/**
 * A platform that tells of hosts that have ended, and answers when it is asked about one: often twice, sometimes late or not at all, and now and then about a host
 * that lives. Its events are heard by functions that may die anywhere.
 */
export const hosts: Feature = {
  odds: 0.25,
  act: (stage, random) => {
    const bus = stage.process('bus', random);
    // The platform is somebody else's: it does not die.
    bus.faults = { ...bus.faults, crashAfterWrite: 0, freeze: 0 };
    every(bus, LOOK_MS, async () => {
      for (const { condemned, platform } of [...stage.store.leases.values()]) {
        const taskArn = platform?.taskArn;
        if (condemned || taskArn === undefined) continue;
        const lives = stage.lives(taskArn);
        if (!random.chance(lives ? (stage.calm ? 0 : 0.03) : 0.4)) continue;
        if (lives) stage.count(stage.faults, 'falseEvent');
        for (let times = random.chance(0.2) ? 2 : 1; times > 0; times--) void hear(stage, random, taskArn);
      }
    });
    return { busy: () => false };
  },
};

async function hear(stage: Stage, random: Random, taskArn: string): Promise<void> {
  const process = stage.process('events', random);
  process.onCrash = () => stage.gone(process);
  const event = { kind: 'gone', host: { taskArn }, text: 'An event.' } as const;
  const hearing = { perMinute: 6_000, goesOn: () => true, discoveries: [answers(stage, random)] };
  await hearPlatform(stage.schedulerOf(process), event, hearing).catch(() => {});
  stage.gone(process);
}

const answers = (stage: Stage, random: Random): Discovery => ({
  list: async () => [],
  async ask(asked) {
    if (random.chance(0.2)) throw new Error('Rate exceeded');
    return asked.flatMap(({ host }) => {
      const lives = stage.lives(host.taskArn ?? '');
      if (!random.chance(lives ? (stage.calm ? 0 : 0.05) : 0.6)) return [];
      if (lives) stage.count(stage.faults, 'falseAnswer');
      return [{ host, text: 'An answer.' }];
    });
  },
});
