import { expect } from 'vitest';
import { epoch } from '#engine/time';
import type { RunRows } from '#ports/archive';
import type { FlowRecord } from '#ports/flow-record';
import { childFlow, type RunId, rootFlow } from '#ports/ids';
import { apply, position, put, read, T0 } from '#test/contract/samples';
import type { Suite } from '#test/contract/subject';

const FAILED = { status: 'Failed', outcome: { status: 'Failed', error: 'E' } } as const;
const LONG = Array.from({ length: 400 }, (_, i) => `${i} ${(i * 7919) % 9973}`);
const KEY = 'archive/a';

/** What a store offers that an archive stands beside. */
export function archiving(s: Suite): void {
  const rows = (): RunRows => {
    if (!s.subject.runRows) throw new Error('the subject has no rows to archive');
    return s.subject.runRows;
  };

  /** A run that failed, was redriven, and failed again; it has a child, long values, and all that can stand beside a flow. */
  async function ended(): Promise<{ first: FlowRecord; second: FlowRecord; child: FlowRecord }> {
    const first = await put(s, { ...FAILED, position: position({ input: LONG }) }, [['started', T0, LONG]]);
    const { run, chart } = first;
    const second = await put(s, { ...FAILED, run, chart, id: rootFlow(run, 1), position: position({ input: LONG }) });
    await apply(s, { kind: 'markRedriven', flow: first.id, redrives: 1 });
    const id = childFlow(second.id, 1, 0);
    const parent = { id: second.id, seq: 1, index: 0, branches: 1, max: 0 };
    const child = await put(s, { ...FAILED, run, chart, id, parent }, [['started', T0, LONG]]);
    for (const flow of [second.id, id]) {
      await apply(s, {
        kind: 'putCallback',
        row: { flow, key: '1.0', outcome: { status: 'Succeeded', output: LONG } },
      });
      await s.subject.store.beatCallback(flow, '1.0', T0);
      await s.subject.store.saveCheckpoint({ flow, step: 1, data: LONG }, 1);
    }
    await apply(s, { kind: 'putControl', row: { root: second.id, verb: 'cancel', at: T0 } });
    return { first: { ...first, redrives: 1 }, second, child };
  }

  const named = async (before: number): Promise<Set<RunId>> => {
    const found = new Set<RunId>();
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const page = await s.subject.store.census(T0, cursor, epoch(before));
      for (const run of page.ended ?? []) found.add(run);
      cursor = page.cursor;
    }
    return found;
  };

  s.test('the census names runs whose first root ended before a time, until they are archived whole', async () => {
    const { first } = await ended();
    const goesOn = await put(s);
    expect((await named(T0)).has(first.run)).toBe(false);
    const found = await named(T0 + 1);
    expect(found.has(first.run)).toBe(true);
    expect(found.has(goesOn.run)).toBe(false);
    expect((await s.subject.store.census(T0)).ended).toBeUndefined();
    await rows().note(first.id, KEY, 1);
    expect((await named(T0 + 1)).has(first.run)).toBe(true);
    await rows().cleared(first.id);
    expect((await named(T0 + 1)).has(first.run)).toBe(false);
  });

  s.test('a run that is left where it is is not named again, unless it is redriven', async () => {
    const { first } = await ended();
    await rows().leave(first.id, 1);
    expect((await named(T0 + 1)).has(first.run)).toBe(false);
    expect(await read(s, first.id)).toEqual(first);
    expect(await rows().reserve(first.id, 2)).toBe(true);
    expect((await named(T0 + 1)).has(first.run)).toBe(true);
  });

  s.test('an archive is noted once, on a run that was redriven no more often than was seen', async () => {
    const { first } = await ended();
    expect(await rows().note(first.id, KEY, 0)).toBe(false);
    expect(await read(s, first.id)).toEqual(first);
    expect(await rows().note(first.id, KEY, 1)).toBe(true);
    expect(await rows().note(first.id, KEY, 1)).toBe(true);
    expect(await rows().note(first.id, 'archive/b', 1)).toBe(false);
    expect((await read(s, first.id)).archived).toEqual({ key: KEY, cleared: false });
    await rows().cleared(first.id);
    await rows().cleared(first.id);
    expect((await read(s, first.id)).archived).toEqual({ key: KEY, cleared: true });
  });

  s.test('a redrive on its way keeps a run out of the archive, and an archived run is kept from redrives', async () => {
    const { first } = await ended();
    expect(await rows().reserve(first.id, 2)).toBe(true);
    expect(await rows().note(first.id, KEY, 1)).toBe(false);
    await rows().leave(first.id, 1);
    await apply(s, { kind: 'markRedriven', flow: first.id, redrives: 2 });
    expect((await named(T0 + 1)).has(first.run)).toBe(true);
    expect(await rows().note(first.id, KEY, 2)).toBe(true);
    expect(await rows().reserve(first.id, 3)).toBe(false);
  });

  s.test('what is noted and cleared leaves the rows of the roots without their values, and nothing else', async () => {
    const { store } = s.subject;
    const { first, second, child } = await ended();
    await rows().note(first.id, KEY, 1);
    for (let times = 0; times < 2; times++) for (const { id } of [child, second, first]) await rows().clear(id);
    const { outcome: _outcome, ...stands } = second;
    expect(await read(s, second.id)).toEqual({ ...stands, position: position({ input: null }) });
    expect(await read(s, first.id)).toMatchObject({ status: 'Failed', redrives: 1, nonce: first.nonce });
    expect(await store.readFlow(child.id)).toBeUndefined();
    for (const { id } of [first, second, child]) {
      expect(await store.readFacts(id, -1, 10)).toEqual([]);
      expect(await store.readCallback(id, '1.0')).toBeUndefined();
      expect(await store.readCallbackBeat(id, '1.0')).toBeUndefined();
      expect(await store.readCheckpoint(id, 1)).toBeUndefined();
      expect(await rows().standsAlone(id)).toBe(true);
    }
    expect(await store.readControl(second.id)).toBeUndefined();
    const again = await s.subject.commit([{ kind: 'putFlow', flow: { ...second, nonce: 'another' }, facts: [] }]);
    expect(again.existed).toHaveLength(1);
  });

  s.test('what stands beside a flow is seen, whatever it is', async () => {
    const { second, child } = await ended();
    expect(await rows().standsAlone(child.id)).toBe(false);
    expect(await rows().standsAlone(second.id)).toBe(false);
    const alone = await put(s, FAILED);
    expect(await rows().standsAlone(alone.id)).toBe(true);
    await apply(s, { kind: 'putControl', row: { root: alone.id, verb: 'cancel', at: T0 } });
    expect(await rows().standsAlone(alone.id)).toBe(false);
  });
}
