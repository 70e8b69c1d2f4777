import { expect } from 'vitest';
import type { JoinRow, Write } from '#ports/write';
import { commitOf, progressed } from '#test/contract/commits';
import { flowMessage, peek, put, putOwned, read, receive, sample, T0 } from '#test/contract/samples';
import type { Suite } from '#test/contract/subject';

/** Ordered commits: what a refusal reports and leaves behind. */
export function ordering(s: Suite): void {
  const claimAt = (flow: { id: JoinRow['flow'] }, term: number): Write => ({
    kind: 'claim',
    flow: flow.id,
    if: { term, claimable: { dueBy: T0 } },
    owner: 'me' as never,
    now: T0,
  });
  const cancel = (flow: { id: JoinRow['flow'] }): Write => ({
    kind: 'putControl',
    row: { root: flow.id, verb: 'cancel', at: T0 },
  });

  s.test('an empty commit is accepted', async () => {
    expect(await s.subject.commit([])).toMatchObject({ ok: true });
  });

  s.test('a commit of many kinds applies them all', async () => {
    const queue = s.freshQueue();
    const was = await putOwned(s);
    const child = sample(s);
    const row: JoinRow = { flow: was.id, seq: 1, node: '0.0', open: [0, 1] };
    const result = await s.subject.commit([
      { kind: 'putJoin', row },
      { kind: 'send', message: flowMessage(queue, child.id), delayMs: 0 },
      { kind: 'putFlow', flow: child, facts: [] },
      cancel(was),
      commitOf(was, progressed(was), [['step', T0]]),
    ]);
    expect(result.ok).toBe(true);
    expect(await s.subject.store.readJoin(was.id, 1, ['0.0'])).toEqual([row]);
    expect((await receive(s, queue))[0]?.message).toEqual(flowMessage(queue, child.id));
    expect(await read(s, child.id)).toEqual(child);
    expect(await s.subject.store.readControl(was.id)).toEqual({ root: was.id, verb: 'cancel', at: T0 });
    expect((await read(s, was.id)).seq).toBe(1);
  });

  s.test('a refusal names the write and the flow it found; what comes after it is not done', async () => {
    const queue = s.freshQueue();
    const flow = await put(s, { term: 4 });
    const row: JoinRow = { flow: flow.id, seq: 1, node: '0.0', open: [0] };
    const result = await s.subject.commit([
      { kind: 'send', message: flowMessage(queue, flow.id, 4), delayMs: 0 },
      { kind: 'putJoin', row },
      claimAt(flow, 3),
      cancel(flow),
    ]);
    expect(result).toMatchObject({ ok: false, refused: 2 });
    if (result.found) expect(result.found).toEqual(flow);
    expect(await read(s, flow.id)).toEqual(flow);
    expect(await s.subject.store.readControl(flow.id)).toBeUndefined();
    const joins = await s.subject.store.readJoin(flow.id, 1, ['0.0']);
    // An atomic adapter never shows a prefix; the others show all that stood before the refused write.
    if (s.subject.atomic) {
      expect(joins).toEqual([undefined]);
      expect(await peek(s, queue)).toEqual([]);
    } else {
      expect(joins).toEqual([row]);
      expect(await receive(s, queue)).toHaveLength(1);
    }
  });

  s.test('of two fenced writes the second can be refused', async () => {
    const [first, second] = [await put(s), await put(s, { term: 7 })];
    const result = await s.subject.commit([claimAt(first, 1), claimAt(second, 6), cancel(first)]);
    expect(result).toMatchObject({ ok: false, refused: 1 });
    expect((await read(s, first.id)).status).toBe(s.subject.atomic ? 'Queued' : 'Owned');
    expect(await read(s, second.id)).toEqual(second);
    expect(await s.subject.store.readControl(first.id)).toBeUndefined();
  });

  s.test('a refused commit does not touch others made at the same time', async () => {
    const flows = await Promise.all(Array.from({ length: 30 }, () => put(s)));
    const results = await Promise.all(
      flows.map((flow, i) => s.subject.commit([cancel(flow), claimAt(flow, i % 3 === 0 ? 2 : 1)])),
    );
    expect(results.map(({ ok }) => ok)).toEqual(flows.map((_, i) => i % 3 !== 0));
    for (const [i, flow] of flows.entries())
      expect((await read(s, flow.id)).status).toBe(i % 3 === 0 ? 'Queued' : 'Owned');
  });

  s.test('a put that finds its flow does not stop the commit', async () => {
    const [there, later] = [await put(s), sample(s)];
    const writes = [there, later].map((flow): Write => ({ kind: 'putFlow', flow, facts: [] }));
    const result = await s.subject.commit([...writes, cancel(later)]);
    expect(result.ok).toBe(true);
    expect(result.existed).toEqual([there]);
    expect(await read(s, later.id)).toEqual(later);
    expect(await s.subject.store.readControl(later.id)).toBeDefined();
  });

  s.test('a repeated commit of puts changes nothing', async () => {
    const flow = sample(s);
    const row: JoinRow = { flow: flow.id, seq: 1, node: '0.0', open: [0, 1] };
    const writes: Write[] = [
      { kind: 'putJoin', row },
      { kind: 'putFlow', flow, facts: [] },
    ];
    await s.subject.commit(writes);
    await s.subject.store.leaveJoin(flow.id, 1, '0.0', { remove: 0 });
    expect((await s.subject.commit(writes)).ok).toBe(true);
    expect(await s.subject.store.readJoin(flow.id, 1, ['0.0'])).toEqual([{ ...row, open: [1] }]);
    expect(await read(s, flow.id)).toEqual(flow);
  });

  s.test('200 commits made at once are all accepted', async () => {
    const flows = Array.from({ length: 200 }, () => sample(s));
    const results = await Promise.all(flows.map((flow) => s.subject.commit([{ kind: 'putFlow', flow, facts: [] }])));
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect(await s.subject.store.readFlows(flows.map(({ id }) => id))).toEqual(flows);
  });
}
