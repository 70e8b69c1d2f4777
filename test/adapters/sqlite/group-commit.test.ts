import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openSqlite } from '#adapters/sqlite/open';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import type { JsonObject } from '#engine/json';
import { after, stateFile } from '#test/adapters/sqlite/folder';
import { commitOf, next, owned, put } from '#test/adapters/sqlite/records';

const open = async (file = stateFile()) => {
  const sqlite = await openSqlite({ file, clock: SYSTEM_CLOCK });
  after(() => sqlite.close());
  return sqlite;
};

test('what arrives in one turn of the event loop shares one transaction', async () => {
  const { commit, store, queue, counters } = await open();
  const flows = Array.from({ length: 50 }, (_, i) => owned(`r${i}`, 'me'));
  const before = counters().transactions;
  await Promise.all([
    ...flows.map((flow) => commit([put(flow)])),
    queue.send([]),
    store.writeSetting('window', 3_000, undefined),
    store.leaveJoin(flows[0]!.id, 1, '0.0', { remove: 0 }),
  ]);
  expect(counters().transactions).toBe(before + 1);
});

test('a refused commit of many writes leaves nothing behind, and its neighbours are in', async () => {
  const { commit, store } = await open();
  const flows = Array.from({ length: 9 }, (_, i) => owned(`r${i}`, 'me'));
  await Promise.all(flows.map((flow) => commit([put(flow)])));
  const results = await Promise.all(
    flows.map((flow, i) => {
      const good = commitOf(flow);
      const bad = commitOf({ ...owned(`r${(i + 1) % 9}`, 'me'), seq: 7 });
      // Two fenced writes need a savepoint: the first is granted and must be undone with its facts.
      return commit(i % 3 === 0 ? [good, bad] : [good]);
    }),
  );
  expect(results.map(({ ok }) => ok)).toEqual(flows.map((_, i) => i % 3 !== 0));
  for (const [i, flow] of flows.entries()) {
    const granted = i % 3 !== 0;
    expect(await store.readFlow(flow.id)).toEqual(granted ? next(flow) : flow);
    expect(await store.readFacts(flow.id, -1, 10)).toHaveLength(granted ? 1 : 0);
  }
  // What was undone can be done after all: nothing remembered of it stands in the way.
  const first = flows[0]!;
  expect((await commit([commitOf(first)])).ok).toBe(true);
  expect(await store.readFacts(first.id, -1, 10)).toHaveLength(1);
});

test('a commit that throws is rejected alone; its neighbours are done again without it', async () => {
  const { commit, store } = await open();
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const flows = Array.from({ length: 5 }, (_, i) => owned(`r${i}`, 'me'));
  const writes = flows.map((flow, i) =>
    commit([put(i === 2 ? { ...flow, position: { ...flow.position, vars: circular as JsonObject } } : flow)]),
  );
  const settled = await Promise.allSettled(writes);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  expect((await store.readFlows(flows.map(({ id }) => id))).map(Boolean)).toEqual([true, true, false, true, true]);
});

test('a commit made through one opening is seen by another, and what that remembers is not trusted', async () => {
  const file = stateFile();
  const [a, b] = [await open(file), await open(file)];
  let flow = owned('r', 'me');
  await a.commit([put(flow)]);
  // The owner's commits go through either: each must find the end of the history that the other has written.
  for (const through of [a, a, b, b, a, b, a, a]) {
    expect((await through.commit([commitOf(flow)])).ok).toBe(true);
    flow = next(flow);
  }
  expect((await a.store.readFacts(flow.id, -1, 100)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(await b.store.readFlow(flow.id)).toEqual(flow);
});

test('closing finishes what was asked for, ends waiting receivers, and refuses what comes after', async () => {
  const file = stateFile();
  const sqlite = await openSqlite({ file, clock: SYSTEM_CLOCK });
  const waiting = sqlite.queue.receive({ queues: ['q'], max: 1, waitMs: 60_000, visibilityMs: 1_000 });
  const flow = owned('r', 'me');
  const written = sqlite.commit([put(flow)]);
  await sqlite.close();
  expect((await written).ok).toBe(true);
  expect(await waiting).toEqual([]);
  await expect(sqlite.commit([put(flow)])).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  await expect(sqlite.store.readFlow(flow.id)).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  const again = await open(file);
  expect(await again.store.readFlow(flow.id)).toEqual(flow);
});

test('a file of the first layout is brought up to date, and its history is whole', async () => {
  const file = stateFile();
  const first = await openSqlite({ file, clock: SYSTEM_CLOCK });
  let flow = owned('r', 'me');
  await first.commit([put(flow)]);
  for (let i = 0; i < 70; i++) {
    await first.commit([commitOf(flow)]);
    flow = next(flow);
  }
  await first.close();
  const db = new DatabaseSync(file);
  db.exec(`DROP INDEX history_anchors; CREATE INDEX history_anchors ON history (flow, seq) WHERE seq % 32 = 0;
    ALTER TABLE leases DROP COLUMN votes; PRAGMA user_version = 1`);
  db.close();
  const { store, commit } = await open(file);
  expect((await commit([commitOf(flow)])).ok).toBe(true);
  const chunks = [...(await store.readFacts(flow.id, -1, 50)), ...(await store.readFacts(flow.id, 50, 50))];
  expect(chunks.map(({ seq }) => seq)).toEqual(Array.from({ length: 71 }, (_, i) => i + 1));
});
