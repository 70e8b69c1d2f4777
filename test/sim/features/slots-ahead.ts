import { fireTriggers } from '#scheduler/triggers';
import { every } from '#test/sim/controllers';
import type { Feature } from '#test/sim/features/feature';
import { missing, scheduled, versionsOf } from '#test/sim/features/slots';
import type { Stage } from '#test/sim/stage';
import { EPOCH } from '#test/sim/world';
import type { Random } from '#test/support/random';

const NAME = 'ahead';
/** How often the rule calls, and how far it looks ahead: to the next call, should that be late. */
const RULE_MS = 20_000;
const AHEAD_MS = 30_000;
/** How far wall clocks of instances are off, ten minutes each way. */
const SKEW_MS = 600_000;
/** The rule goes on for so long after the faults: then each slot has its run. */
const FIRES_ON_MS = 180_000;
/** What a slot may be late by where its message was lost: two calls, and the skew of the workers' clocks. */
const MARGIN_MS = 60_000;
/** What a clock that is nearly right may be off by. */
const NEARLY_MS = 4_000;

/**
 * A schedule that is evaluated by a function which is called now and then (L9): slots of the near future are messages. Instances are new, cut and doubled,
 * and their clocks may be minutes off.
 */
export const slotsAhead: Feature = {
  odds: 0.12,
  cases: (cases, random) => [...cases, scheduled(NAME, random.pick(['*/20 * * * * *', '7,30 * * * * *']), random)],
  act: (stage, random, until) => {
    const end = until + FIRES_ON_MS;
    // What a slot's message starts is the chart as it is then.
    for (const { name, source, hash } of versionsOf(stage, NAME)) void stage.store.putChart(name, source, hash, EPOCH);
    let seenAt = Number.POSITIVE_INFINITY;
    const rule = stage.process('rule', random);
    rule.faults = { ...rule.faults, crashAfterWrite: 0, freeze: 0 };
    every(rule, RULE_MS, async () => {
      const calls = random.chance(0.2) ? 2 : 1;
      for (let i = 0; i < calls && stage.world.now < end; i++)
        void call(stage, random).then((seen) => {
          if (seen) seenAt = Math.min(seenAt, stage.world.now);
        });
    });
    return {
      busy: () => stage.world.now < end,
      wrong: () => missing(stage, NAME, seenAt + NEARLY_MS, end - MARGIN_MS),
    };
  },
};

/** One call of the rule, to an instance of its own. Returns whether it came to its end, by a clock that is nearly right: from then on no slot may be missed. */
async function call(stage: Stage, random: Random): Promise<boolean> {
  const process = stage.process('tick', random);
  const skewed = !stage.calm && random.chance(0.3);
  if (skewed) process.skewMs = random.between(-SKEW_MS, SKEW_MS);
  process.onCrash = () => stage.gone(process);
  const ended = await fireTriggers(stage.schedulerOf(process), versionsOf(stage, NAME), AHEAD_MS).then(
    () => true,
    () => false,
  );
  stage.gone(process);
  return ended && !skewed;
}
