/** A flow that cannot be dealt with, by a fault of its own, does not hold up those that are looked after together with it. */
import { expect, test } from 'vitest';
import type { Incarnation } from '#ports/ids';
import type { Lease } from '#ports/lease';
import type { Write } from '#ports/write';
import { census } from '#scheduler/census';
import { claim } from '#scheduler/claim';
import { createOperations } from '#scheduler/create-operations';
import { takeOverAll } from '#scheduler/take-over';
import { memoryScheduler } from '#test/scheduler/memory-scheduler';

const DEAD = 'dead-1' as Incarnation;
const silence = { kind: 'silence', text: 'Its beat did not move for 3 s.' } as const;

/** Two runs whose root flows a dead worker owns; every write of the first one breaks while `broken` says so. */
async function twoOwned() {
  const s = memoryScheduler();
  const operations = createOperations(s);
  await operations.putChart(
    JSON.stringify({ name: 'c', definition: { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } } }),
  );
  for (const name of ['bad', 'good']) {
    const { run } = await operations.startRun({ chart: 'c', name, input: null });
    const flow = s.store.flows.get(run as never)!;
    await claim(s, flow, { incarnation: DEAD, worker: 'dead', signal: new AbortController().signal });
  }
  const state = { broken: true };
  const isBad = (write: Write) => write.kind === 'takeOver' && write.flow.endsWith(':bad');
  const spoiled = {
    ...s,
    commit: async (writes: readonly Write[]) => {
      if (state.broken && writes.some(isBad)) throw new TypeError('a mistake of ours');
      return s.commit(writes);
    },
  };
  const status = () => [...s.store.flows.values()].map((flow) => flow.status);
  return { s: spoiled, state, status };
}

test('a take-over takes the others, and keeps the lease until all is done', async () => {
  const { s, state, status } = await twoOwned();
  const flows = [...s.store.flows.values()].map(({ id, term }) => ({ flow: id, term }));
  const lease = { incarnation: DEAD, worker: 'dead', beat: 0, flows, commands: [] } as unknown as Lease;
  await s.store.putLease(lease);
  await s.store.condemn(DEAD, 0, 'heir', silence, s.clock.now());
  expect(await takeOverAll(s, DEAD, 'heir')).toEqual(['c:good']);
  expect(status()).toEqual(['Owned', 'Queued']);
  expect(await s.store.readLease(DEAD)).toBeDefined();

  state.broken = false;
  expect(await takeOverAll(s, DEAD, 'heir')).toEqual(['c:bad']);
  expect(status()).toEqual(['Queued', 'Queued']);
  expect(await s.store.readLease(DEAD)).toBeUndefined();
});

test('a census looks after the others', async () => {
  const { s, status } = await twoOwned();
  expect(await census(s, 0, 'heir')).toMatchObject({ looked: 2, owned: 1 });
  expect(status()).toEqual(['Owned', 'Queued']);
});
