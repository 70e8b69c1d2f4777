import { expect, test } from 'vitest';
import type { Host } from '#ports/host';
import { ManualClock } from '#test/contract/manual-clock';
import { REAL_CLOCK } from '#test/support/emulators/real-clock';
import { tendHost } from '#workers/tend-host';

const SILENT = { event() {} };
const until = (condition: () => boolean) => expect.poll(condition, { timeout: 30_000 }).toBe(true);

test('the task is protected while flows are held, and not after', async () => {
  const told: boolean[] = [];
  const host: Host = {
    platform: {},
    async protect(on) {
      told.push(on);
    },
  };
  let holds = false;
  let looks = 0;
  const stop = tendHost(host, REAL_CLOCK, SILENT, {
    holds: () => {
      looks++;
      return holds;
    },
    onLeaving() {},
  });
  await until(() => looks >= 2);
  expect(told).toEqual([]);
  holds = true;
  await until(() => told.length === 1);
  const since = looks;
  await until(() => looks >= since + 2);
  holds = false;
  await until(() => told.length === 2);
  expect(told).toEqual([true, false]);
  await stop();
  expect(told).toEqual([true, false]);
});

test('what was protected at the end is given free, and a refusal is told and stops nothing', async () => {
  const told: boolean[] = [];
  const events: string[] = [];
  const host: Host = {
    platform: {},
    async protect(on) {
      told.push(on);
      throw new Error('throttled');
    },
  };
  const stop = tendHost(
    host,
    REAL_CLOCK,
    { event: (name) => events.push(name) },
    { holds: () => true, onLeaving() {} },
  );
  await until(() => told.length === 1);
  await stop();
  expect(told).toEqual([true, false]);
  expect(events).toEqual(['hostFailed', 'hostFailed']);
});

test('it is told once that the host will go, though a question before failed', async () => {
  let asked = 0;
  const whys: string[] = [];
  const host: Host = {
    platform: {},
    async leaving() {
      if (++asked === 1) throw new Error('no answer');
      return 'Spot.';
    },
  };
  const stop = tendHost(host, REAL_CLOCK, SILENT, { holds: () => false, onLeaving: (why) => whys.push(why) });
  await until(() => whys.length > 0);
  await stop();
  expect({ asked, whys }).toEqual({ asked: 2, whys: ['Spot.'] });
});

/** Tells a host with answers to `atRisk`, one after the other; returns why the worker was told to leave, once the host was asked `times` times. */
async function heeded(times: number, answers: readonly (() => string | undefined)[]): Promise<readonly string[]> {
  const clock = new ManualClock();
  const whys: string[] = [];
  let asked = 0;
  const host: Host = { platform: {}, atRisk: async () => answers[asked++]?.() };
  const stop = tendHost(host, clock, SILENT, { holds: () => false, onLeaving: (why) => whys.push(why) });
  for (let i = 0; i < answers.length; i++) await clock.advance(5_000);
  await stop();
  expect(asked).toBe(times);
  return whys;
}

const well = () => undefined;
const risky = () => 'At risk.';
const fails = () => {
  throw new Error('no answer');
};

test('a recommendation to leave is heeded once where it comes while the worker is there', async () => {
  expect(await heeded(3, [well, fails, risky, risky])).toEqual(['At risk.']);
});

test('one that was there before is not: else whoever is started on that host would go at once, each time', async () => {
  expect(await heeded(2, [fails, risky, risky])).toEqual([]);
});
