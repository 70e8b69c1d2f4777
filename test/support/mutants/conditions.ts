import { epoch } from '#engine/time';
import { isTerminal } from '#ports/flow-record';
import type { CommitFlow } from '#ports/write';
import { eachWrite, type Mutant, withMethods, without } from '#test/support/mutants/mutant';

/** One mutant for each conditional write: its fence, or the part of it that stands for itself. */
export const CONDITIONS: readonly Mutant[] = [
  { rule: 'claim', name: 'claim without its term and status', mutate: without('claim', 'term', 'claimable') },
  { rule: 'G', name: 'claim without looking whether the flow is due by the item', mutate: claimAnyWaiting() },
  { rule: 'L1', name: 'commit without its fence (owner and term)', mutate: without('commit', 'owner', 'term') },
  { rule: 'L1', name: 'commit without its seq', mutate: without('commit', 'seq') },
  { rule: 'E', name: 'end and release without raising the term and clearing the owner', mutate: eachWrite(keepsTerm) },
  {
    rule: 'E',
    name: 'take-over without its owner, term and status',
    mutate: without('takeOver', 'owner', 'term', 'status'),
  },
  {
    rule: 'H',
    name: 'wake without its term, status and split',
    mutate: without('wake', 'term', 'status', 'split', 'callback'),
  },
  {
    rule: 'I',
    name: 'join rows put over what is there',
    features: ['laggy'],
    mutate: ({ store: truth }) => ({
      server: (store) =>
        withMethods(store, {
          apply: (write) => {
            if (write.kind === 'putJoin') truth.joins.delete(`${write.row.flow}#${write.row.seq}#${write.row.node}`);
            return store.apply(write);
          },
        }),
    }),
  },
  {
    rule: 'L9',
    name: 'flows put over what is there',
    mutate: ({ store: truth }) => ({
      store: (store) =>
        withMethods(store, {
          apply: async (write) => {
            const result = await store.apply(write);
            if (write.kind === 'putFlow' && result.existed) truth.flows.set(write.flow.id, write.flow);
            return result;
          },
        }),
    }),
  },
  {
    rule: 'park',
    name: 'park without its term and status',
    features: ['laggy', 'redrives'],
    mutate: without('park', 'term', 'status'),
  },
  {
    rule: 'park',
    name: 'a poison action is never parked',
    mutate: () => ({
      store: (store) =>
        withMethods(store, {
          readFlow: async (id) => {
            const flow = await store.readFlow(id);
            return flow && { ...flow, claims: 0 };
          },
        }),
    }),
  },
  {
    rule: 'L11',
    name: 'a beat of a condemned lease is accepted',
    mutate: () => ({ store: (store) => withMethods(store, { beat: async (beat) => (await store.beat(beat)) ?? [] }) }),
  },
  {
    rule: 'L11',
    name: 'a beat without an answer counts as proof',
    features: ['laggy'],
    mutate: () => ({
      store: (store) => withMethods(store, { beat: (beat) => store.beat(beat).catch(() => []) }),
    }),
  },
  {
    rule: 'condemn',
    name: 'a lease is condemned whatever its beat is',
    features: ['stormy', 'laggy'],
    mutate: () => ({
      store: (store) =>
        withMethods(store, {
          condemn: (incarnation, _beat, ...rest) => store.condemn(incarnation, undefined, ...rest),
        }),
    }),
  },
  {
    rule: 'condemn',
    name: 'take-over without condemning',
    mutate: ({ store: truth }) => ({
      store: (store) =>
        withMethods(store, {
          condemn: async () => true,
          readLease: async (incarnation) => {
            const lease = await store.readLease(incarnation);
            const still = lease && !lease.condemned && truth.leases.get(incarnation)?.beat === lease.beat;
            if (!still) return lease;
            const evidence = { kind: 'silence', text: 'Not condemned.' } as const;
            return { ...lease, condemned: { by: 'mutant', evidence, at: lease.beatAt } };
          },
        }),
    }),
  },
  {
    rule: 'L6',
    name: 'a checkpoint is saved whoever owns the flow',
    mutate: ({ store: truth }) => ({
      server: (store) =>
        withMethods(store, {
          saveCheckpoint: (checkpoint, term) => {
            truth.checkpoints.delete(`${checkpoint.flow}#${checkpoint.step}`);
            return store.saveCheckpoint(checkpoint, term);
          },
        }),
    }),
  },
];

function claimAnyWaiting(): Mutant['mutate'] {
  return () => ({
    store: (store) =>
      withMethods(store, {
        apply: (write) =>
          store.apply(
            write.kind === 'claim'
              ? { ...write, if: write.if.term === undefined ? {} : { term: write.if.term } }
              : write,
          ),
        readFlow: async (id) => {
          const flow = await store.readFlow(id);
          return flow?.waits?.for === 'time' ? { ...flow, waits: { for: 'time', due: epoch(0) } } : flow;
        },
      }),
  });
}

function keepsTerm(write: Parameters<Parameters<typeof eachWrite>[0]>[0]) {
  if (write.kind !== 'commit' || !isTerminal(write.flow.status)) return write;
  const { owner } = write.if;
  const flow: CommitFlow['flow'] = { ...write.flow, term: write.flow.term - 1, ...(owner && { owner }) };
  return { ...write, flow };
}
