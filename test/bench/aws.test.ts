import { expect, test } from 'vitest';
import { runCommand } from '#test/support/command';
import type { Result } from '../../bench/bar.ts';

test('bench:aws keeps what is counted apart from what is timed, meets its bars, and prices a million actions', async () => {
  const args = ['bench/aws/main.ts', '--json', '--tiny', '--only', 'worker,lambda,waiting,prices'];
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
  ])
    expect(figures.get(name), name).toMatchObject({ ok: true, floor: null, ratio: null });
  const dollars = (way: string) => figures.get(`prices, 100 ms, ${way}`)?.value ?? Number.NaN;
  expect(dollars('by workers on Fargate')).toBeLessThan(dollars('by Lambda alone'));
  expect(dollars('by Lambda alone')).toBeLessThan(dollars('Step Functions Standard'));
});

test('a name that is not counted is refused with the names that are', async () => {
  const { code, stderr } = await runCommand('node', ['bench/aws/main.ts', '--only', 'wroker']);
  expect(code).toBe(2);
  expect(stderr).toContain('worker');
});
