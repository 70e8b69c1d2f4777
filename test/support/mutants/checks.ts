import { isTerminal } from '#ports/flow-record';
import { childFlow, type FlowId } from '#ports/ids';
import { topNode } from '#scheduler/join-tree';
import type { Mutate } from '#test/sim/ports-of';
import { type Mutant, withMethods } from '#test/support/mutants/mutant';

/** The scenarios of PROTOCOL-CHECKS.md that are neither a condition nor an order of one commit. */
export const CHECKS: readonly Mutant[] = [
  { rule: 'A', name: 'leases name flows without their term', mutate: leasesWithoutTerms },
  { rule: 'B', name: 'a past message is deleted without the after-commit steps', mutate: pastDropped },
  { rule: 'C', name: 'the witness is dropped as the child leaves its row', mutate: witnessDropped },
  {
    rule: 'D',
    name: 'a beat leaves out a flow that has ended',
    features: ['laggy'],
    mutate: ({ store }) => ({ store: (s) => beatsWithout(s, (id) => ended(store, id)) }),
  },
  { rule: 'F', name: 'a take-over writes back the whole record', mutate: wholeRecord },
  { rule: 'H', name: 'an empty row wakes whatever the parent waits for', mutate: wakesAnything },
  { rule: 'I', name: 'an empty join row is dropped before the parent has committed', mutate: rowsDroppedEarly },
  { rule: 'J', name: 'only who empties the row wakes', mutate: onlyRemoverWakes },
  { rule: 'K', name: 'a message that is too early is dropped', mutate: earlyDropped },
  { rule: 'L', name: 'the control row is read before the claim', mutate: controlBeforeClaim },
  { rule: 'M', name: 'a control message is done after its first delivery', mutate: controlOnce },
  { rule: 'N', name: 'an unknown claim is taken for a refused one', mutate: unknownIsRefused },
  { rule: 'O', name: 'a missing lease is taken for a living one', mutate: missingLives },
  { rule: 'P', name: 'the census looks at queued and due flows alone', mutate: narrowCensus },
  { rule: 'Q', name: 'the parent does not look after its release', mutate: noSecondLook },
];

type Truth = Parameters<Mutate>[0];
type Store = Truth['store'];

const ended = (truth: Store, id: FlowId): boolean => {
  const flow = truth.flows.get(id);
  return flow !== undefined && isTerminal(flow.status);
};

const beatsWithout = (store: Parameters<typeof withMethods>[0], out: (id: FlowId) => boolean) =>
  withMethods(store, { beat: (beat) => store.beat({ ...beat, flows: beat.flows.filter(({ flow }) => !out(flow)) }) });

function leasesWithoutTerms({ store: truth }: Truth): ReturnType<Mutate> {
  return {
    store: (store) =>
      withMethods(store, {
        readLease: async (incarnation) => {
          const lease = await store.readLease(incarnation);
          return (
            lease && {
              ...lease,
              flows: lease.flows.map(({ flow, term }) => ({ flow, term: truth.flows.get(flow)?.term ?? term })),
            }
          );
        },
      }),
  };
}

function pastDropped({ store: truth }: Truth): ReturnType<Mutate> {
  return {
    queue: (queue) => ({
      ...queue,
      receive: async (options) => {
        const received = await queue.receive(options);
        const past = received.filter(({ message }) => message.kind === 'flow' && ended(truth, message.flow));
        for (const it of past) await queue.done(it);
        return received.filter((it) => !past.includes(it));
      },
    }),
  };
}

function witnessDropped({ store: truth, queue: messages }: Truth): ReturnType<Mutate> {
  const left = new Set<FlowId>();
  return {
    store: (store) =>
      withMethods(
        beatsWithout(store, (id) => left.has(id)),
        {
          leaveJoin: (flow, seq, node, change) => {
            const child =
              change.remove === undefined || !node.startsWith('0.') ? undefined : childFlow(flow, seq, change.remove);
            const answer = store.leaveJoin(flow, seq, node, change);
            if (child && ended(truth, child)) {
              left.add(child);
              for (const [id, { message }] of messages.entries)
                if (message.kind === 'flow' && message.flow === child) messages.entries.delete(id);
            }
            return answer;
          },
        },
      ),
  };
}

function wholeRecord({ store: truth }: Truth): ReturnType<Mutate> {
  return {
    store: (store) =>
      withMethods(store, {
        apply: async (write) => {
          if (write.kind !== 'takeOver') return store.apply(write);
          const read = truth.flows.get(write.flow);
          const result = await store.apply(write);
          const after = truth.flows.get(write.flow);
          if (result.ok && read && after)
            truth.flows.set(write.flow, { ...after, seq: read.seq, position: read.position });
          return result;
        },
      }),
  };
}

