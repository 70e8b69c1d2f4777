import { expect } from 'vitest';
import type { Json } from '#engine/json';
import { epoch } from '#engine/time';
import type { DueRow } from '#ports/write';
import { apply, flowMessage, sample, T0 } from '#test/contract/samples';
import type { Suite } from '#test/contract/subject';

/** Control rows, callbacks, checkpoints, due rows, settings. */
export function sideRows(s: Suite): void {
  s.test('the first control row of a root counts', async () => {
    const root = sample(s).id;
    expect(await s.subject.store.readControl(root)).toBeUndefined();
    const first = { root, verb: 'cancel', timedOut: true, error: 'E', cause: 'tired', by: 'ada', at: T0 } as const;
    expect((await apply(s, { kind: 'putControl', row: first })).ok).toBe(true);
    expect((await apply(s, { kind: 'putControl', row: { root, verb: 'cancel', at: epoch(T0 + 1) } })).ok).toBe(true);
    expect(await s.subject.store.readControl(root)).toEqual(first);
  });

  s.test('the first answer to a callback counts', async () => {
    const flow = sample(s).id;
    expect(await s.subject.store.readCallback(flow, '3.0')).toBeUndefined();
    const row = { flow, key: '3.0', outcome: { status: 'Succeeded', output: { a: [1] }, by: 'ada' } } as const;
    expect((await apply(s, { kind: 'putCallback', row })).ok).toBe(true);
    expect(
      (await apply(s, { kind: 'putCallback', row: { ...row, outcome: { status: 'Failed', error: 'late' } } })).ok,
    ).toBe(true);
    expect(await s.subject.store.readCallback(flow, '3.0')).toEqual(row);
    expect(await s.subject.store.readCallback(flow, '3.1')).toBeUndefined();
  });

  s.test("a callback's latest sign of life counts, though an earlier one comes after it", async () => {
    const flow = sample(s).id;
    expect(await s.subject.store.readCallbackBeat(flow, '3.0')).toBeUndefined();
    await s.subject.store.beatCallback(flow, '3.0', T0);
    await s.subject.store.beatCallback(flow, '3.0', epoch(T0 + 5));
    await s.subject.store.beatCallback(flow, '3.0', epoch(T0 + 3));
    expect(await s.subject.store.readCallbackBeat(flow, '3.0')).toBe(T0 + 5);
    expect(await s.subject.store.readCallback(flow, '3.0')).toBeUndefined();
  });

  s.test('a checkpoint is fenced by the term', async () => {
    const flow = sample(s).id;
    const save = (data: Json, term: number) => s.subject.store.saveCheckpoint({ flow, step: 4, data }, term);
    expect(await s.subject.store.readCheckpoint(flow, 4)).toBeUndefined();
    expect(await save({ row: 10 }, 3)).toBe(true);
    expect(await save({ row: 20 }, 3)).toBe(true);
    expect(await save({ row: 15 }, 2)).toBe(false);
    expect(await s.subject.store.readCheckpoint(flow, 4)).toEqual({ row: 20 });
    expect(await save(null, 4)).toBe(true);
    expect(await s.subject.store.readCheckpoint(flow, 4)).toBeNull();
    expect(await s.subject.store.readCheckpoint(flow, 5)).toBeUndefined();
  });

  s.test('due rows come earliest first, up to a time and a number', async () => {
    const base = 1_000_000_000 + Math.trunc(Math.random() * 1e9) * 100;
    const rows = [30, 10, 20, 40].map(
      (ms): DueRow => ({ due: epoch(base + ms), message: flowMessage('default', s.fresh('flow')) }),
    );
    for (const row of rows) expect((await apply(s, { kind: 'putDue', row })).ok).toBe(true);
    await apply(s, { kind: 'putDue', row: rows[0]! });
    const mine = async (ms: number, limit = 1000) =>
      (await s.subject.store.dueBefore(epoch(base + ms), limit))
        .filter(({ due }) => due > base && due <= base + 40)
        .map(({ due }) => due - base);
    expect(await mine(30)).toEqual([10, 20, 30]);
    expect(await mine(29)).toEqual([10, 20]);
    expect(await mine(100)).toEqual([10, 20, 30, 40]);
    expect((await s.subject.store.dueBefore(epoch(base + 100), 2)).length).toBe(2);
    for (const row of rows) {
      expect((await apply(s, { kind: 'dropDue', row })).ok).toBe(true);
      await apply(s, { kind: 'dropDue', row });
    }
    expect(await mine(100)).toEqual([]);
  });

  s.test('a due row gives its message back as it was put', async () => {
    const row: DueRow = {
      due: epoch(77),
      message: { ...flowMessage('default', s.fresh('flow'), 3, 'extract'), due: epoch(80) },
    };
    await apply(s, { kind: 'putDue', row });
    expect(await s.subject.store.dueBefore(epoch(77), 1000)).toContainEqual(row);
    await apply(s, { kind: 'dropDue', row });
    expect(await s.subject.store.dueBefore(epoch(77), 1000)).not.toContainEqual(row);
  });

  s.test('a setting is written only where it is as it was', async () => {
    const key = s.fresh('setting');
    const { store } = s.subject;
    expect(await store.readSetting(key)).toBeUndefined();
    expect(await store.writeSetting(key, 1, 0)).toBe(false);
    expect(await store.writeSetting(key, { window: 3000 }, undefined)).toBe(true);
    expect(await store.writeSetting(key, 2, undefined)).toBe(false);
    expect(await store.writeSetting(key, 2, { window: 4000 })).toBe(false);
    expect(await store.readSetting(key)).toEqual({ window: 3000 });
    expect(await store.writeSetting(key, null, { window: 3000 })).toBe(true);
    expect(await store.readSetting(key)).toBeNull();
    expect(await store.writeSetting(key, 'x', undefined)).toBe(false);
    expect(await store.writeSetting(key, 'x', null)).toBe(true);
  });

  s.test('a setting that was taken away is as one that was never written', async () => {
    const key = s.fresh('setting');
    const { store } = s.subject;
    await store.dropSetting(key);
    await store.writeSetting(key, 1, undefined);
    await store.dropSetting(key);
    expect(await store.readSetting(key)).toBeUndefined();
    expect(await store.writeSetting(key, 2, undefined)).toBe(true);
  });

  s.test('of many writers of a setting one wins', async () => {
    const key = s.fresh('setting');
    const wins = await Promise.all(
      Array.from({ length: 20 }, (_, i) => s.subject.store.writeSetting(key, i, undefined)),
    );
    expect(wins.filter(Boolean)).toHaveLength(1);
    expect(await s.subject.store.readSetting(key)).toBe(wins.indexOf(true));
  });
}
