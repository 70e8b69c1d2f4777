import { expect } from 'vitest';
import type { Fact } from '#engine/flow';
import { commitOf, progressed } from '#test/contract/commits';
import { apply, put, putOwned, sample, T0 } from '#test/contract/samples';
import type { Suite } from '#test/contract/subject';

/** Facts: kept with the commit that makes them true, read in order and complete. */
export function history(s: Suite): void {
  s.test('the facts of the put come first, under seq 0', async () => {
    const flow = await put(s, {}, [['started', T0, { text: 'ünïcödé 🦊' }, [1, 2]]]);
    const facts = [{ seq: 0, term: 1, facts: [['started', T0, { text: 'ünïcödé 🦊' }, [1, 2]]] }];
    expect(await s.subject.store.readFacts(flow.id, -1, 10)).toEqual(facts);
  });

  s.test('a flow that is not there has no facts', async () => {
    expect(await s.subject.store.readFacts(sample(s).id, -1, 10)).toEqual([]);
  });

  s.test('facts are read in order of seq, complete, from any commit, in pages', async () => {
    const COMMITS = 120;
    let was = await putOwned(s);
    for (let i = 0; i < COMMITS; i++) {
      const facts: Fact[] = [
        ['a', T0, i],
        ['b', T0, `${i}`],
      ];
      const next = progressed(was);
      expect((await apply(s, commitOf(was, next, facts))).ok).toBe(true);
      was = next;
    }
    const chunk = (i: number) => ({
      seq: i + 1,
      term: 2,
      facts: [
        ['a', T0, i],
        ['b', T0, `${i}`],
      ],
    });
    const all = Array.from({ length: COMMITS }, (_, i) => chunk(i));
    expect(await s.subject.store.readFacts(was.id, -1, 1000)).toEqual(all);
    expect(await s.subject.store.readFacts(was.id, 7, 5)).toEqual(all.slice(7, 12));
    expect(await s.subject.store.readFacts(was.id, COMMITS, 5)).toEqual([]);
    const paged = [];
    for (let after = -1; ; ) {
      const page = await s.subject.store.readFacts(was.id, after, 50);
      const last = page.at(-1);
      if (!last) break;
      paged.push(...page);
      after = last.seq;
    }
    expect(paged).toEqual(all);
  });

  s.test('the facts of flows that commit side by side are kept apart', async () => {
    let flows = await Promise.all(Array.from({ length: 12 }, () => putOwned(s)));
    for (let round = 0; round < 5; round++) {
      const next = flows.map((flow) => progressed(flow));
      const writes = flows.map((was, i) => commitOf(was, next[i]!, [['round', T0, i, round]]));
      const results = await Promise.all(writes.map((write) => s.subject.commit([write])));
      expect(results.every(({ ok }) => ok)).toBe(true);
      flows = next;
    }
    for (const [i, flow] of flows.entries()) {
      const chunks = await s.subject.store.readFacts(flow.id, -1, 100);
      expect(chunks.flatMap(({ facts }) => facts)).toEqual([0, 1, 2, 3, 4].map((round) => ['round', T0, i, round]));
    }
  });
}
