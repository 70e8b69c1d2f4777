import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { connect } from '#adapters/sqlite/connection';
import { assemble, openSqlite } from '#adapters/sqlite/open';
import { SCHEMA_VERSION } from '#adapters/sqlite/schema';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import { after, stateFile } from '#test/adapters/sqlite/folder';
import { commitOf, next, owned, put } from '#test/adapters/sqlite/records';

const refusal = async (file: string) => {
  const error: unknown = await openSqlite({ file, clock: SYSTEM_CLOCK }).then(
    async (sqlite) => {
      await sqlite.close();
      return 'opened';
    },
    (reason: unknown) => reason,
  );
  return error as { code: string; kind: string; message: string };
};

const made = async (file: string, flows = 1) => {
  const sqlite = await openSqlite({ file, clock: SYSTEM_CLOCK });
  await Promise.all(
    Array.from({ length: flows }, (_, i) => sqlite.commit([put(owned(`r${i}`, 'me', 'x'.repeat(2_000)))])),
  );
  await sqlite.close();
};

test('synchronous is FULL (2), the journal is WAL, and nothing waits inside SQLite', async () => {
  const db = await connect({ file: stateFile() });
  after(() => db.close());
  const value = (name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  expect([value('synchronous'), value('journal_mode'), value('busy_timeout')]).toEqual([2, 'wal', 0]);
  expect(value('user_version')).toBe(SCHEMA_VERSION);
});

test('the file of a newer layout is refused and not changed', async () => {
  const file = stateFile();
  await made(file);
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  db.close();
  const before = readFileSync(file);
  const error = await refusal(file);
  expect(error).toMatchObject({ code: 'STORE_NEWER', kind: 'rejected' });
  expect(error.message).toContain('newer Flowbeat');
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('the database of another program is refused and not changed', async () => {
  const file = stateFile();
  const db = new DatabaseSync(file);
  db.exec('CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)');
  db.close();
  expect(await refusal(file)).toMatchObject({ code: 'STORE_NOT_OURS', kind: 'rejected' });
});

test('what is no database is refused and not changed', async () => {
  const file = stateFile();
  writeFileSync(
    file,
    'a letter to the editor, and quite a long one at that, so that a header could be in it\n'.repeat(30),
  );
  const before = readFileSync(file);
  expect(await refusal(file)).toMatchObject({ code: 'STORE_NOT_A_DATABASE', kind: 'rejected' });
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('a damaged file is refused', async () => {
  const file = stateFile();
  await made(file, 200);
  const handle = openSync(file, 'r+');
  for (let page = 10; page * 4096 < statSync(file).size; page += 3)
    writeSync(handle, Buffer.alloc(600, 0xaa), 0, 600, page * 4096);
  closeSync(handle);
  const error = await refusal(file);
  expect(error).toMatchObject({ code: 'STORE_CORRUPT', kind: 'rejected' });
  expect(error.message).toContain('backup');
});

test('a folder that is not there is named', async () => {
  const file = join(dirname(stateFile()), 'nowhere', 'state.db');
  expect(await refusal(file)).toMatchObject({ code: 'STORE_FOLDER_MISSING', kind: 'rejected' });
});

test('a file that cannot be opened for writing is named', async () => {
  const file = stateFile();
  // A folder of that name: refused for every user, where rights would not stop root.
  mkdirSync(file);
  expect(await refusal(file)).toMatchObject({ code: 'STORE_NOT_WRITABLE', kind: 'rejected' });
});

test('a full disk rejects what does not fit, loses nothing, and the store goes on when there is space', async () => {
  const file = stateFile();
  const db = await connect({ file });
  const sqlite = assemble(db, file, SYSTEM_CLOCK);
  after(() => sqlite.close());
  const flow = owned('kept', 'me');
  await sqlite.commit([put(flow)]);
  const { page_count: pages } = db.prepare('PRAGMA page_count').get() as { page_count: number };
  db.exec(`PRAGMA max_page_count = ${pages + 2}`);
  const big = Array.from({ length: 4 }, (_, i) => put(owned(`big${i}`, 'me', 'x'.repeat(100_000))));
  for (const result of await Promise.allSettled(big.map((write) => sqlite.commit([write])))) {
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'STORE_FULL', kind: 'retryable' } });
  }
  expect(await sqlite.store.readFlow(flow.id)).toEqual(flow);
  db.exec('PRAGMA max_page_count = 1000000');
  expect((await sqlite.commit([commitOf(flow)])).ok).toBe(true);
  expect(await sqlite.store.readFlow(flow.id)).toEqual(next(flow));
  for (const result of await Promise.all(big.map((write) => sqlite.commit([write]))))
    expect(result).toEqual({ ok: true });
});

test('what is too large for a full disk does not take its small neighbours with it', async () => {
  const file = stateFile();
  const db = await connect({ file });
  const sqlite = assemble(db, file, SYSTEM_CLOCK);
  after(() => sqlite.close());
  const flow = owned('small', 'me');
  await sqlite.commit([put(flow)]);
  const { page_count: pages } = db.prepare('PRAGMA page_count').get() as { page_count: number };
  db.exec(`PRAGMA max_page_count = ${pages + 2}`);
  const [small, large] = await Promise.allSettled([
    sqlite.commit([commitOf(flow)]),
    sqlite.commit([put(owned('large', 'me', 'x'.repeat(100_000)))]),
  ]);
  expect(small).toMatchObject({ status: 'fulfilled', value: { ok: true } });
  expect(large).toMatchObject({ status: 'rejected', reason: { code: 'STORE_FULL' } });
});
