import { expect } from 'vitest';
import { childFlow } from '#ports/ids';
import type { Write } from '#ports/write';
import { commitOf, progressed } from '#test/contract/commits';
import { apply, flowMessage, position, put, putOwned, read, receive, T0, without } from '#test/contract/samples';
import type { Suite } from '#test/contract/subject';

const MB = 1_000_000;
/** About `bytes` of JSON that does not compress to nothing and holds characters of two and four bytes. */
const big = (bytes: number) =>
  Array.from({ length: Math.ceil(bytes / 100) }, (_, i) => `${i} ${'x'.repeat(70)} ä 🦊 ${(i * 7919) % 99991}`);

/** Limits that every store must reach. */
export function bigValues(s: Suite): void {
  s.test('an input of 10 MB is put, committed, and ends as an outcome of 10 MB', async () => {
    const input = { rows: big(10 * MB) };
    const was = await putOwned(s, { position: position({ input }) });
    expect((await read(s, was.id)).position.input).toEqual(input);
    const next = progressed(was, { position: position({ at: 'Next', input }) });
    expect((await s.subject.commit([commitOf(was, next, [['exited', T0]])])).ok).toBe(true);
    expect((await read(s, was.id)).position).toEqual(next.position);
    const outcome = { status: 'Succeeded', output: input } as const;
    const end = { ...without(progressed(next), 'owner'), status: 'Succeeded', term: 3, outcome } as const;
    expect((await s.subject.commit([commitOf(next, end, [['succeeded', T0, input]])])).ok).toBe(true);
    expect((await read(s, was.id)).outcome).toEqual(outcome);
    const facts = await s.subject.store.readFacts(was.id, -1, 100);
    expect(facts.at(-1)?.facts).toEqual([['succeeded', T0, input]]);
  });

  s.test('a refused commit of a big value changes nothing', async () => {
    const was = await putOwned(s, { position: position({ input: big(MB) }) });
    const write = commitOf(was, progressed(was, { position: position({ input: big(2 * MB) }) }), [['x', T0, big(MB)]]);
    expect((await apply(s, { ...write, if: { ...write.if, term: 1 } })).ok).toBe(false);
    expect(await read(s, was.id)).toEqual(was);
    expect(await s.subject.store.readFacts(was.id, -1, 10)).toEqual([]);
  });

  s.test('a callback, a checkpoint and a chart of 1 MB come back whole', async () => {
    const { id } = await put(s);
    const value = big(MB);
    const row = { flow: id, key: '1.0', outcome: { status: 'Succeeded', output: value } } as const;
    await apply(s, { kind: 'putCallback', row });
    expect(await s.subject.store.readCallback(id, '1.0')).toEqual(row);
    expect(await s.subject.store.saveCheckpoint({ flow: id, step: 1, data: value }, 1)).toBe(true);
    expect(await s.subject.store.readCheckpoint(id, 1)).toEqual(value);
    const name = s.fresh('chart');
    await s.subject.store.putChart(name, JSON.stringify(value), 'hash', T0);
    expect((await s.subject.store.readChart(name))?.source).toBe(JSON.stringify(value));
  });

  s.test('1,000 children are put by one commit, with their messages, and listed', async () => {
    const queue = s.freshQueue();
    const root = await put(s);
    const children = Array.from({ length: 1_000 }, (_, index) => ({
      ...root,
      id: childFlow(root.id, 1, index),
      parent: { id: root.id, seq: 1, index, branches: 1_000, max: 0 },
    }));
    const writes: Write[] = [
      ...children.map(({ id }): Write => ({ kind: 'send', message: flowMessage(queue, id), delayMs: 0 })),
      ...children.map((flow): Write => ({ kind: 'putFlow', flow, facts: [] })),
    ];
    expect(await s.subject.commit(writes)).toMatchObject({ ok: true });
    const again = await s.subject.commit(writes.slice(-3));
    expect(again.existed).toEqual(children.slice(-3));
    const found = new Set<string>();
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const page = await s.subject.store.listFlows(root.run, cursor);
      for (const { id } of page.items) found.add(id);
      cursor = page.cursor;
    }
    expect(found.size).toBe(1_001);
    expect(await s.subject.store.readFlows(children.map(({ id }) => id))).toEqual(children);
    expect(await receive(s, queue, 1_000)).toHaveLength(1_000);
  });

  s.test('text of every alphabet, control characters and odd numbers survive', async () => {
    const odd = [
      '\u0000\u0001\t\n"\\/',
      'ÄÖÜß',
      '日本語',
      '🦊👩‍👩‍👧',
      '\u2028\u2029',
      1e21,
      -0.1,
      1.7976931348623157e308,
      9007199254740991,
      '',
      {},
      [],
      null,
    ];
    const was = await putOwned(s, { position: position({ at: 'Zustand ü ✓', input: odd, vars: { 'ключ ': odd } }) });
    expect(await read(s, was.id)).toEqual(was);
    await s.subject.commit([
      commitOf(was, progressed(was, { position: position({ input: odd }) }), [['odd', T0, odd]]),
    ]);
    expect((await read(s, was.id)).position.input).toEqual(odd);
    expect((await s.subject.store.readFacts(was.id, -1, 10))[0]?.facts).toEqual([['odd', T0, odd]]);
  });
}
