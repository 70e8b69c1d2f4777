import type { State } from '#test/sim/cases';
import type { Feature } from '#test/sim/features/feature';
import type { Random } from '#test/support/random';

/** A Map of more children than one join row holds: a join tree of two levels, with and without a bound, and with an item that fails. */
export const wide: Feature = {
  odds: 0.06,
  cases: (cases, random) => [
    ...cases,
    {
      name: 'wide',
      definition: { StartAt: 'items', States: statesOf(random) },
      envelope: {},
      input: { n: 1 },
      startAt: random.between(0, 10_000),
      ...(random.chance(0.2) && { cancelAt: random.between(5_000, 25_000) }),
    },
  ],
};

function statesOf(random: Random): Record<string, State> {
  const items = Array.from({ length: random.between(129, 140) }, (_, i) => i + 1);
  const fails = random.chance(0.3) ? random.pick(items) : 0;
  const item = random.pick<State>([{ Type: 'Pass' }, { Type: 'Task', Resource: 'activity:add' }]);
  return {
    items: { Type: 'Pass', Parameters: { 'n.$': '$.n', items }, Next: 'map' },
    map: {
      Type: 'Map',
      ItemsPath: '$.items',
      ItemSelector: { 'n.$': '$$.Map.Item.Value' },
      MaxConcurrency: random.pick([0, 0, 40]),
      ItemProcessor: {
        StartAt: 'which',
        States: {
          which: {
            Type: 'Choice',
            Choices: [{ Variable: '$.n', NumericEquals: fails, Next: 'fatal' }],
            Default: 'item',
          },
          item: { ...item, End: true },
          fatal: { Type: 'Task', Resource: 'activity:fatal', End: true },
        },
      },
      ResultPath: '$.results',
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'done' }],
      Next: 'done',
    },
    done: { Type: 'Pass', Parameters: { 'n.$': '$.n' }, End: true },
  };
}
