import { type FlowRecord, isTerminal } from '#ports/flow-record';
import { standsAtSplit } from '#scheduler/after-commit';
import type { FeatureName } from '#test/sim/features/all';
import { calls, type Mutant, type Truth } from '#test/support/mutants/mutant';

/** The census (rule P), without each of the things that it looks after. */
export const CENSUS: readonly Mutant[] = [
  passesOver('queued flows', ({ status }) => status === 'Queued'),
  passesOver('owned flows', ({ status }) => status === 'Owned'),
  passesOver('waits for a time', ({ waits }) => waits?.for === 'time'),
  passesOver('waits for an answer', ({ waits }) => waits?.for === 'callback', ['strangers']),
  passesOver('children that have ended', ({ status, parent }) => isTerminal(status) && parent !== undefined, [
    'fragile',
  ]),
  passesOver('ended flows that left a split', ({ status, left }) => isTerminal(status) && left !== undefined, [
    'fragile',
  ]),
  passesOver(
    'children of a split that was left',
    ({ status, parent }, { store }) => {
      const above = parent && store.flows.get(parent.id);
      return above !== undefined && !isTerminal(status) && !standsAtSplit(above, parent!.seq);
    },
    ['silence'],
  ),
  {
    rule: 'P',
    name: 'the census does not look at deadlines',
    features: ['lossy', 'deadlines'],
    mutate: calls((store) => ({
      census: async (now, cursor) => {
        const page = await store.census(now, cursor);
        return { ...page, items: page.items.map(({ deadline: _deadline, ...flow }) => flow) };
      },
    })),
  },
];

function passesOver(
  what: string,
  isIt: (flow: FlowRecord, truth: Truth) => boolean,
  features: readonly FeatureName[] = [],
): Mutant {
  return {
    rule: 'P',
    name: `the census passes over ${what}`,
    features: ['lossy', ...features],
    mutate: calls((store, truth) => ({
      census: async (now, cursor) => {
        const page = await store.census(now, cursor);
        return { ...page, items: page.items.filter((flow) => !isIt(flow, truth)) };
      },
    })),
  };
}
