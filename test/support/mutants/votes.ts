import type { WatchedLease } from '#ports/lease';
import { calls, type Mutant } from '#test/support/mutants/mutant';

const refreshed = <L extends WatchedLease>(lease: L): L => ({
  ...lease,
  ...(lease.votes && { votes: lease.votes.map((vote) => ({ ...vote, beat: lease.beat })) }),
});

/** What it takes to be taken for dead before the window has passed. */
export const VOTES: readonly Mutant[] = [
  {
    rule: 'votes',
    name: 'one sign is enough',
    features: ['hosts'],
    mutate: calls((store) => ({
      vote: async (incarnation, vote) => {
        const votes = await store.vote(incarnation, vote);
        return votes && [...votes, { ...vote, kind: vote.kind === 'event' ? 'answer' : 'event' }];
      },
    })),
  },
  {
    rule: 'votes',
    name: 'a vote that came before the last beat counts',
    features: ['hosts'],
    mutate: calls((store) => ({
      listLeases: async () => (await store.listLeases()).map(refreshed),
      watchedLeases: async () => (await store.watchedLeases()).map(refreshed),
    })),
  },
];
