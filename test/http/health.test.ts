import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { healthOf } from '#http/health';
import { FlowbeatError } from '#ports/errors';
import { TestServer } from '#test/embedded/server';

const state = { store: 'sqlite: state.db', startedAt: '2026-01-01T00:00:00.000Z' };

test('health of a server whose state file was damaged while it ran says so, as every other answer does', async () => {
  await using t = await TestServer.start({ api: true });
  const health = async () => {
    const answer = await fetch(`${t.server.url}/v1/health`);
    return [answer.status, await answer.json()];
  };
  await t.server.operations.putChart('StartAt: A\nStates: { A: { Type: Succeed } }', 'a');
  await t.server.operations.startRun({ chart: 'a', input: {} });
  expect(await health()).toEqual([200, expect.objectContaining({ status: 'ok' })]);
  damage(t.file);
  expect(await health()).toEqual([
    503,
    expect.objectContaining({ status: 'failing', detail: expect.stringContaining('is damaged') }),
  ]);
  expect((await fetch(`${t.server.url}/v1/runs`)).status).toBe(500);
});

test('a server that stops says so without asking its store', async () => {
  const never = () => Promise.reject(new Error('asked'));
  const reads = { listRuns: never, readSetting: never };
  expect(await healthOf(reads, { ...state, draining: true })).toEqual({ status: 'draining', ...state });
});

test('a store that cannot be read for now is told in its own words', async () => {
  const full = new FlowbeatError('retryable', 'STORE_FAILED', 'The disk does not answer.');
  const reads = { listRuns: () => Promise.reject(full), readSetting: async () => undefined };
  expect(await healthOf(reads, { ...state, draining: false })).toMatchObject({
    status: 'failing',
    detail: 'The disk does not answer.',
  });
});

/** Overwrites every page but the first, once they are all in the file itself and no connection may answer from what it remembers. */
function damage(file: string): void {
  const other = new DatabaseSync(file);
  other.exec('CREATE TABLE made_newer (a); PRAGMA wal_checkpoint(TRUNCATE)');
  const handle = openSync(file, 'r+');
  const rest = statSync(file).size - 4096;
  writeSync(handle, Buffer.alloc(rest, 0xaa), 0, rest, 4096);
  closeSync(handle);
  other.exec('PRAGMA user_version = 1');
  other.close();
}
