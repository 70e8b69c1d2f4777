import { expect, test } from 'vitest';
import { CORPUS } from '#test/sim/corpus';
import { replay, simulateSeeds, summary } from '#test/sim/seeds';
import { simulate } from '#test/sim/simulate';

test('L1-L9, L11, L12: 300 seeds keep every invariant, reach the fault-free result, and meet every fault and transition', async () => {
  const outcome = await simulateSeeds(1, 300);
  expect(outcome.failed.map(replay)).toEqual([]);
  expect(outcome.missing).toEqual([]);
  console.log(summary(outcome));
}, 300_000);

test.each(CORPUS)('seed $seed, which once showed: $showed', async ({ seed, features }) => {
  const { violation } = await simulate(seed, { features });
  expect(violation).toBeUndefined();
});

test('a seed is the same run every time', async () => {
  const traces: string[][] = [[], []];
  for (const trace of traces) await simulate(7, { trace: (line) => trace.push(line) });
  expect(traces[0]!.length).toBeGreaterThan(100);
  expect(traces[1]).toEqual(traces[0]);
});
