import { expect, test } from 'vitest';
import { claimWake } from '#scheduler/sweeper/chain';
import { memoryScheduler } from '#test/scheduler/memory-scheduler';
import { Attended } from '#workers/attended';

const MINUTE_MS = 60_000;

/** A worker's view of an installation whose sweeper comes when the test says. */
function view() {
  const s = memoryScheduler();
  const attended = new Attended(s.store, s.clock);
  return {
    sweep: () => claimWake(s, undefined),
    /** Its answer a minute later. */
    async later() {
      await s.clock.advance(MINUTE_MS);
      return attended.byFunctions();
    },
  };
}

test('where no sweeper ever came, workers look after each other', async () => {
  const { later } = view();
  expect([await later(), await later()]).toEqual([false, false]);
});

test('while the sweeper comes they do not; once it has not come for a look they do again', async () => {
  const { sweep, later } = view();
  await sweep();
  expect(await later()).toBe(true);
  await sweep();
  expect(await later()).toBe(true);
  expect(await later()).toBe(false);
  await sweep();
  expect(await later()).toBe(true);
});

test('the store is asked once a minute, however often the question is', async () => {
  const s = memoryScheduler();
  let asked = 0;
  const counting = {
    async readSetting() {
      asked++;
      return asked;
    },
  };
  const attended = new Attended(counting, s.clock);
  for (let i = 0; i < 10; i++) await attended.byFunctions();
  expect(asked).toBe(1);
  await s.clock.advance(MINUTE_MS);
  await attended.byFunctions();
  expect(asked).toBe(2);
});
