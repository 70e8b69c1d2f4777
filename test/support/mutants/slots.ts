import { applied, type Mutant } from '#test/support/mutants/mutant';

/** Triggers and their slots (L9). */
export const SLOTS: readonly Mutant[] = [
  {
    rule: 'L9',
    name: 'a slot is noted whatever was noted before',
    features: ['slots'],
    mutate: applied((store, truth) => ({
      writeSetting: (key, value) => store.writeSetting(key, value, truth.store.settings.get(key)),
    })),
  },
  {
    rule: 'L9',
    name: 'a slot is noted before its run is started',
    features: ['slots'],
    mutate: ({ store: truth }) => ({
      commit: (commit) => async (writes) => {
        const put = writes.find((write) => write.kind === 'putFlow');
        const slot = put?.kind === 'putFlow' ? slotOf(put.flow.run) : undefined;
        for (const [key, was] of truth.settings)
          if (slot !== undefined && key.startsWith('trigger.')) await truth.writeSetting(key, slot, was);
        return commit(writes);
      },
    }),
  },
];

/** The moment that a scheduled run's name tells. */
function slotOf(run: string): number | undefined {
  const [, date, hour, minute, second] = /^scheduled:(.*T)(\d\d)-(\d\d)-(\d\d)Z$/.exec(run) ?? [];
  return date === undefined ? undefined : Date.parse(`${date}${hour}:${minute}:${second}Z`);
}
