import type { Write } from '#ports/write';
import { before, eachWrite, endsTime, has, last, type Mutant, reordered } from '#test/support/mutants/mutant';

const isRedrive = (writes: readonly Write[]) => has('markRedriven')(writes) && has('putFlow')(writes);

/** Redrives, and what is parked. */
export const REDRIVES: readonly Mutant[] = [
  {
    rule: 'redrive',
    name: 'redrive: message after the root',
    features: ['redrives'],
    mutate: last(['send'], isRedrive),
  },
  {
    rule: 'redrive',
    name: 'redrive: deadline message after the root',
    features: ['redrives', 'deadlines'],
    mutate: reordered((writes) =>
      isRedrive(writes) ? [...writes.filter((w) => !endsTime(w)), ...writes.filter(endsTime)] : writes,
    ),
  },
  {
    rule: 'redrive',
    name: 'redrive: noted before its root is there',
    features: ['redrives'],
    mutate: reordered((writes) => (isRedrive(writes) ? [writes.at(-1)!, ...writes.slice(0, -1)] : writes)),
  },
  {
    rule: 'redrive',
    name: 'the note of a redrive may fall',
    features: ['laggy', 'redrives'],
    mutate: before('markRedriven', (store, { flow: id }) => {
      const flow = store.flows.get(id);
      if (flow) store.flows.set(id, { ...flow, redrives: -1 });
    }),
  },
  {
    rule: 'redrive',
    name: 'the claimer of a redriven root does not note the redrive',
    features: ['stormy', 'redrives', 'strangers'],
    mutate: reordered((writes) => writes.filter(({ kind }) => kind !== 'markRedriven' || isRedrive(writes))),
  },
  {
    rule: 'park',
    name: 'what is let go on keeps its claims',
    mutate: eachWrite((write) => {
      if (write.kind !== 'wake') return write;
      const { claims: _claims, ...rest } = write;
      return rest;
    }),
  },
];