function wakesAnything({ store: truth }: Truth): ReturnType<Mutate> {
  return {
    store: (store) =>
      withMethods(store, {
        leaveJoin: async (flow, seq, node, change) => {
          const row = await store.leaveJoin(flow, seq, node, change);
          const parent = truth.flows.get(flow);
          if ((!row || row.open.length === 0) && parent?.status === 'Waiting' && parent.split !== seq) {
            await truth.apply({ kind: 'wake', flow, if: { term: parent.term } });
          }
          return row;
        },
      }),
  };
}

function rowsDroppedEarly(): ReturnType<Mutate> {
  return {
    server: (store) =>
      withMethods(store, {
        leaveJoin: async (flow, seq, node, change) => {
          const row = await store.leaveJoin(flow, seq, node, change);
          if (row?.open.length === 0) await store.apply({ kind: 'dropJoin', flow, seq, node });
          return row;
        },
      }),
  };
}

function onlyRemoverWakes({ store: truth }: Truth): ReturnType<Mutate> {
  return {
    store: (store) =>
      withMethods(store, {
        leaveJoin: async (flow, seq, node, change) => {
          const there = truth.joins.get(`${flow}#${seq}#${node}`);
          const mine = change.remove === undefined || there?.open.includes(change.remove);
          const row = await store.leaveJoin(flow, seq, node, change);
          return row && !mine ? { ...row, open: [-1] } : row;
        },
      }),
  };
}

function earlyDropped({ store: truth }: Truth): ReturnType<Mutate> {
  return {
    queue: (queue) => ({
      ...queue,
      receive: async (options) => {
        const received = await queue.receive(options);
        const early = received.filter(
          ({ message }) => message.kind === 'flow' && (truth.flows.get(message.flow)?.term ?? 0) < message.term,
        );
        for (const it of early) await queue.done(it);
        return received.filter((it) => !early.includes(it));
      },
    }),
  };
}

function controlBeforeClaim({ store: truth }: Truth): ReturnType<Mutate> {
  const seen = new Map<FlowId, ReturnType<typeof truth.controls.get>>();
  return {
    store: (store) =>
      withMethods(store, {
        apply: (write) => {
          if (write.kind === 'claim') {
            const root = write.flow.split('/')[0] as FlowId;
            if (!seen.has(root)) seen.set(root, truth.controls.get(root));
          }
          return store.apply(write);
        },
        readControl: async (root) => {
          const now = await store.readControl(root);
          return seen.has(root) ? seen.get(root) : now;
        },
        command: async () => {},
      }),
  };
}

function controlOnce(): ReturnType<Mutate> {
  return {
    queue: (queue) => ({
      ...queue,
      later: (received, delayMs) =>
        received.message.kind === 'control' ? queue.done(received) : queue.later(received, delayMs),
    }),
  };
}

function unknownIsRefused(): ReturnType<Mutate> {
  return {
    store: (store) => {
      const doubted = new Set<FlowId>();
      return withMethods(store, {
        apply: async (write) => {
          if (write.kind !== 'claim') return store.apply(write);
          try {
            return await store.apply(write);
          } catch {
            doubted.add(write.flow);
            return { ok: false };
          }
        },
        readFlow: async (id) => {
          const flow = await store.readFlow(id);
          if (!flow || !doubted.has(id)) return flow;
          const { owner: _owner, ...rest } = flow;
          return { ...rest, owner: 'nobody' as NonNullable<typeof flow.owner> };
        },
        readLease: async (incarnation) => (await store.readLease(incarnation)) ?? anyLease(await store.listLeases()),
      });
    },
  };
}

const anyLease = <T extends { readonly flows: unknown; readonly condemned?: unknown }>(
  leases: readonly T[],
): T | undefined => leases.find((lease) => !lease.condemned);

function missingLives(): ReturnType<Mutate> {
  return {
    store: (store) =>
      withMethods(store, {
        readLease: async (incarnation) => {
          const lease = await store.readLease(incarnation);
          const other = lease ?? anyLease(await store.listLeases());
          return lease ?? (other && { ...other, incarnation, flows: [] });
        },
      }),
  };
}

function narrowCensus(): ReturnType<Mutate> {
  return {
    store: (store) =>
      withMethods(store, {
        census: async (now, cursor) => {
          const page = await store.census(now, cursor);
          return {
            ...page,
            items: page.items.filter(({ status, waits }) => status === 'Queued' || waits?.for === 'time'),
          };
        },
      }),
  };
}

function noSecondLook({ store: truth }: Truth): ReturnType<Mutate> {
  return {
    store: (store) =>
      withMethods(store, {
        readJoin: async (flow, seq, nodes) => {
          const rows = await store.readJoin(flow, seq, nodes);
          const looks =
            truth.flows.get(flow)?.status === 'Waiting' &&
            nodes.length === 1 &&
            nodes[0] === topNode(rows[0]?.open.length ?? 1);
          return looks ? rows.map(() => undefined) : rows;
        },
      }),
  };
}
