import { expect } from 'vitest';
import type { DirectClaimer } from '#ports/direct-claim';
import type { FlowRecord } from '#ports/flow-record';
import type { Write } from '#ports/write';
import { evidence, lease, read, sample, T0 } from '#test/contract/samples';
import type { Suite } from '#test/contract/subject';

/** Flows that are claimed by the commit that puts them. Where an adapter does not offer it, all of them wait for a receiver. */
export function directClaims(s: Suite): void {
  const messageOf = ({ id, queue, needs, term }: FlowRecord, delayMs = 0): Write => ({
    kind: 'send',
    message: { kind: 'flow', queue, flow: id, term, needs },
    delayMs,
  });
  const start = (flow: FlowRecord, delayMs = 0): Write[] => [
    messageOf(flow, delayMs),
    { kind: 'putFlow', flow, facts: [] },
  ];

  /** A worker with a lease and `places` for flows of one queue; its places are taken by what it is given. */
  async function claimerOf(queue: string, places: number, activities: readonly string[] = ['extract']) {
    const taken: FlowRecord[] = [];
    const made = lease(s);
    await s.subject.store.putLease(made);
    const claimer: DirectClaimer = {
      owner: made.incarnation,
      queues: [queue],
      activities: new Set(activities),
      places: () => places - taken.length,
      take: (flow) => taken.push(flow),
    };
    const withdraw = s.subject.directClaims?.add(claimer);
    return { owner: claimer.owner, taken, withdraw };
  }

  /** The flows whose messages are visible on a queue. */
  async function waiting(queue: string): Promise<string[]> {
    const received = await s.subject.queue.receive({ queues: [queue], max: 100, waitMs: 0, visibilityMs: 1_000 });
    return received.map(({ message }) => (message.kind === 'flow' ? message.flow : message.kind));
  }

  s.test('a flow is put as claimed, without its message, where a worker has a place', async () => {
    const queue = s.freshQueue();
    const { owner, taken, withdraw } = await claimerOf(queue, 1);
    const flow = sample(s, { queue });
    await s.subject.commit(start(flow));
    const offered = s.subject.directClaims !== undefined;
    const found = await read(s, flow.id);
    if (offered) {
      expect(found).toEqual({ ...flow, status: 'Owned', owner, term: 2, claims: 1 });
      expect(taken).toEqual([found]);
      // It is its owner's in every way: found by owner, fenced by its term.
      expect(await s.subject.store.ownedBy(owner)).toEqual([found]);
      const next = { ...found, seq: 1, claims: 0 };
      const fence = { owner, term: 2, seq: 0 };
      expect((await s.subject.commit([{ kind: 'commit', flow: next, if: fence, facts: [] }])).ok).toBe(true);
    } else expect([found, taken]).toEqual([flow, []]);
    expect(await waiting(queue)).toEqual(offered ? [] : [flow.id]);
    withdraw?.();
  });

  s.test('no more flows are put as claimed than there are places; the others wait', async () => {
    const queue = s.freshQueue();
    const { taken, withdraw } = await claimerOf(queue, 2);
    const flows = Array.from({ length: 5 }, () => sample(s, { queue }));
    await s.subject.commit([...flows.map((flow) => messageOf(flow)), ...flows.flatMap((flow) => start(flow).slice(1))]);
    const offered = s.subject.directClaims !== undefined;
    const ids = flows.map(({ id }) => id);
    expect(taken.map(({ id }) => id)).toEqual(offered ? ids.slice(0, 2) : []);
    expect((await waiting(queue)).sort()).toEqual((offered ? ids.slice(2) : ids).sort());
    withdraw?.();
  });

  s.test('what came first is run first: where a message waits, a flow that is put waits too', async () => {
    const queue = s.freshQueue();
    const [first, second] = [sample(s, { queue }), sample(s, { queue })];
    await s.subject.commit(start(first));
    const { taken, withdraw } = await claimerOf(queue, 5);
    await s.subject.commit(start(second));
    expect(taken).toEqual([]);
    expect((await waiting(queue)).sort()).toEqual([first.id, second.id].sort());
    withdraw?.();
  });

  s.test(
    'no flow is put as claimed by a worker of another queue, without its handler, or that has withdrawn',
    async () => {
      const [queue, other] = [s.freshQueue(), s.freshQueue()];
      const elsewhere = await claimerOf(other, 5);
      const unable = await claimerOf(queue, 5, ['load']);
      const gone = await claimerOf(queue, 5);
      gone.withdraw?.();
      const flow = sample(s, { queue });
      await s.subject.commit(start(flow));
      expect([elsewhere, unable, gone].map(({ taken }) => taken)).toEqual([[], [], []]);
      expect(await waiting(queue)).toEqual([flow.id]);
      elsewhere.withdraw?.();
      unable.withdraw?.();
    },
  );

  s.test('no flow is put as claimed by a worker whose lease is condemned or gone', async () => {
    const queue = s.freshQueue();
    const [condemned, gone] = [await claimerOf(queue, 5), await claimerOf(queue, 5)];
    await s.subject.store.condemn(condemned.owner, undefined, 'observer', evidence, T0);
    await s.subject.store.dropLease(gone.owner);
    const flow = sample(s, { queue });
    await s.subject.commit(start(flow));
    expect([condemned, gone].map(({ taken }) => taken)).toEqual([[], []]);
    expect(await waiting(queue)).toEqual([flow.id]);
    condemned.withdraw?.();
    gone.withdraw?.();
  });

  s.test('a flow that is there already, comes later or has no message is not claimed by a put', async () => {
    const queue = s.freshQueue();
    const [there, late, silent] = [sample(s, { queue }), sample(s, { queue }), sample(s, { queue })];
    await s.subject.commit([{ kind: 'putFlow', flow: there, facts: [] }]);
    const { taken, withdraw } = await claimerOf(queue, 5);
    await s.subject.commit([{ kind: 'putFlow', flow: silent, facts: [] }]);
    await s.subject.commit(start(late, 1_000));
    const { existed } = await s.subject.commit(start(there));
    expect(existed).toEqual([there]);
    expect(taken).toEqual([]);
    expect((await s.subject.store.readFlows([there.id, late.id, silent.id])).map((flow) => flow?.status)).toEqual([
      'Queued',
      'Queued',
      'Queued',
    ]);
    expect(await waiting(queue)).toEqual([there.id]);
    withdraw?.();
  });
}
