import { expect, test } from 'vitest';
import { epoch } from '#engine/time';
import { tickAhead } from '#scheduler/tick-ahead';
import { always, instance, scene } from '#test/scheduler/sweeper/scene';
import { cutAt } from '#test/support/cuts';

test('what a sweep and a tick ask of the store does not grow with the runs that wait', async () => {
  const calls: number[][] = [];
  for (const runs of [100, 10_000, 100_000]) {
    const it = scene();
    Object.defineProperty(it.queue, 'maxDelayMs', { value: 900_000 });
    await instance(it.s).sweep(undefined, always);
    for (let i = 0; i < runs; i++) {
      const due = epoch(it.clock.now() + 86_400_000 + i);
      const message = { kind: 'flow', queue: 'default', flow: `c:w${i}` as never, term: 1, needs: '', due } as const;
      await it.store.apply({ kind: 'putDue', row: { due, message } });
    }
    const counted: number[] = [];
    for (const work of [
      (s: typeof it.s) => instance(s).sweep(undefined, always),
      (s: typeof it.s) => tickAhead(s, always),
    ]) {
      const { s, state } = cutAt(it.s, Number.POSITIVE_INFINITY, 'before');
      await work(s);
      counted.push(state.calls);
    }
    calls.push(counted);
  }
  expect(calls[1]).toEqual(calls[0]);
  expect(calls[2]).toEqual(calls[0]);
});
