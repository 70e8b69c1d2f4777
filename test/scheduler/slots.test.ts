import { expect, test } from 'vitest';
import { type EpochMs, epoch } from '#engine/time';
import { CONTROL_QUEUE } from '#ports/message';
import { control } from '#scheduler/control';
import { createOperations, createScheduler } from '#scheduler/create-operations';
import { orderedCommit } from '#scheduler/ordered-commit';
import { tick } from '#scheduler/tick';
import { tickAhead } from '#scheduler/tick-ahead';
import { memoryScheduler } from '#test/scheduler/memory-scheduler';
import { atEveryCut } from '#test/support/cuts';

const MINUTE_MS = 60_000;
const always = () => true;
const chart = (schedule: string) => ({
  name: 'c',
  triggers: [{ schedule, timezone: 'UTC' }],
  definition: { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } },
});

/** An installation whose tick comes each minute, some seconds late, and whose control queue is served each second. */
async function ticked(schedule = '*/10 * * * * *') {
  const memory = memoryScheduler('2026-11-20T23:30:00Z');
  const { store, queue, clock } = memory;
  const s = createScheduler({ ...memory, commit: orderedCommit(store, queue) });
  const operations = createOperations(s);
  await operations.putChart(JSON.stringify(chart(schedule)));
  const serve = async () => {
    const received = await queue.receive({ queues: [CONTROL_QUEUE], max: 100, waitMs: 0, visibilityMs: 60_000 });
    for (const it of received) {
      const carried = await control(s, it, 'worker');
      await (carried.done ? queue.done(it) : queue.later(it, carried.delayMs));
    }
  };
  /** Goes on for `ms`; ticks where `ticks` says so of a minute. Returns how late each run was started, by the slot. */
  const goOn = async (ms: number, ticks: (minute: number) => boolean = always) => {
    for (let second = 0; second < ms / 1_000; second++) {
      if (second % 60 === 0 && ticks(second / 60)) await tickAhead(s, always);
      await serve();
      await clock.advance(1_000);
    }
  };
  const late = () => [...store.flows.values()].map(({ startedAt, run }) => startedAt - slotOf(run));
  const slots = () => [...store.flows.values()].map(({ run }) => slotOf(run)).sort((a, b) => a - b);
  return { s, store, queue, clock, operations, goOn, late, slots, serve };
}

const slotOf = (run: string): EpochMs => epoch(Date.parse(run.replace(/^c:(.*T)(..)-(..)-(..)Z$/, '$1$2:$3:$4Z')));

const everyTen = (slots: readonly number[]) => slots.every((slot, i) => i === 0 || slot - slots[i - 1]! === 10_000);

test('slots are on time to the second though the tick comes once a minute', async () => {
  const it = await ticked();
  await it.goOn(10 * MINUTE_MS);
  expect(it.slots()).toHaveLength(59);
  expect(everyTen(it.slots())).toBe(true);
  expect(Math.max(...it.late())).toBe(0);
  expect(Math.min(...it.late())).toBe(0);
});

test('L9: messages that are lost are made up for by the next tick, each slot of them; doubled ones start nothing twice', async () => {
  const it = await ticked();
  const send = it.queue.send.bind(it.queue);
  let count = 0;
  it.queue.send = (messages) =>
    send(messages.flatMap((one) => (one.message.kind !== 'slot' ? [one] : count++ % 3 === 0 ? [] : [one, one])));
  await it.goOn(10 * MINUTE_MS);
  await tickAhead(it.s, always);
  expect(everyTen(it.slots())).toBe(true);
  expect(it.slots()).toHaveLength(60);
  expect(Math.max(...it.late())).toBeLessThanOrEqual(MINUTE_MS);
});

test('after an outage of an hour what was promised before it is made up for; of the rest only the last slots', async () => {
  const it = await ticked();
  await it.goOn(2 * MINUTE_MS);
  await it.goOn(60 * MINUTE_MS, () => false);
  const before = it.slots().length;
  await tickAhead(it.s, always);
  // Two and a half minutes are none: a tick may come late.
  expect(it.slots()).toHaveLength(before + 15);
  await it.goOn(MINUTE_MS);
  expect(it.slots()).toHaveLength(before + 15 + 5);
});

test('a message that comes early waits for its slot', async () => {
  const it = await ticked();
  const send = it.queue.send.bind(it.queue);
  it.queue.send = (messages) =>
    send(messages.map((one) => ({ ...one, delayMs: one.message.kind === 'slot' ? 0 : one.delayMs })));
  await it.goOn(3 * MINUTE_MS);
  expect(it.slots()).toHaveLength(17);
  expect(Math.min(...it.late())).toBe(0);
});

test('a chart that was deleted meanwhile starts nothing; a new version starts where it has that slot; it fires again once it is back', async () => {
  const it = await ticked();
  await tickAhead(it.s, always);
  await it.operations.putChart(JSON.stringify({ ...chart('*/30 * * * * *'), description: 'rarer' }));
  await it.goOn(MINUTE_MS, () => false);
  expect(it.slots().map((slot) => new Date(slot).getUTCSeconds())).toEqual([30]);
  expect([...it.store.flows.values()][0]?.version).toBe(2);
  await tickAhead(it.s, always);
  await it.operations.deleteChart('c');
  const before = it.slots().length;
  await it.goOn(5 * MINUTE_MS);
  expect(it.slots()).toHaveLength(before);
  await it.operations.putChart(JSON.stringify(chart('*/30 * * * * *')));
  await it.goOn(2 * MINUTE_MS);
  expect(it.slots().length).toBeGreaterThanOrEqual(before + 3);
});

