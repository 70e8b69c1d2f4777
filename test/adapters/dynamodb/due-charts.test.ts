import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { keyOf } from '#adapters/dynamodb/keys';
import { type EpochMs, epoch } from '#engine/time';
import { createOperations, createScheduler } from '#scheduler/create-operations';
import { tickAhead } from '#scheduler/tick-ahead';
import { memoryScheduler } from '#test/scheduler/memory-scheduler';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';
import { meterDynamo } from '#test/support/emulators/meter';
import { REAL_CLOCK } from '#test/support/emulators/real-clock';

let emulators: Emulators;

beforeAll(async () => {
  emulators = await openEmulators();
});
afterAll(() => emulators.close());

const always = () => true;
const HOUR_MS = 3_600_000;

/** The tick of an installation whose charts are in the table, by a clock that is turned. */
function ticking() {
  const memory = memoryScheduler('2026-11-20T12:00:30Z');
  const { dynamo, table } = emulators;
  const store = openDynamo({ client: dynamo, table, clock: REAL_CLOCK });
  const fired: string[] = [];
  const commit: typeof memory.commit = async (writes) => {
    for (const write of writes)
      if (write.kind === 'send' && write.message.kind === 'slot') fired.push(nameOf(write.message));
    return { ok: true, refused: undefined } as never;
  };
  const s = createScheduler({ ...memory, store, commit });
  const operations = createOperations(s);
  const put = (name: string, ...schedules: readonly string[]) =>
    operations.putChart(
      JSON.stringify({
        name,
        triggers: schedules.map((schedule) => ({ schedule, timezone: 'UTC' })),
        definition: { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } },
      }),
    );
  return { s, store, clock: memory.clock, fired, put, operations };
}

const nameOf = ({ chart, slot }: { readonly chart: string; readonly slot: EpochMs }) =>
  `${chart} ${new Date(slot).toISOString().slice(11, 16)}`;

test('a tick reads neither charts that time does not start nor those whose slot is far, and fires each slot in its time', async () => {
  const meter = meterDynamo(emulators.dynamo);
  const it = ticking();
  await it.put('daily', '0 15 * * *');
  await it.put('minutely', '* * * * *');
  const reads = async () => {
    meter.reset();
    await tickAhead(it.s, always);
    await it.clock.advance(60_000);
    return meter.sum('read');
  };
  const first = await reads();
  await reads();
  const few = await reads();
  expect(few).toBeLessThan(first);
  for (let i = 0; i < 20; i++) await it.put(`plain-${i}`);
  expect(await reads()).toBe(few);
  it.fired.length = 0;
  // From 12:04:30, after four ticks.
  await it.clock.advance(3 * HOUR_MS - 5 * 60_000);
  await reads();
  expect(it.fired).toContain('daily 15:00');
  // A new version is looked at by the next tick, whatever was noted of the old one.
  await it.clock.advance(60_000);
  await reads();
  await it.put('daily', '10 15 * * *');
  it.fired.length = 0;
  for (let minute = 0; minute < 8; minute++) await reads();
  expect(it.fired.filter((one) => one.startsWith('daily'))).toEqual(['daily 15:10']);
});

test('charts that were put before there was the list of those with triggers are found', async () => {
  const old = ticking();
  await old.put('old', '0 0 * * *');
  const { dynamo, table } = emulators;
  for (const s of ['old', '!'])
    await dynamo.send(new DeleteItemCommand({ TableName: table, Key: keyOf({ k: 'T:', s }) }));
  const { store } = ticking();
  expect(await store.dueCharts(epoch(0))).toContain('old');
});

test('a chart that is put by code without that list after it was made is found within a day', async () => {
  const { put, store } = ticking();
  await put('beside', '0 0 * * *');
  const { dynamo, table } = emulators;
  const day = 86_400_000;
  await store.dueCharts(epoch(10 * day));
  await dynamo.send(new DeleteItemCommand({ TableName: table, Key: keyOf({ k: 'T:', s: 'beside' }) }));
  expect(await store.dueCharts(epoch(10 * day + 60_000))).not.toContain('beside');
  expect(await store.dueCharts(epoch(11 * day))).toContain('beside');
});
