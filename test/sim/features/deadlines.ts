import { type Feature, redefine } from '#test/sim/features/feature';
import { asks, machinesOf, prepend } from '#test/sim/machines';
import { ABSENT } from '#test/sim/outcomes';

/** `TimeoutSeconds` of charts; among them runs that nothing but their deadline ends: they ask what nobody answers, or need what no worker can do. */
export const deadlines: Feature = {
  odds: 0.35,
  cases: (cases, random) =>
    redefine(cases, ({ definition }) => {
      if (!random.chance(0.6)) return undefined;
      const inner = random.pick([...machinesOf(definition)]);
      if (random.chance(0.3)) prepend(inner, `mute-${inner.StartAt}`, asks('mute'));
      else if (random.chance(0.1)) prepend(inner, `${ABSENT}-${inner.StartAt}`, { Resource: `activity:${ABSENT}` });
      return { definition: { ...definition, TimeoutSeconds: random.pick([1, 4, 15, 50]) } };
    }),
};