test('a clock that is ten minutes ahead, or behind, at one tick loses no slot', async () => {
  for (const skew of [600_000, -600_000]) {
    const it = await ticked();
    const wrong = {
      ...it.s.clock,
      now: () => epoch(it.clock.now() + skew),
      elapsed: () => it.clock.elapsed(),
      after: it.clock.after.bind(it.clock),
    };
    await it.goOn(2 * MINUTE_MS);
    await tickAhead(createScheduler({ ...it.s, clock: wrong }), always);
    await it.goOn(20 * MINUTE_MS);
    expect(everyTen(it.slots()), `${skew}`).toBe(true);
  }
});

test('a trigger that is seen first by a clock that is ten minutes ahead fires from the next tick on', async () => {
  const it = await ticked();
  const ahead = { ...it.s.clock, now: () => epoch(it.clock.now() + 600_000), elapsed: () => it.clock.elapsed() };
  await tickAhead(createScheduler({ ...it.s, clock: ahead }), always);
  await it.clock.advance(MINUTE_MS);
  const from = it.clock.now();
  await it.goOn(3 * MINUTE_MS);
  expect(it.slots()[0]).toBeLessThanOrEqual(from + 10_000);
  expect(everyTen(it.slots().filter((slot) => slot <= it.clock.now()))).toBe(true);
});

test('a tick may be cut at any call, and two may come at once: no slot is lost or fires twice', async () => {
  const calls = await atEveryCut(
    async () => {
      const it = await ticked('*/20 * * * * *');
      await it.goOn(2 * MINUTE_MS);
      return it;
    },
    (s) => tickAhead(s, always),
    async (it, where) => {
      await Promise.all([tickAhead(it.s, always), tickAhead(it.s, always)]);
      await it.goOn(3 * MINUTE_MS);
      const slots = it.slots();
      expect(
        slots.every((slot, i) => i === 0 || slot - slots[i - 1]! === 20_000),
        where,
      ).toBe(true);
      expect(slots.length, where).toBe(14);
    },
  );
  expect(calls).toBeGreaterThan(4);
});

test('ten thousand waits that fall due within a minute are all sent by one tick, each with its delay, though sending takes long', async () => {
  const it = await ticked('0 0 1 1 *');
  const now = it.clock.now();
  for (let i = 0; i < 10_000; i++) {
    const due = epoch(now + (i % 60) * 1_000);
    const message = { kind: 'flow', queue: 'default', flow: `c:w${i}` as never, term: 1, needs: '', due } as const;
    await it.store.apply({ kind: 'putDue', row: { due, message } });
  }
  const began = it.clock.elapsed();
  const sentAt = new Map<string, number>();
  let sends = 0;
  const send = it.queue.send.bind(it.queue);
  it.queue.send = async (messages) => {
    sends++;
    for (const { message } of messages) sentAt.set(JSON.stringify(message), it.clock.elapsed() - began);
    await send(messages);
    await it.clock.advance(1_000);
  };
  Object.defineProperty(it.queue, 'maxDelayMs', { value: 900_000 });
  await tickAhead(it.s, always);
  expect(it.store.dues.size).toBe(0);
  expect(it.queue.entries.size).toBe(10_000);
  expect(sends).toBe(20);
  for (const { message, visibleAt } of it.queue.entries.values()) {
    const due = message.kind === 'flow' ? message.due! - now : -1;
    expect(visibleAt - began).toBe(Math.max(due, sentAt.get(JSON.stringify(message))!));
  }
});

test('a clock that goes back while a tick works loses no wait', async () => {
  const it = await ticked('0 0 1 1 *');
  Object.defineProperty(it.queue, 'maxDelayMs', { value: 900_000 });
  const due = epoch(it.clock.now() + 900_000);
  const message = { kind: 'flow', queue: 'default', flow: 'c:w' as never, term: 1, needs: '', due } as const;
  await it.store.apply({ kind: 'putDue', row: { due, message } });
  let asked = 0;
  const goesBack = {
    ...it.s.clock,
    now: () => epoch(it.clock.now() - (asked++ === 0 ? 0 : 5_000)),
    elapsed: () => it.clock.elapsed(),
  };
  await tick(createScheduler({ ...it.s, clock: goesBack }));
  expect(it.store.dues.size).toBe(0);
  expect([...it.queue.entries.values()].map((entry) => entry.message)).toEqual([message]);
});

test('a tick without time for all charts leaves the rest, and no chart is left for good', async () => {
  const it = await ticked('0 * * * * *');
  const names = Array.from({ length: 200 }, (_, i) => `c${i}`);
  for (const name of names) await it.operations.putChart(JSON.stringify({ ...chart('0 0 * * * *'), name }));
  const seen = new Set<string>();
  const readChart = it.store.readChart.bind(it.store);
  it.store.readChart = async (name, version) => {
    seen.add(name);
    return readChart(name, version);
  };
  const sizes: number[] = [];
  for (let minute = 0; minute < 10; minute++) {
    // Once for the due rows, once for a batch of charts.
    let asked = 0;
    await tickAhead(it.s, () => asked++ < 2);
    sizes.push(seen.size);
    await it.clock.advance(MINUTE_MS);
  }
  expect(sizes[0]).toBeLessThan(names.length);
  expect(sizes.at(-1)).toBe(names.length + 1);
});
