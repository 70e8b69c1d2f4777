import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { Lease, ProcessIdentity } from '#ports/lease';
import { proveDead, thisProcess } from '#workers/identity';

const me = thisProcess()!;
const leaseOf = (process: ProcessIdentity): Lease => ({ worker: 'one', process }) as Lease;

test('a living process is not proved dead', () => {
  expect(proveDead(leaseOf(me))).toBeUndefined();
});

test('a process that has ended is', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  const { pid } = child;
  await once(child, 'exit');
  expect(proveDead(leaseOf({ ...me, pid: pid! }))).toMatchObject({
    kind: 'process',
    text: expect.stringMatching(/Process [0-9]+ of one/),
  });
});

test('so is one whose pid belongs to another process now', () => {
  expect(proveDead(leaseOf({ ...me, startTime: 'another' }))).toMatchObject({ kind: 'process' });
});

test('of another boot, machine or namespace of pids nothing is proved: only silence tells', () => {
  expect(proveDead(leaseOf({ ...me, bootId: 'another', pid: 2 ** 22 + 1 }))).toBeUndefined();
  expect(proveDead({ worker: 'one' } as Lease)).toBeUndefined();
});
