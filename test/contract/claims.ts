import { expect } from 'vitest';
import { epoch } from '#engine/time';
import type { FlowRecord, FlowStatus, Waits } from '#ports/flow-record';
import type { FlowId } from '#ports/ids';
import type { Claim } from '#ports/write';
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

const due = (ms: number): Waits => ({ for: 'time', due: epoch(T0 + ms) });

/** Putting a flow, and claiming it (DESIGN.md §4.1, §4.2). */
export function claims(s: Suite): void {
  const claimOf = (flow: FlowRecord, over: Partial<Claim> = {}): Claim => ({
    kind: 'claim',
    flow: flow.id,
    if: { term: flow.term, claimable: { dueBy: epoch(T0 + 500) } },
    owner: incarnation(s),
    now: epoch(T0 + 600),
    ...over,
  });

  s.test('a put flow reads back as it was put', async () => {
    const flow = await put(s);
    expect(await read(s, flow.id)).toEqual(flow);
  });

  s.test('what the end of a run answers is kept through its commits', async () => {
    for (const form of ['sync', 'sync:2'] as const) {
      const flow = await put(s, { answers: { token: 'a-token', form } });
      expect((await read(s, flow.id))?.answers).toEqual({ token: 'a-token', form });
      const owner = incarnation(s);
      await apply(s, { kind: 'claim', flow: flow.id, if: { term: 1 }, owner, now: T0 });
      const ended: FlowRecord = {
        ...flow,
        status: 'Succeeded',
        term: 3,
        seq: 1,
        outcome: { status: 'Succeeded', output: 1 },
      };
      expect((await apply(s, { kind: 'commit', flow: ended, if: { owner, term: 2, seq: 0 }, facts: [] })).ok).toBe(
        true,
      );
      expect(await read(s, flow.id)).toEqual(ended);
    }
  });

  s.test('every member of a record survives', async () => {
    const run = sample(s);
    const parent = { id: run.id, seq: 3, index: 4, branches: 5, max: 2 };
    const base = { run: run.run, chart: run.chart, deadline: epoch(T0 + 9), redrives: 2, split: 7 };
    const left = { seq: 3, branches: 12, cancel: true };
    const full: Partial<FlowRecord>[] = [
      {
        ...base,
        parent,
        left,
        status: 'Owned',
        owner: incarnation(s),
        takenOver: takeOver(run),
        id: `${run.id}/3.4` as FlowId,
      },
      {
        ...base,
        id: `${run.id}/3.5` as FlowId,
        status: 'Waiting',
        waits: { for: 'callback', key: '3.1', since: T0, due: epoch(T0 + 1) },
      },
      { ...base, id: `${run.id}/3.6` as FlowId, status: 'Waiting', waits: { for: 'children' } },
      {
        ...base,
        id: `${run.id}/3.7` as FlowId,
        status: 'Succeeded',
        outcome: { status: 'Succeeded', output: [1, null, { a: '✓' }] },
      },
      {
        ...base,
        id: `${run.id}/3.8` as FlowId,
        status: 'Failed',
        outcome: { status: 'Failed', error: 'E', cause: 'because' },
      },
      {
        ...base,
        id: `${run.id}/3.9` as FlowId,
        position: position({ tries: [1, 2], due: T0, dueMeans: 'heartbeat', deadline: T0, branches: 9 }),
      },
      {
        ...base,
        id: `${run.id}/3.10` as FlowId,
        parent: { id: run.id, seq: 3, index: 10, branches: 12, max: 2, tolerant: true },
        position: position({
          item: { index: 3, value: [null], key: 'a key' },
          refused: { error: 'States.ItemReaderFailed', cause: 'gone' },
        }),
      },
      ...(['read', 'split', 'gather'] as const).map((phase, i) => ({
        ...base,
        id: `${run.id}/3.${11 + i}` as FlowId,
        position: position({
          phase,
          ...(phase === 'split' && { branches: 300 }),
          map: {
            items: 700,
            round: 300,
            failed: 2,
            head: { etag: '"e"' },
            next: phase === 'gather' ? null : 31_415,
            ...(phase === 'split' && { starts: Array.from({ length: 300 }, (_, at) => at * 17) }),
            rounds: [{ split: 1, children: 400, failed: 2, files: { SUCCEEDED: 17 } }],
          },
        }),
      })),
    ];
    for (const over of full) {
      const flow = await put(s, over);
      expect(await read(s, flow.id)).toEqual(flow);
    }
  });

  s.test('a flow that is there is left as it is and reported as existed', async () => {
    const flow = await put(s, {}, [['started', T0, 1]]);
    const other = { ...flow, nonce: 'another-nonce-entirely', position: position({ at: 'Elsewhere' }) };
    const result = await s.subject.commit([{ kind: 'putFlow', flow: other, facts: [['started', T0, 2]] }]);
    expect(result.ok).toBe(true);
    expect(result.existed).toEqual([flow]);
    expect(await read(s, flow.id)).toEqual(flow);
    expect(await s.subject.store.readFacts(flow.id, -1, 10)).toEqual([
      { seq: 0, term: 1, facts: [['started', T0, 1]] },
    ]);
  });

  s.test('a put of what is not there reports nothing as existed', async () => {
    const result = await s.subject.commit([{ kind: 'putFlow', flow: sample(s), facts: [] }]);
    expect(result.ok).toBe(true);
    expect(result.existed ?? []).toEqual([]);
  });

  s.test('a claim sets Owned, owner, term + 1, claims + 1 and updated, and nothing else', async () => {
    const flow = await put(s, { claims: 2, takenOver: takeOver(sample(s)) });
    const claim = claimOf(flow);
    expect((await apply(s, claim)).ok).toBe(true);
    expect(await read(s, flow.id)).toEqual({
      ...flow,
      status: 'Owned',
      owner: claim.owner,
      term: 2,
      claims: 3,
      updated: claim.now,
    });
  });

  s.test('a claim of what waited for a time clears `waits`', async () => {
    const flow = await put(s, { status: 'Waiting', term: 3, waits: due(500) });
    const claim = claimOf(flow);
    expect((await apply(s, claim)).ok).toBe(true);
    const expected = {
      ...without(flow, 'waits'),
      status: 'Owned',
      owner: claim.owner,
      term: 4,
      claims: 1,
      updated: claim.now,
    };
    expect(await read(s, flow.id)).toEqual(expected);
  });

  s.test('a callback whose time is up can be claimed', async () => {
    const flow = await put(s, {
      status: 'Waiting',
      waits: { for: 'callback', key: '1.0', since: T0, due: epoch(T0 + 500) },
    });
    expect((await apply(s, claimOf(flow))).ok).toBe(true);
  });

  const refused: [title: string, record: Partial<FlowRecord>, over?: (flow: FlowRecord) => Partial<Claim>][] = [
    ['at a lower term', { term: 5 }, () => ({ if: { term: 4, claimable: { dueBy: T0 } } })],
    ['at a higher term', { term: 5 }, () => ({ if: { term: 6, claimable: { dueBy: T0 } } })],
    ['of a wait that is not due (rule G)', { status: 'Waiting', waits: due(501) }],
    [
      'of a callback that is not due',
      { status: 'Waiting', waits: { for: 'callback', key: '1.0', since: T0, due: epoch(T0 + 501) } },
    ],
    ['of a callback without a time', { status: 'Waiting', waits: { for: 'callback', key: '1.0', since: T0 } }],
    ['of what waits for children', { status: 'Waiting', waits: { for: 'children' }, split: 0 }],
    ...(['Paused', 'Parked'] as FlowStatus[]).map((status): [string, Partial<FlowRecord>] => [
      `of a ${status} flow`,
      { status },
    ]),
    ...(['Succeeded', 'Failed', 'TimedOut', 'Cancelled'] as const).map((status): [string, Partial<FlowRecord>] => [
      `of a ${status} flow (L3)`,
      { status, outcome: status === 'Succeeded' ? { status, output: null } : { status } },
    ]),
  ];
  for (const [title, record, over] of refused) {
    s.test(`a claim ${title} is refused`, async () => {
      const flow = await put(s, record);
      const result = await apply(s, claimOf(flow, over?.(flow)));
      expect(result.ok).toBe(false);
      expect(await read(s, flow.id)).toEqual(flow);
    });
  }

  s.test('an owned flow is never claimed', async () => {
    const flow = await putOwned(s);
    expect((await apply(s, claimOf(flow))).ok).toBe(false);
    expect((await apply(s, claimOf(flow, { owner: flow.owner }))).ok).toBe(false);
    expect(await read(s, flow.id)).toEqual(flow);
  });

  s.test('a claim of a flow that is not there is refused', async () => {
    expect((await apply(s, claimOf(sample(s)))).ok).toBe(false);
  });

  s.test('a repeated claim is refused', async () => {
    const claim = claimOf(await put(s));
    expect((await apply(s, claim)).ok).toBe(true);
    expect((await apply(s, claim)).ok).toBe(false);
  });

  s.test('of many claims at once exactly one is granted', async () => {
    const flow = await put(s);
    const all = Array.from({ length: 40 }, () => claimOf(flow));
    const results = await Promise.all(all.map((claim) => s.subject.commit([claim])));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await read(s, flow.id)).toMatchObject({
      owner: all[results.findIndex(({ ok }) => ok)]?.owner,
      term: 2,
      claims: 1,
    });
  });
}
