import { type EpochMs, epoch } from '#engine/time';
import type { FlowRecord } from '#ports/flow-record';
import { functionOf, type Incarnation } from '#ports/ids';
import type { Mutate } from '#test/sim/ports-of';
import { calls, type Mutant, withMethods } from '#test/support/mutants/mutant';

/** Flows that functions own, without a lease. */
export const FUNCTIONS: readonly Mutant[] = [
  {
    rule: 'deadline',
    name: 'a function that has no lease is taken for dead at once',
    features: ['functions'],
    mutate: endsAt(() => epoch(0)),
  },
  {
    rule: 'deadline',
    name: 'the time of a function is never up',
    features: ['functions'],
    mutate: endsAt((until) => epoch(until + 1e10)),
  },
  {
    rule: 'P',
    name: 'the census passes over flows of functions',
    features: ['lossy', 'functions'],
    mutate: calls((store) => ({
      census: async (now, cursor) => {
        const page = await store.census(now, cursor);
        return { ...page, items: page.items.filter(({ owner }) => !functionOf(owner)) };
      },
    })),
  },
  {
    rule: 'witness',
    name: 'the message of a flow is deleted as a function claims it',
    features: ['functions'],
    mutate: ({ store: truth, queue }) => ({
      store: (store) =>
        withMethods(store, {
          apply: async (write) => {
            const result = await store.apply(write);
            if (write.kind !== 'claim' || !functionOf(truth.flows.get(write.flow)?.owner)) return result;
            for (const [id, { message }] of queue.entries)
              if (message.kind === 'flow' && message.flow === write.flow) queue.entries.delete(id);
            return result;
          },
        }),
    }),
  },
  {
    rule: 'witness',
    name: 'what a function could not deal with is deleted with the rest',
    features: ['functions'],
    mutate: (_truth, { name }) => ({
      queue: (queue) => (isFunction(name) ? { ...queue, later: (received) => queue.done(received) } : queue),
    }),
  },
];

const isFunction = (process: string): boolean => /^f\d/.test(process);

/** Others than the owner read another end of a function's time than the one that stands in its name. */
function endsAt(change: (until: EpochMs) => EpochMs): Mutate {
  return ({ store: truth }, { name }) => {
    const seen = <T extends FlowRecord | undefined>(flow: T): T => {
      const time = functionOf(flow?.owner);
      if (!flow?.owner || !time || name.startsWith(`${time.name}.`)) return flow;
      return { ...flow, owner: flow.owner.replace(/\d+$/, `${change(time.until)}`) as Incarnation };
    };
    return {
      store: (store) =>
        withMethods(store, {
          readFlow: async (id) => seen(await store.readFlow(id)),
          census: async (now, cursor) => {
            const page = await store.census(now, cursor);
            return { ...page, items: page.items.map(seen) };
          },
          apply: (write) => {
            const owner = write.kind === 'takeOver' ? truth.flows.get(write.flow)?.owner : undefined;
            if (write.kind !== 'takeOver' || !functionOf(owner)) return store.apply(write);
            return store.apply({ ...write, if: { ...write.if, owner: owner! } });
          },
        }),
    };
  };
}
