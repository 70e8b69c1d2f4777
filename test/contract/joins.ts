import { expect } from 'vitest';
import type { FlowId } from '#ports/ids';
import type { JoinRow } from '#ports/write';
import { apply, sample } from '#test/contract/samples';
import type { Suite } from '#test/contract/subject';

/** Join rows (DESIGN.md §4.5 and §4.6). */
export function joins(s: Suite): void {
  const putRow = async (over: Partial<JoinRow> = {}): Promise<JoinRow> => {
    const row: JoinRow = { flow: sample(s).id, seq: 3, node: '0.0', open: [0, 1, 2], ...over };
    expect((await apply(s, { kind: 'putJoin', row })).ok).toBe(true);
    return row;
  };
  const readRow = async ({ flow, seq, node }: JoinRow) => (await s.subject.store.readJoin(flow, seq, [node]))[0];
  const leave = (row: JoinRow, change: { remove?: number; failed?: number }) =>
    s.subject.store.leaveJoin(row.flow, row.seq, row.node, change);

  s.test('rows are read in the order asked, undefined where there is none', async () => {
    const flow = sample(s).id;
    const [a, b] = [await putRow({ flow }), await putRow({ flow, node: '1.0', open: [0] })];
    expect(await s.subject.store.readJoin(flow, 3, ['1.0', '0.9', '0.0'])).toEqual([b, undefined, a]);
    expect(await s.subject.store.readJoin(flow, 4, ['0.0'])).toEqual([undefined]);
    expect(await s.subject.store.readJoin(flow, 3, [])).toEqual([]);
  });

  s.test('a row is put if absent (rule I)', async () => {
    const row = await putRow();
    await leave(row, { remove: 1 });
    await putRow(row);
    expect(await readRow(row)).toEqual({ ...row, open: [0, 2] });
  });

  s.test('leaving returns the row after it, and leaving twice is the same (rule J)', async () => {
    const row = await putRow();
    const after = { ...row, open: [0, 2] };
    expect(await leave(row, { remove: 1 })).toEqual(after);
    expect(await leave(row, { remove: 1 })).toEqual(after);
    expect(await leave(row, { remove: 0 })).toEqual({ ...row, open: [2] });
    expect(await leave(row, { remove: 2 })).toEqual({ ...row, open: [] });
    expect(await leave(row, { remove: 2 })).toEqual({ ...row, open: [] });
    expect(await readRow(row)).toEqual({ ...row, open: [] });
  });

  s.test('the first failed child stays', async () => {
    const row = await putRow();
    expect(await leave(row, { failed: 2 })).toEqual({ ...row, failed: 2 });
    expect(await leave(row, { failed: 1, remove: 1 })).toEqual({ ...row, open: [0, 2], failed: 2 });
    expect(await leave(row, { remove: 2 })).toEqual({ ...row, open: [0], failed: 2 });
  });

  s.test('child 0 can be the one that failed', async () => {
    const row = await putRow();
    expect(await leave(row, { failed: 0 })).toEqual({ ...row, failed: 0 });
    expect(await leave(row, { failed: 1 })).toEqual({ ...row, failed: 0 });
  });

  s.test('leaving a row that is not there returns undefined and makes none', async () => {
    const row: JoinRow = { flow: 'nowhere:x' as FlowId, seq: 1, node: '0.0', open: [] };
    expect(await leave(row, { remove: 0 })).toBeUndefined();
    expect(await leave(row, { failed: 0 })).toBeUndefined();
    expect(await readRow(row)).toBeUndefined();
  });

  s.test('a dropped row is gone, and dropping it twice is the same', async () => {
    const row = await putRow();
    const drop = { kind: 'dropJoin', flow: row.flow, seq: row.seq, node: row.node } as const;
    expect((await apply(s, drop)).ok).toBe(true);
    expect((await apply(s, drop)).ok).toBe(true);
    expect(await readRow(row)).toBeUndefined();
  });

  s.test('many children leave at once and none is lost', async () => {
    const open = Array.from({ length: 128 }, (_, i) => i);
    const row = await putRow({ open });
    const after = await Promise.all(open.map((member) => leave(row, { remove: member })));
    expect(await readRow(row)).toEqual({ ...row, open: [] });
    // Whoever finds the row empty wakes the parent: at least one must.
    expect(after.some((found) => found?.open.length === 0)).toBe(true);
  });
}
