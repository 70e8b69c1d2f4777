import { expect } from 'vitest';
import type { FlowRecord } from '#ports/flow-record';
import type { Incarnation } from '#ports/ids';
import type { StoreWrite } from '#ports/write';
import { apply, put, putOwned, read, sample, T0, takeOver, without } from '#test/contract/samples';
import type { Suite } from '#test/contract/subject';

/** Writes that move a flow without its owner: wake, take over, park, and the mark of a redrive. */
export function moves(s: Suite): void {
  const granted = async (flow: FlowRecord, write: StoreWrite, expected: object) => {
    expect((await apply(s, write)).ok).toBe(true);
    expect(await read(s, flow.id)).toEqual(expected);
  };
  const refusedAs = async (flow: FlowRecord, write: StoreWrite) => {
    expect((await apply(s, write)).ok).toBe(false);
    expect(await read(s, flow.id)).toEqual(flow);
  };
  const waitingForChildren = () => put(s, { status: 'Waiting', term: 3, seq: 2, waits: { for: 'children' }, split: 2 });
  const waitingForCallback = () =>
    put(s, { status: 'Waiting', term: 3, waits: { for: 'callback', key: '4.0', since: T0 } });

  s.test('a wake sets Queued and term + 1, clears `waits`, and nothing else', async () => {
    const flow = await waitingForChildren();
    const write = { kind: 'wake', flow: flow.id, if: { term: 3, status: 'Waiting', split: 2 } } as const;
    await granted(flow, write, { ...without(flow, 'waits'), status: 'Queued', term: 4 });
  });

  s.test('a wake by the callback it waits for is granted', async () => {
    const flow = await waitingForCallback();
    const write = { kind: 'wake', flow: flow.id, if: { term: 3, status: 'Waiting', callback: '4.0' } } as const;
    await granted(flow, write, { ...without(flow, 'waits'), status: 'Queued', term: 4 });
  });

  s.test('a wake may set the number of claims', async () => {
    const flow = await put(s, { status: 'Parked', term: 6, claims: 5 });
    const write = { kind: 'wake', flow: flow.id, if: { term: 6, status: 'Parked' }, claims: 0 } as const;
    await granted(flow, write, { ...flow, status: 'Queued', term: 7, claims: 0 });
  });

  s.test('a wake at another term is refused', async () => {
    const flow = await waitingForChildren();
    await refusedAs(flow, { kind: 'wake', flow: flow.id, if: { term: 2, split: 2 } });
    await refusedAs(flow, { kind: 'wake', flow: flow.id, if: { term: 4, split: 2 } });
  });

  s.test('a wake of another status is refused', async () => {
    const flow = await waitingForChildren();
    await refusedAs(flow, { kind: 'wake', flow: flow.id, if: { term: 3, status: 'Paused' } });
  });

  s.test('a wake for another split is refused (rule H)', async () => {
    const flow = await waitingForChildren();
    await refusedAs(flow, { kind: 'wake', flow: flow.id, if: { term: 3, split: 1 } });
    const other = await put(s, { status: 'Waiting', term: 3, split: 2, waits: { for: 'time', due: T0 } });
    await refusedAs(other, { kind: 'wake', flow: other.id, if: { term: 3, split: 2 } });
    const queued = await put(s, { term: 3, split: 2 });
    await refusedAs(queued, { kind: 'wake', flow: queued.id, if: { term: 3, split: 2 } });
  });

  s.test('a wake for another callback is refused', async () => {
    const flow = await waitingForCallback();
    await refusedAs(flow, { kind: 'wake', flow: flow.id, if: { term: 3, callback: '4.1' } });
    const other = await waitingForChildren();
    await refusedAs(other, { kind: 'wake', flow: other.id, if: { term: 3, callback: '4.0' } });
  });

  s.test('a repeated wake is refused', async () => {
    const flow = await waitingForChildren();
    const write = { kind: 'wake', flow: flow.id, if: { term: 3, status: 'Waiting', split: 2 } } as const;
    expect((await apply(s, write)).ok).toBe(true);
    expect((await apply(s, write)).ok).toBe(false);
    expect((await read(s, flow.id)).term).toBe(4);
  });

  s.test('a take-over sets Queued, term + 1 and the record, clears the owner, and nothing else (rule F)', async () => {
    const flow = await putOwned(s, { seq: 4, split: 4, claims: 2 });
    const record = takeOver(flow);
    const write = {
      kind: 'takeOver',
      flow: flow.id,
      if: { owner: flow.owner, term: 2, status: 'Owned' },
      record,
    } as const;
    await granted(flow, write, { ...without(flow, 'owner'), status: 'Queued', term: 3, takenOver: record });
  });

  s.test('a take-over whose record says so parks the flow, and a wake lets it go on (rule F)', async () => {
    const flow = await putOwned(s, { seq: 4, split: 4, claims: 2 });
    const record = { ...takeOver(flow), status: 'Parked' } as const;
    const fence = { owner: flow.owner, term: 2, status: 'Owned' } as const;
    const taken = { ...without(flow, 'owner'), term: 3, takenOver: record };
    await granted(flow, { kind: 'takeOver', flow: flow.id, if: fence, record }, { ...taken, status: 'Parked' });
    const claim = { term: 3, claimable: { dueBy: T0 } };
    const owner = 'heir' as Incarnation;
    expect((await apply(s, { kind: 'claim', flow: flow.id, if: claim, owner, now: T0 })).ok).toBe(false);
    const wake = { kind: 'wake', flow: flow.id, if: { term: 3, status: 'Parked' }, claims: 0 } as const;
    await granted(flow, wake, { ...taken, status: 'Queued', term: 4, claims: 0 });
  });

  s.test('a take-over from another owner is refused', async () => {
    const flow = await putOwned(s);
    const fence = { owner: 'other' as Incarnation, term: 2, status: 'Owned' } as const;
    await refusedAs(flow, { kind: 'takeOver', flow: flow.id, if: fence, record: takeOver(flow) });
  });

  s.test('a take-over at another term is refused', async () => {
    const flow = await putOwned(s);
    for (const term of [1, 3]) {
      const fence = { owner: flow.owner, term, status: 'Owned' } as const;
      await refusedAs(flow, { kind: 'takeOver', flow: flow.id, if: fence, record: takeOver(flow) });
    }
  });

  s.test('a take-over of what is not owned is refused (rule E, L7)', async () => {
    const flow = await put(s, { status: 'Waiting', waits: { for: 'children' }, split: 0 });
    await refusedAs(flow, {
      kind: 'takeOver',
      flow: flow.id,
      if: { term: 1, status: 'Owned' },
      record: takeOver(flow),
    });
    const ended = await put(s, { status: 'Succeeded', outcome: { status: 'Succeeded', output: 1 } });
    await refusedAs(ended, {
      kind: 'takeOver',
      flow: ended.id,
      if: { term: 1, status: 'Owned' },
      record: takeOver(ended),
    });
  });

  s.test('a parked flow is Parked at term + 1', async () => {
    const flow = await put(s, { claims: 5, term: 9 });
    await granted(
      flow,
      { kind: 'park', flow: flow.id, if: { term: 9, status: 'Queued' } },
      { ...flow, status: 'Parked', term: 10 },
    );
  });

  s.test('parking at another term or status is refused', async () => {
    const flow = await put(s, { term: 9 });
    await refusedAs(flow, { kind: 'park', flow: flow.id, if: { term: 8, status: 'Queued' } });
    await refusedAs(flow, { kind: 'park', flow: flow.id, if: { term: 9, status: 'Waiting' } });
  });

  s.test('wake, take-over and park of a flow that is not there are refused', async () => {
    const ghost = sample(s);
    expect((await apply(s, { kind: 'wake', flow: ghost.id, if: { term: 1 } })).ok).toBe(false);
    expect((await apply(s, { kind: 'takeOver', flow: ghost.id, if: { term: 1 }, record: takeOver(ghost) })).ok).toBe(
      false,
    );
    expect((await apply(s, { kind: 'park', flow: ghost.id, if: { term: 1 } })).ok).toBe(false);
  });

  s.test('the number of redrives only grows, and nothing else changes', async () => {
    const flow = await put(s, { status: 'Failed', outcome: { status: 'Failed', error: 'E' } });
    for (const [redrives, then] of [
      [2, 2],
      [1, 2],
      [2, 2],
      [3, 3],
    ] as const) {
      expect((await apply(s, { kind: 'markRedriven', flow: flow.id, redrives })).ok).toBe(true);
      expect(await read(s, flow.id)).toEqual({ ...flow, redrives: then });
    }
  });
}
