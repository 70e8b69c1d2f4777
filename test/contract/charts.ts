import { expect } from 'vitest';
import { epoch } from '#engine/time';
import { T0 } from '#test/contract/samples';
import type { Suite } from '#test/contract/subject';

/** Charts: immutable versions, a mark for what is deleted. */
export function charts(s: Suite): void {
  const version = (name: string, number: number, hash: string, at = T0) => ({
    name,
    version: number,
    source: `{"hash":"${hash}","text":"ä ✓"}`,
    hash,
    createdAt: at,
  });
  const put = (name: string, hash: string, at = T0) =>
    s.subject.store.putChart(name, version(name, 0, hash).source, hash, at);

  s.test('versions count up, and an unchanged chart makes none', async () => {
    const name = s.fresh('chart');
    expect(await put(name, 'a')).toEqual(version(name, 1, 'a'));
    expect(await put(name, 'a', epoch(T0 + 1))).toEqual(version(name, 1, 'a'));
    expect(await put(name, 'b', epoch(T0 + 2))).toEqual(version(name, 2, 'b', epoch(T0 + 2)));
    expect(await put(name, 'a', epoch(T0 + 3))).toEqual(version(name, 3, 'a', epoch(T0 + 3)));
    expect(await s.subject.store.readChart(name)).toEqual(version(name, 3, 'a', epoch(T0 + 3)));
    expect(await s.subject.store.readChart(name, 2)).toEqual(version(name, 2, 'b', epoch(T0 + 2)));
    expect(await s.subject.store.readChart(name, 4)).toBeUndefined();
    expect(await s.subject.store.readChart(s.fresh('chart'))).toBeUndefined();
  });

  s.test('a deleted chart is not listed and has no newest version; its versions stay readable', async () => {
    const name = s.fresh('chart');
    await put(name, 'a');
    expect(await s.subject.store.deleteChart(name)).toBe(true);
    expect(await s.subject.store.deleteChart(name)).toBe(false);
    expect(await s.subject.store.deleteChart(s.fresh('chart'))).toBe(false);
    expect(await s.subject.store.readChart(name)).toBeUndefined();
    expect(await s.subject.store.readChart(name, 1)).toEqual(version(name, 1, 'a'));
    expect((await s.subject.store.listCharts()).some((chart) => chart.name === name)).toBe(false);
  });

  s.test('a deleted chart that is put again is there again, with the numbers going on', async () => {
    const name = s.fresh('chart');
    await put(name, 'a');
    await s.subject.store.deleteChart(name);
    await put(name, 'b', epoch(T0 + 2));
    expect(await s.subject.store.readChart(name)).toEqual(version(name, 2, 'b', epoch(T0 + 2)));
    await s.subject.store.deleteChart(name);
    await put(name, 'b', epoch(T0 + 3));
    expect((await s.subject.store.readChart(name))?.hash).toBe('b');
    expect((await s.subject.store.listCharts()).some((chart) => chart.name === name)).toBe(true);
  });

  s.test('the list holds the newest version of each chart, by name', async () => {
    const names = [s.fresh('b'), s.fresh('a'), s.fresh('c')];
    for (const name of names) await put(name, 'one');
    await put(names[0]!, 'two');
    const listed = (await s.subject.store.listCharts()).filter(({ name }) => names.includes(name));
    expect(listed.map(({ name }) => name)).toEqual([...names].sort());
    expect(listed.find(({ name }) => name === names[0])).toEqual(version(names[0]!, 2, 'two'));
  });

  s.test('the same chart put many times at once makes one version', async () => {
    const name = s.fresh('chart');
    const made = await Promise.all(Array.from({ length: 8 }, () => put(name, 'same')));
    expect(new Set(made.map((chart) => chart.version))).toEqual(new Set([1]));
    expect(await s.subject.store.readChart(name, 2)).toBeUndefined();
  });

  const scheduled = (name: string, hash: string) =>
    s.subject.store.putChart(name, `{"hash":"${hash}","triggers":[{"schedule":"* * * * *"}]}`, hash, T0);
  const isDue = async (name: string, by: number) => (await s.subject.store.dueCharts(epoch(by))).includes(name);

  s.test('a chart with triggers is due until it is noted when, and anew with each version', async () => {
    const name = s.fresh('chart');
    const first = await scheduled(name, 'a');
    expect(await isDue(name, T0)).toBe(true);
    await s.subject.store.noteNextSlot(first, epoch(T0 + 1_000), T0);
    expect(await isDue(name, T0 + 1_000)).toBe(true);
    await scheduled(name, 'b');
    expect(await isDue(name, T0)).toBe(true);
    // Of a version that is past by now.
    await s.subject.store.noteNextSlot(first, undefined, T0);
    expect(await isDue(name, T0)).toBe(true);
    await s.subject.store.deleteChart(name);
    await scheduled(name, 'b');
    expect(await isDue(name, T0)).toBe(true);
  });

  s.test('a chart without triggers is never due, and one that is noted far ahead need not be', async () => {
    const [plain, far] = [s.fresh('chart'), s.fresh('chart')];
    await put(plain, 'a');
    expect(await isDue(plain, T0 * 2)).toBe(false);
    const chart = await scheduled(far, 'a');
    await s.subject.store.noteNextSlot(chart, epoch(T0 + 86_400_000), T0);
    expect(await isDue(far, T0 + 86_400_000)).toBe(true);
    // By a clock that was a day ahead: what it noted says nothing.
    await s.subject.store.noteNextSlot(chart, epoch(T0 + 2 * 86_400_000), epoch(T0 + 86_400_000));
    expect(await isDue(far, T0 + 600_000)).toBe(true);
  });
}
