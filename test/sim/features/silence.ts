import type { Machine } from '#test/sim/cases';
import { type Feature, redefine } from '#test/sim/features/feature';
import { asks, machinesOf } from '#test/sim/machines';

/** Beside a branch that fails, one that waits for an answer that never comes: nothing but the cancel of the split that was left ends it. */
export const silence: Feature = {
  odds: 0.25,
  cases: (cases, random) =>
    redefine(cases, ({ definition }) => {
      for (const { States } of [...machinesOf(definition)]) {
        for (const [name, state] of Object.entries(States)) {
          if (state.Type !== 'Parallel' || !state.Catch || !random.chance(0.7)) continue;
          const mute = `silent-${name}`;
          const branch: Machine = { StartAt: mute, States: { [mute]: { Type: 'Task', ...asks('mute'), End: true } } };
          (state.Branches as unknown as Machine[]).push(branch);
        }
      }
      return undefined;
    }),
};
