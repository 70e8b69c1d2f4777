import { expect, test } from 'vitest';
import { runCommand } from '#test/support/command';

test('the bench prints one object, with the machine and every figure that was asked for', async () => {
  const { code, stdout, stderr } = await runCommand('node', [
    'bench/main.ts',
    '--json',
    '--tiny',
    '--only',
    'high,low,killed',
  ]);
  expect(code, stderr).toBe(0);
  const { machine, results } = JSON.parse(stdout);
  expect(machine).toMatchObject({
    versions: { node: process.versions.node },
    settings: { journal_mode: 'wal', synchronous: 'FULL', breaks: 'every-action' },
    fsyncsPerSecond: expect.any(Number),
    notMeasured: expect.arrayContaining([expect.any(String)]),
  });
  expect(results.map(({ name }: { name: string }) => name)).toEqual(['high', 'low', 'low p99', 'killed']);
  for (const result of results) {
    expect(result).toMatchObject({ value: expect.any(Number), unit: expect.any(String) });
    expect(Object.keys(result)).toEqual(expect.arrayContaining(['floor', 'ratio', 'bar', 'ok']));
  }
  expect(results[0]).toMatchObject({ unit: 'actions/s', floor: expect.any(Number), bar: 0.25 });
  expect(results[3]).toMatchObject({ value: 0, bar: 0, ok: true });
});

test('a name that is not measured is refused with the names that are', async () => {
  const { code, stderr } = await runCommand('node', ['bench/main.ts', '--only', 'hihg']);
  expect(code).toBe(2);
  expect(stderr).toContain('high');
});
