/** Every take-over leaves a record in the history, also where the next owner dies before it commits anything. */
import { expect, onTestFinished, test } from 'vitest';
import type { Fact } from '#engine/flow';
import type { Incarnation } from '#ports/ids';
import { claim } from '#scheduler/claim';
import { commitFlow } from '#scheduler/commit-flow';
import type { Held } from '#scheduler/held';
import { takeOverFlow } from '#scheduler/take-over';
import { crewOf } from '#test/support/crew';

async function claimable() {
  const here = crewOf({});
  onTestFinished(() => here.close());
  const definition = { StartAt: 'T', States: { T: { Type: 'Task', Resource: 'activity:work', End: true } } };
  const run = await here.start({ name: 'c', definition });
  const flow = () => here.root(run)!;
  return {
    s: here.s,
    flow,
    async claimedBy(worker: string): Promise<Held> {
      const who = { incarnation: `${worker}-1` as Incarnation, worker, signal: new AbortController().signal };
      const claimed = await claim(here.s, flow(), who);
      if (typeof claimed === 'string') throw new Error(claimed);
      return claimed.held;
    },
    take: (fromWorker: string, seen = flow()) =>
      takeOverFlow(here.s, seen, { by: 'judge', evidence: { kind: 'process', text: 'It has ended.' }, fromWorker }),
  };
}

const takenFrom = (facts: readonly Fact[]) =>
  facts.flatMap(([kind, , data]) => (kind === 'takenOver' ? [(data as { fromWorker: string }).fromWorker] : []));

test('owners that die one after the other without a commit are all told of by the one that commits', async () => {
  const { claimedBy, take, flow } = await claimable();
  for (const worker of ['first', 'second', 'third']) {
    await claimedBy(worker);
    expect(await take(worker)).toBe(true);
  }
  expect(flow().takenOver).toMatchObject({ fromWorker: 'third', oldTerm: 6 });
  const { facts } = await claimedBy('fourth');
  expect(takenFrom(facts)).toEqual(['first', 'second', 'third']);
});

test('a record that was committed between the reading and the taking is not written down again', async () => {
  const { s, claimedBy, take, flow } = await claimable();
  await claimedBy('first');
  await take('first');
  const held = await claimedBy('second');
  const seen = flow();
  const { takenOver: _, ...rest } = held.record;
  expect(takenFrom(held.facts)).toEqual(['first']);
  expect(await commitFlow(s, held, [], { ...rest, seq: rest.seq + 1 })).toBe(true);
  expect(await take('second', seen)).toBe(true);
  expect(takenFrom((await claimedBy('third')).facts)).toEqual(['second']);
});
