import { expect } from 'vitest';
import type { Fact } from '#engine/flow';
import { epoch } from '#engine/time';
import { FLOW_FORMAT, type FlowRecord } from '#ports/flow-record';
import type { Incarnation } from '#ports/ids';
import type { CommitFlow } from '#ports/write';
import {
  apply,
  incarnation,
  position,
  put,
  putOwned,
  read,
  sample,
  T0,
  takeOver,
  without,
} from '#test/contract/samples';
import type { Suite } from '#test/contract/subject';

type Owned = FlowRecord & { readonly owner: Incarnation };

/** The record one commit on, still owned. */
export const progressed = (flow: Owned, over: Partial<FlowRecord> = {}): Owned => ({
  ...flow,
  seq: flow.seq + 1,
  claims: 0,
  position: position({ at: `State${flow.seq + 1}`, step: flow.seq + 2, input: { n: flow.seq } }),
  updated: epoch(flow.updated + 10),
  ...over,
  owner: flow.owner,
});

/** The fenced write from one record to the next. */
export const commitOf = (was: Owned, flow: FlowRecord, facts: readonly Fact[] = []): CommitFlow => ({
  kind: 'commit',
  flow,
  if: { owner: was.owner, term: was.term, seq: was.seq },
  facts,
});

/** The one fenced write of a flow (L1). */
export function commits(s: Suite): void {
  s.test('a commit replaces the record', async () => {
    const was = await putOwned(s);
    const next = progressed(was);
    expect((await apply(s, commitOf(was, next))).ok).toBe(true);
    expect(await read(s, was.id)).toEqual(next);
  });

  s.test('commits follow one another from claim to end', async () => {
    const flow = await put(s);
    const owner = incarnation(s);
    const claim = { kind: 'claim', flow: flow.id, if: { term: 1, claimable: { dueBy: T0 } }, owner, now: T0 } as const;
    expect((await s.subject.commit([claim])).ok).toBe(true);
    let was: Owned = { ...flow, status: 'Owned', owner, term: 2, claims: 1 };
    for (let i = 0; i < 12; i++) {
      const next = progressed(was);
      expect((await s.subject.commit([commitOf(was, next, [['step', T0, i]])])).ok).toBe(true);
      expect(await read(s, flow.id)).toEqual(next);
      was = next;
    }
    const outcome = { status: 'Succeeded', output: { done: true } } as const;
    const end: FlowRecord = { ...without(progressed(was), 'owner'), status: 'Succeeded', term: 3, outcome };
    expect((await s.subject.commit([commitOf(was, end)])).ok).toBe(true);
    expect(await read(s, flow.id)).toEqual(end);
  });

  s.test('a commit drops the members that the new record has not', async () => {
    const was = await putOwned(s, {
      split: 3,
      left: { seq: 1, branches: 2, cancel: false },
      takenOver: takeOver(sample(s)),
    });
    const next = without(progressed(was), 'split', 'left', 'takenOver') as FlowRecord;
    expect((await apply(s, commitOf(was, next))).ok).toBe(true);
    expect(await read(s, was.id)).toEqual(next);
  });

  s.test('a commit may set queue, needs, split and left', async () => {
    const was = await putOwned(s);
    const first = progressed(was, { queue: 'gpu', needs: 'resize', split: 1 });
    expect((await apply(s, commitOf(was, first))).ok).toBe(true);
    expect(await read(s, was.id)).toEqual(first);
    const second = without(
      progressed(first, { needs: '', left: { seq: 1, branches: 2, cancel: true } }),
      'split',
    ) as Owned;
    expect((await apply(s, commitOf(first, second))).ok).toBe(true);
    expect(await read(s, was.id)).toEqual(second);
  });

  s.test('a flow keeps its format, and of a newer one is read what moves it', async () => {
    const flow = await put(s, { format: FLOW_FORMAT + 1, queue: 'gpu' });
    const { position: _position, ...moves } = flow;
    expect(await read(s, flow.id)).toMatchObject(moves);
  });

  s.test('a release clears the owner and may wait', async () => {
    const was = await putOwned(s);
    const waits = { for: 'time', due: epoch(T0 + 60_000) } as const;
    const next: FlowRecord = { ...without(progressed(was), 'owner'), status: 'Waiting', term: 3, waits };
    expect((await apply(s, commitOf(was, next))).ok).toBe(true);
    expect(await read(s, was.id)).toEqual(next);
  });

  s.test('a commit leaves `redrives` as stored', async () => {
    const was = await putOwned(s);
    await apply(s, { kind: 'markRedriven', flow: was.id, redrives: 2 });
    const next = progressed(was);
    expect((await apply(s, commitOf(was, next))).ok).toBe(true);
    expect(await read(s, was.id)).toEqual({ ...next, redrives: 2 });
  });

  const wrong: [title: string, fence: (was: Owned) => CommitFlow['if']][] = [
    ['another owner', (was) => ({ owner: 'somebody-else' as Incarnation, term: was.term, seq: was.seq })],
    ['a lower term', (was) => ({ owner: was.owner, term: was.term - 1, seq: was.seq })],
    ['a higher term', (was) => ({ owner: was.owner, term: was.term + 1, seq: was.seq })],
    ['a lower seq (L1)', (was) => ({ owner: was.owner, term: was.term, seq: was.seq - 1 })],
    ['a higher seq', (was) => ({ owner: was.owner, term: was.term, seq: was.seq + 1 })],
  ];
  for (const [title, fence] of wrong) {
    s.test(`a commit for ${title} is refused`, async () => {
      const was = await putOwned(s, { seq: 4 });
      const result = await apply(s, { ...commitOf(was, progressed(was), [['never', T0]]), if: fence(was) });
      expect(result.ok).toBe(false);
      expect(await read(s, was.id)).toEqual(was);
      expect(await s.subject.store.readFacts(was.id, -1, 10)).toEqual([]);
    });
  }

  s.test('a commit of a flow that was released is refused', async () => {
    const was = await putOwned(s);
    await apply(s, commitOf(was, { ...without(progressed(was), 'owner'), status: 'Queued', term: 3 }));
    const released = await read(s, was.id);
    expect((await apply(s, commitOf(was, progressed(was)))).ok).toBe(false);
    expect(await read(s, was.id)).toEqual(released);
  });

  s.test('a commit of a flow that is not there is refused', async () => {
    const ghost = { ...sample(s), status: 'Owned', owner: incarnation(s) } as Owned;
    expect((await apply(s, commitOf(ghost, progressed(ghost)))).ok).toBe(false);
    expect(await s.subject.store.readFlow(ghost.id)).toBeUndefined();
  });

  s.test('a repeated commit is refused (L1)', async () => {
    const was = await putOwned(s);
    const write = commitOf(was, progressed(was), [['once', T0]]);
    expect((await apply(s, write)).ok).toBe(true);
    expect((await apply(s, write)).ok).toBe(false);
    expect(await s.subject.store.readFacts(was.id, -1, 10)).toHaveLength(1);
  });

  s.test('of many commits of one seq exactly one is accepted (L1)', async () => {
    const was = await putOwned(s);
    const writes = Array.from({ length: 40 }, (_, i) =>
      commitOf(was, progressed(was, { needs: `n${i}` }), [['try', T0, i]]),
    );
    const results = await Promise.all(writes.map((write) => s.subject.commit([write])));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    const winner = results.findIndex(({ ok }) => ok);
    expect((await read(s, was.id)).needs).toBe(`n${winner}`);
    expect(await s.subject.store.readFacts(was.id, -1, 10)).toEqual([
      { seq: 1, term: 2, facts: [['try', T0, winner]] },
    ]);
  });

  s.test('a condition that is absent is not checked', async () => {
    const was = await putOwned(s, { seq: 2 });
    const next = progressed(was);
    expect((await apply(s, { kind: 'commit', flow: next, if: { seq: 2 }, facts: [] })).ok).toBe(true);
    expect((await apply(s, { kind: 'commit', flow: progressed(next), if: { term: 2 }, facts: [] })).ok).toBe(true);
    expect((await read(s, was.id)).seq).toBe(4);
  });
}
