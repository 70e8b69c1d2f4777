import { expect, test } from 'vitest';
import { MemoryStore } from '#adapters/memory/memory-store';
import { ManualClock } from '#test/contract/manual-clock';
import { agreeOnWindow } from '#workers/cluster-window';
import { windowSuits, writeLatency } from '#workers/write-latency';

/** A store whose writes take as long as said, one after the other, by a clock that only they turn. */
function slowStore(...times: readonly number[]) {
  const clock = new ManualClock();
  const store = new MemoryStore();
  const told: [string, Readonly<Record<string, unknown>>][] = [];
  let write = 0;
  const writeSetting = store.writeSetting.bind(store);
  store.writeSetting = async (...args) => {
    clock.advance(times[write++] ?? times.at(-1) ?? 0);
    return writeSetting(...args);
  };
  const telemetry = {
    event: (name: string, fields: Readonly<Record<string, unknown>>) => void told.push([name, fields]),
  };
  return { store, clock, telemetry, told };
}

test('the median counts: a first write that opens the connection, and a slow one, do not', async () => {
  const { store, clock } = slowStore(900, 10, 12, 700, 11);
  expect(await writeLatency(store, clock)).toBe(12);
});

test('a window below six writes is refused with what it must be; below twenty it is told to be low', async () => {
  const refused = slowStore(100);
  await expect(windowSuits(refused, 599)).rejects.toMatchObject({
    kind: 'rejected',
    code: 'WINDOW_TOO_SHORT',
    message: expect.stringContaining('at least 600 ms; 2000 ms are advised'),
  });
  const low = slowStore(100);
  await windowSuits(low, 600);
  expect(low.told).toEqual([['windowLow', { windowMs: 600, latencyMs: 100 }]]);
  const good = slowStore(100);
  await windowSuits(good, 2000);
  expect(good.told).toEqual([]);
});

test('two that probe at once do not mind each other', async () => {
  const { store, clock } = slowStore(5);
  const [one, two] = await Promise.all([writeLatency(store, clock), writeLatency(store, clock)]);
  expect([one, two].every((ms) => ms >= 5)).toBe(true);
});

test("a window that is refused is not the cluster's afterwards", async () => {
  const slow = slowStore(100);
  const suits = (ms: number) => windowSuits(slow, ms);
  await expect(agreeOnWindow(slow.store, 400, suits)).rejects.toMatchObject({ code: 'WINDOW_TOO_SHORT' });
  expect(await agreeOnWindow(slow.store, undefined, suits)).toBe(30_000);
  expect(await agreeOnWindow(slow.store, 5_000, suits)).toBe(5_000);
});
