import type { FlowRecord } from '#ports/flow-record';
import type { Received } from '#ports/message';
import { flowMessage, send } from '#scheduler/messages';
import { applied, calls, type Mutant } from '#test/support/mutants/mutant';

/** Leases, take-overs, and flows that are claimed by the commit that puts them. */
export const LEASES: readonly Mutant[] = [
  {
    rule: 'beat',
    name: 'an older beat is accepted after a newer one',
    features: ['laggy'],
    mutate: applied((store, truth) => ({
      beat: (beat) =>
        store.beat({ ...beat, beat: Math.max(beat.beat, (truth.store.leases.get(beat.incarnation)?.beat ?? 0) + 1) }),
    })),
  },
  {
    rule: 'order',
    name: 'the lease of the dead goes before its list is done',
    mutate: applied((store) => ({
      readLease: async (incarnation) => {
        const lease = await store.readLease(incarnation);
        if (lease?.condemned) await store.dropLease(incarnation);
        return lease;
      },
    })),
  },
  {
    rule: 'N',
    name: 'an owner that may not know of its flow is not asked',
    features: ['laggy', 'lossy'],
    mutate: calls((store) => ({
      command: async (incarnation, command) => {
        if (command.verb !== 'adopt') await store.command(incarnation, command);
      },
    })),
  },
  {
    rule: 'failover',
    name: 'failover: off: what is taken over is queued',
    features: ['guarded'],
    mutate: ({ store: truth }) => ({
      commit: (commit) => (writes) => {
        const taken = writes.at(-1);
        const flow = taken?.kind === 'takeOver' ? truth.flows.get(taken.flow) : undefined;
        if (taken?.kind !== 'takeOver' || !flow || taken.record.status !== 'Parked') return commit(writes);
        return commit([
          send(flowMessage(flow, flow.term + 1)),
          { ...taken, record: { ...taken.record, status: 'Queued' } },
        ]);
      },
    }),
  },
  {
    rule: 'direct',
    name: 'the message of a flow that is claimed by its put is not kept as its witness',
    features: ['atomic'],
    mutate: ({ queue }) => ({
      directClaims: (claims) => ({
        add: (claimer) =>
          claims.add(
            Object.create(claimer, {
              take: {
                value(flow: FlowRecord, witness: Received) {
                  queue.entries.delete(Number(witness.receipt));
                  claimer.take(flow, witness);
                },
              },
            }),
          ),
      }),
    }),
  },
];
