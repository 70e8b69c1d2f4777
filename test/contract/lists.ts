import { expect } from 'vitest';
import { type EpochMs, epoch } from '#engine/time';
import type { FlowRecord } from '#ports/flow-record';
import { childFlow, type FlowId, rootFlow, runId } from '#ports/ids';
import type { Page } from '#ports/store';
import { apply, incarnation, put, putOwned, sample, T0, without } from '#test/contract/samples';
import type { Suite } from '#test/contract/subject';

/** Lists, their cursors, the owner's flows and the census. */
export function lists(s: Suite): void {
  const all = async (list: (cursor?: string) => Promise<Page<FlowRecord>>): Promise<FlowRecord[]> => {
    const items: FlowRecord[] = [];
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const page = await list(cursor);
      items.push(...page.items);
      cursor = page.cursor;
    }
    return items;
  };
  /** A list may lag behind: asks until it shows what it must, for some seconds of real time. */
  const settled = async <T>(ask: () => Promise<T>, want: (answer: T) => boolean): Promise<T> => {
    let answer = await ask();
    for (let tries = 0; !want(answer) && tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      answer = await ask();
    }
    return answer;
  };

  s.test('many flows are read in the order asked', async () => {
    const flows = [await put(s), await put(s), await put(s)];
    const ids = [flows[2]!.id, sample(s).id, flows[0]!.id, flows[2]!.id];
    expect(await s.subject.store.readFlows(ids)).toEqual([flows[2], undefined, flows[0], flows[2]]);
    expect(await s.subject.store.readFlows([])).toEqual([]);
  });

  s.test("a run's flows come parents before children, redrives too, and no others", async () => {
    const root = await put(s);
    const child = (parent: FlowId, seq: number, index: number) =>
      put(s, {
        id: childFlow(parent, seq, index),
        run: root.run,
        chart: root.chart,
        parent: { id: parent, seq, index, branches: 2, max: 0 },
      });
    const first = await child(root.id, 1, 0);
    const second = await child(root.id, 1, 1);
    const grandchild = await child(first.id, 2, 0);
    const redrive = await put(s, { id: rootFlow(root.run, 1), run: root.run, chart: root.chart });
    await put(s, { chart: root.chart, run: runId(root.chart, `${root.run.split(':')[1]}0`) });
    const found = await all((cursor) => s.subject.store.listFlows(root.run, cursor));
    const byId = (flows: readonly FlowRecord[]) => [...flows].sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(byId(found)).toEqual(byId([root, first, second, grandchild, redrive]));
    const at = (flow: FlowRecord) => found.findIndex(({ id }) => id === flow.id);
    expect(at(root)).toBeLessThan(at(first));
    expect(at(root)).toBeLessThan(at(second));
    expect(at(first)).toBeLessThan(at(grandchild));
    expect(await s.subject.store.listFlows(sample(s).run)).toEqual({ items: [] });
    // A store need not count them.
    expect((await s.subject.store.countFlows?.(root.run)) ?? { Queued: 5 }).toEqual({ Queued: 5 });
    expect((await s.subject.store.countFlows?.(sample(s).run)) ?? {}).toEqual({});
  });

  s.test('runs are listed newest first, by chart, in pages; children and redrives are no runs', async () => {
    const chart = s.fresh('chart');
    const runs: FlowRecord[] = [];
    for (let i = 0; i < 7; i++) runs.push(await put(s, { chart, startedAt: epoch(T0 + i * 1000) }));
    const root = runs[0]!;
    const parent = { id: root.id, seq: 1, index: 0, branches: 1, max: 0 };
    await put(s, { chart, run: root.run, id: childFlow(root.id, 1, 0), parent });
    await put(s, { chart, run: root.run, id: rootFlow(root.run, 1) });
    const newestFirst = runs.map(({ id }) => id).reverse();
    for (const limit of [3, 7, 100]) {
      const listed = await settled(
        () => all((cursor) => s.subject.store.listRuns({ chart, limit, ...(cursor !== undefined && { cursor }) })),
        (found) => found.length === 7,
      );
      expect(listed.map(({ id }) => id)).toEqual(newestFirst);
    }
    const page = await s.subject.store.listRuns({ chart, limit: 3 });
    expect(page.items.length).toBeLessThanOrEqual(3);
    expect(page.cursor).toBeDefined();
  });

  s.test('runs started in the same millisecond are each listed once', async () => {
    const chart = s.fresh('chart');
    for (let i = 0; i < 9; i++) await put(s, { chart });
    const listed = await settled(
      () => all((cursor) => s.subject.store.listRuns({ chart, limit: 2, ...(cursor !== undefined && { cursor }) })),
      (found) => found.length === 9,
    );
    expect(new Set(listed.map(({ id }) => id)).size).toBe(9);
    expect(listed).toHaveLength(9);
  });

  s.test('a run that starts while pages are read disturbs none of them', async () => {
    const chart = s.fresh('chart');
    const runs: FlowRecord[] = [];
    for (let i = 0; i < 4; i++) runs.push(await put(s, { chart, startedAt: epoch(T0 + i) }));
    const first = await settled(
      () => s.subject.store.listRuns({ chart, limit: 2 }),
      ({ items }) => items[0]?.id === runs[3]?.id,
    );
    await put(s, { chart, startedAt: epoch(T0 + 99) });
    const rest = await all((cursor) => s.subject.store.listRuns({ chart, limit: 2, cursor: cursor ?? first.cursor! }));
    expect([...first.items, ...rest].map(({ id }) => id)).toEqual(runs.map(({ id }) => id).reverse());
  });

  s.test('a cursor that no page of the list gave is refused, and an empty page is not the answer', async () => {
    await put(s);
    for (const cursor of ['zzz', '1.x', '1', '1.2.3', '-1.5', '[1]', '["x","y"]', '[1e99,"a"]', '{}', 'null', ' ']) {
      await expect(s.subject.store.listRuns({ limit: 2, cursor })).rejects.toMatchObject({
        kind: 'rejected',
        code: 'CURSOR_INVALID',
      });
    }
  });

  s.test('runs are listed by status', async () => {
    const chart = s.fresh('chart');
    const failed: FlowRecord[] = [];
    for (let i = 0; i < 6; i++) {
      const outcome = { status: 'Failed', error: 'E' } as const;
      if (i % 2) failed.push(await put(s, { chart, startedAt: epoch(T0 + i), status: 'Failed', outcome }));
      else await put(s, { chart, startedAt: epoch(T0 + i) });
    }
    const listed = await settled(
      () =>
        all((cursor) =>
          s.subject.store.listRuns({ chart, status: 'Failed', limit: 2, ...(cursor !== undefined && { cursor }) }),
        ),
      (found) => found.length === 3,
    );
    expect(listed.map(({ id }) => id)).toEqual(failed.map(({ id }) => id).reverse());
  });

  s.test('a redriven run is listed under the status of its newest root, and under no other', async () => {
    const chart = s.fresh('chart');
    const ended = { status: 'Failed', outcome: { status: 'Failed', error: 'E' } } as const;
    const healed = { status: 'Succeeded', outcome: { status: 'Succeeded', output: 1 } } as const;
    let at = 0;
    /** A run that failed, and was redriven by each of `roots` in turn. */
    const run = async (...roots: readonly Partial<FlowRecord>[]): Promise<FlowRecord> => {
      const first = await put(s, { chart, startedAt: epoch(T0 + at++), ...ended });
      for (const [index, root] of roots.entries()) {
        await put(s, { chart, run: first.run, id: rootFlow(first.run, index + 1), ...root });
        await apply(s, { kind: 'markRedriven', flow: first.id, redrives: index + 1 });
      }
      return { ...first, redrives: roots.length };
    };
    const failed = [await run(), await run(ended), await run(healed, ended)];
    const succeeded = [await run(healed), await run(ended, healed)];
    const queued = [await run({ status: 'Queued' }), await run(ended, {})];
    // Its redrive was noted; the new root is not there (it never is so by the order of the writes).
    const noted = await run();
    await apply(s, { kind: 'markRedriven', flow: noted.id, redrives: 1 });
    for (const [status, runs] of [
      ['Failed', [...failed, { ...noted, redrives: 1 }]],
      ['Succeeded', succeeded],
      ['Queued', queued],
    ] as const) {
      const listed = await settled(
        () =>
          all((cursor) =>
            s.subject.store.listRuns({ chart, status, limit: 2, ...(cursor !== undefined && { cursor }) }),
          ),
        (found) => found.length === runs.length,
      );
      expect(listed).toEqual([...runs].reverse());
    }
  });

  s.test('the list over all charts shows a new run', async () => {
    const flow = await put(s, { startedAt: s.subject.now() });
    const listed = await settled(
      () => all((cursor) => s.subject.store.listRuns({ limit: 500, ...(cursor !== undefined && { cursor }) })),
      (items) => items.some(({ id }) => id === flow.id),
    );
    expect(listed).toContainEqual(flow);
  });

  s.test('a store that finds flows by owner finds exactly those', async () => {
    const owner = incarnation(s);
    const mine = [await putOwned(s, { owner }), await putOwned(s, { owner })];
    await putOwned(s);
    const released = await putOwned(s, { owner });
    const next = { ...without(released, 'owner'), status: 'Queued', term: 3, seq: 1 } as FlowRecord;
    await apply(s, { kind: 'commit', flow: next, if: { owner, term: 2, seq: 0 }, facts: [] });
    const claimed = await put(s);
    await apply(s, { kind: 'claim', flow: claimed.id, if: { term: 1, claimable: { dueBy: T0 } }, owner, now: T0 });
    const found = await s.subject.store.ownedBy(owner);
    if (found === undefined) return;
    expect(found.map(({ id }) => id).sort()).toEqual([...mine, claimed].map(({ id }) => id).sort());
  });

  s.test('the census shows flows that may have been left behind (rule P)', async () => {
    const queued = await put(s);
    const owned = await putOwned(s);
    const waiting = await put(s, { status: 'Waiting', waits: { for: 'children' }, split: 1 });
    await apply(s, { kind: 'putJoin', row: { flow: waiting.id, seq: 1, node: '0.0', open: [0] } });
    const parent = { id: waiting.id, seq: 1, index: 0, branches: 1, max: 0 };
    const outcome = { status: 'Succeeded', output: 1 } as const;
    const child = await put(s, {
      id: childFlow(waiting.id, 1, 0),
      run: waiting.run,
      chart: waiting.chart,
      parent,
      status: 'Succeeded',
      outcome,
    });
    const ended = await put(s, { status: 'Succeeded', outcome });
    const seen = new Set((await all((cursor) => s.subject.store.census(T0, cursor))).map(({ id }) => id));
    for (const flow of [queued, owned, waiting, child]) expect(seen).toContain(flow.id);
    expect(seen).not.toContain(ended.id);
  });

  s.test('the census shows runs that wait and that something has come for (rule P)', async () => {
    const due = epoch(T0 + 5);
    const time = { status: 'Waiting', waits: { for: 'time', due } } as const;
    const asks = { status: 'Waiting', waits: { for: 'callback', key: '1.0', since: T0 } } as const;
    const answered = await put(s, asks);
    const outcome = { status: 'Succeeded', output: 1 } as const;
    await apply(s, { kind: 'putCallback', row: { flow: answered.id, key: '1.0', outcome } });
    const cancelled = await put(s, time);
    await apply(s, { kind: 'putControl', row: { root: cancelled.id, verb: 'cancel', at: T0 } });
    const left = await put(s, { ...time, left: { seq: 1, branches: 1, cancel: false } });
    await apply(s, { kind: 'putJoin', row: { flow: left.id, seq: 1, node: '0.0', open: [0] } });
    const silent = await put(s, { status: 'Waiting', waits: { ...asks.waits, due } });
    const late = await put(s, { ...asks, deadline: due });
    const slept = await put(s, time);
    const seen = async (now: EpochMs) =>
      new Set((await all((cursor) => s.subject.store.census(now, cursor))).map(({ id }) => id));
    const early = await seen(T0);
    for (const flow of [answered, cancelled, left]) expect(early).toContain(flow.id);
    const then = await seen(due);
    for (const flow of [slept, silent, late]) expect(then).toContain(flow.id);
  });
}
