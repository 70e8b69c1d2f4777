import type { MapRun } from '#engine/flow';
import { isTerminal } from '#ports/flow-record';
import type { StoreWrite, Write } from '#ports/write';
import { topNode } from '#scheduler/join-tree';
import { calls, eachWrite, type Mutant, reordered } from '#test/support/mutants/mutant';

/** Splits, joins, and children that nobody waits for any more. */
export const SPLITS: readonly Mutant[] = [
  { rule: 'order', name: 'split: children before the commit that stands at it', mutate: intentLast() },
  {
    rule: 'order',
    name: 'a child that failed leaves its row before it notes that',
    features: ['fragile'],
    mutate: failureLast(),
  },
  {
    rule: 'I',
    name: 'join rows are never cleared away',
    mutate: reordered((w) => w.filter((x) => x.kind !== 'dropJoin')),
  },
  {
    rule: 'J',
    name: 'an empty row does not leave the row above it',
    features: ['wide'],
    mutate: calls((store) => ({
      leaveJoin: async (flow, seq, node, change) => {
        if (node.startsWith('0.') || change.remove === undefined) return store.leaveJoin(flow, seq, node, change);
        return { flow, seq, node, open: [change.remove] };
      },
    })),
  },
  {
    rule: 'J',
    name: 'a failure is noted in a lower row than the top one',
    features: ['wide'],
    mutate: calls((store) => ({
      leaveJoin: (flow, seq, node, change) =>
        store.leaveJoin(flow, seq, change.failed !== undefined && node === '1.0' ? '0.0' : node, change),
    })),
  },
  {
    rule: 'rounds',
    name: 'a distributed Map forgets where its next round begins',
    features: ['mapRuns'],
    mutate: eachWrite(mapAs((map) => ({ ...map, next: null }))),
  },
  {
    rule: 'rounds',
    name: 'a distributed Map forgets the rounds before',
    features: ['mapRuns'],
    mutate: eachWrite(mapAs((map) => ({ ...map, rounds: [] }))),
  },
  {
    rule: 'rounds',
    name: 'a distributed Map forgets where the children of its round begin',
    features: ['mapRuns'],
    mutate: eachWrite(mapAs((map) => ({ ...map, starts: [] }))),
  },
  {
    rule: 'rounds',
    name: 'a child forgets that its failure is tolerated',
    features: ['mapRuns'],
    mutate: eachWrite((write) => {
      if (write.kind !== 'putFlow' || write.flow.parent?.tolerant === undefined) return write;
      const { tolerant: _, ...parent } = write.flow.parent;
      return { ...write, flow: { ...write.flow, parent } };
    }),
  },
  {
    rule: 'orphan',
    name: 'the message of a child that was never made is kept',
    features: ['deadlines', 'tardy'],
    mutate: orphans({ ok: true, existed: true }),
  },
  {
    rule: 'orphan',
    name: 'the message of a child that was never made is dropped, and the child not put',
    features: ['deadlines', 'tardy'],
    mutate: orphans({ ok: true, existed: false }),
  },
  {
    rule: 'B',
    name: 'a past message of a flow that goes on is deleted without the after-commit steps',
    features: ['patient', 'fragile'],
    mutate: ({ store: truth }) => ({
      queue: (queue) => ({
        ...queue,
        receive: async (options) => {
          const received = await queue.receive(options);
          const past = received.filter(({ message }) => {
            const flow = message.kind === 'flow' ? truth.flows.get(message.flow) : undefined;
            const term = message.kind === 'flow' ? message.term : 0;
            return flow?.status === 'Waiting' && term < flow.term;
          });
          for (const it of past) await queue.done(it);
          return received.filter((it) => !past.includes(it));
        },
      }),
    }),
  },
];

/** A commit of a flow at a distributed Map with another note of how far it is. */
function mapAs(change: (map: MapRun) => MapRun) {
  return (write: StoreWrite): StoreWrite => {
    if (write.kind !== 'commit' || !write.flow.position.map) return write;
    const position = { ...write.flow.position, map: change(write.flow.position.map) };
    return { ...write, flow: { ...write.flow, position } };
  };
}

/** Keeps the commit that stands at a split back until the children are there. */
function intentLast(): Mutant['mutate'] {
  return () => ({
    commit: (commit) => {
      const kept = new Map<string, readonly Write[]>();
      return async (writes) => {
        const fenced = writes.at(-1);
        if (fenced?.kind === 'commit' && fenced.flow.status === 'Owned' && fenced.flow.split === fenced.flow.seq) {
          kept.set(fenced.flow.id, writes);
          return { ok: true };
        }
        const row = writes.find((write) => write.kind === 'putJoin');
        const intent = row?.kind === 'putJoin' ? kept.get(row.row.flow) : undefined;
        if (row?.kind !== 'putJoin' || !intent) return commit(writes);
        kept.delete(row.row.flow);
        await commit(writes);
        return commit(intent);
      };
    },
  });
}

function failureLast(): Mutant['mutate'] {
  return calls((store) => {
    const failed = new Map<string, number>();
    return {
      leaveJoin: async (flow, seq, node, change) => {
        const key = `${flow}#${seq}`;
        if (change.failed !== undefined) {
          failed.set(`${key}#${change.failed}`, change.failed);
          return (await store.readJoin(flow, seq, [node]))[0];
        }
        const row = await store.leaveJoin(flow, seq, node, change);
        const index = failed.get(`${key}#${change.remove}`);
        if (index !== undefined && row && node === topNode(1)) {
          failed.delete(`${key}#${index}`);
          await store.leaveJoin(flow, seq, node, { failed: index });
        }
        return row;
      },
    };
  });
}

/** What becomes of a child that is put as ended. */
function orphans({ ok, existed }: { readonly ok: boolean; readonly existed: boolean }): Mutant['mutate'] {
  return () => ({
    commit: (commit) => async (writes) => {
      const [put] = writes;
      if (put?.kind !== 'putFlow' || !isTerminal(put.flow.status)) return commit(writes);
      return { ok, ...(existed && { existed: [put.flow] }) };
    },
  });
}
