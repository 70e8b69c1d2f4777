import { expect, test } from 'vitest';
import { runCommand } from '#test/support/command';
import type { Result } from '../../bench/bar.ts';

test('bench:aws keeps what is counted apart from what is timed, meets its bars, and prices a million actions', async () => {
  const args = ['bench/aws/main.ts', '--json', '--tiny', '--only', 'worker,lambda,waiting,duties,idle,prices'];
  const { code, stdout, stderr } = await runCommand('node', args);
  expect(code, stderr).toBe(0);
  const { machine, counts, timings, notes } = JSON.parse(stdout);
  expect(machine).toMatchObject({
    versions: { node: process.versions.node },
    notMeasured: [expect.any(String), expect.any(String), expect.any(String)],
  });
  expect(timings).toEqual([]);
  expect(notes.length).toBeGreaterThan(0);
  const figures = new Map((counts as Result[]).map((one) => [one.name, one]));
  // By itself a run's messages share their requests with no other's, and a busy machine has one come a moment early: the writes are the same on any.
  for (const name of [
    'worker, one chain, writes',
    'lambda, one chain, writes',
    'waiting, in and out',
    'waiting, meanwhile',
    'tick, 100 waiting and as many healthy runs',
    'sweep, 100 waiting and as many healthy runs',
    'idle, handlers in a Lambda, in all',
    'idle, workers in containers, in all',
  ])
    expect(figures.get(name), name).toMatchObject({ ok: true, floor: null, ratio: null });
  const idle = (what: string) => figures.get(`idle, handlers in a Lambda, ${what}`)?.value ?? Number.NaN;
  expect(idle('in all')).toBeGreaterThan(idle('alarms, by metric') + idle('queues that Lambda looks at'));
  const dollars = (way: string) => figures.get(`prices, 100 ms, ${way}`)?.value ?? Number.NaN;
  expect(dollars('by workers on Fargate')).toBeLessThan(dollars('by Lambda alone'));
  expect(dollars('by Lambda alone')).toBeLessThan(dollars('Step Functions Standard'));
});

test('bench:aws times take-overs and timers by real functions and a worker that is killed, apart from what is counted', async () => {
  const args = ['bench/aws/main.ts', '--json', '--tiny', '--only', 'failover,timers'];
  const { code, stdout, stderr } = await runCommand('node', args);
  expect(code, stderr).toBe(0);
  const { counts, timings } = JSON.parse(stdout) as { counts: Result[]; timings: Result[] };
  expect(counts).toEqual([]);
  expect(timings.map(({ name, unit, bar }) => [name, unit, bar])).toEqual([
    ['failover by event, p50', 'ms', 3_000],
    ['failover by event, p99', 'ms', 10_000],
    ['failover by silence, p50', 'ms', null],
    ['failover by silence, longest', 'ms', 18_000],
    ['timers, dispatched', 'messages', 100],
    ['timers, late, p50', 'ms', null],
    ['timers, late, p99', 'ms', 2_000],
    ['timers, the tick', 's', 55],
  ]);
  for (const { name, value } of timings) expect(value, name).toBeGreaterThan(0);
});

test('a name that is not counted is refused with the names that are', async () => {
  const { code, stderr } = await runCommand('node', ['bench/aws/main.ts', '--only', 'wroker']);
  expect(code).toBe(2);
  expect(stderr).toContain('worker');
});
