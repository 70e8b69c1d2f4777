import type { Json } from '#engine/json';
import { applied, calls, type Mutant } from '#test/support/mutants/mutant';

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
  {
    rule: 'L9',
    name: 'what a message was sent for counts as started',
    features: ['slotsAhead', 'lossy'],
    mutate: calls((store, truth) => ({
      readSetting: async (key) => {
        const noted = (await store.readSetting(key)) as unknown as { fired: number; sent?: number } | undefined;
        if (!key.startsWith('trigger.ahead.') || noted?.sent === undefined) return noted as Json | undefined;
        return { ...noted, fired: Math.max(noted.fired, noted.sent) };
      },
      // Else the tick would notice that the row is another than it read.
      writeSetting: (key, value, was) =>
        store.writeSetting(key, value, key.startsWith('trigger.ahead.') ? truth.store.settings.get(key) : was),
    })),
  },
];

/** The moment that a scheduled run's name tells. */
function slotOf(run: string): number | undefined {
  const [, date, hour, minute, second] = /^scheduled:(.*T)(\d\d)-(\d\d)-(\d\d)Z$/.exec(run) ?? [];
  return date === undefined ? undefined : Date.parse(`${date}${hour}:${minute}:${second}Z`);
}
