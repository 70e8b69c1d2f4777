import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { BlobArchive } from '#adapters/s3/blob-archive';
import type { Archive, RunRows } from '#ports/archive';
import type { Blobs } from '#ports/blobs';
import { FlowbeatError } from '#ports/errors';
import { childFlow, type RunId, rootFlow } from '#ports/ids';
import { createOperations } from '#scheduler/create-operations';
import { examine } from '#scheduler/receive';
import { makeToken } from '#scheduler/token';
import { type ArchiveScene, archiveScene } from '#test/scheduler/archive/scene';
import { atEveryCut } from '#test/support/cuts';
import type { MemoryBlobs } from '#test/support/memory-blobs';

const RUN = 'c:r' as RunId;
const INPUT = { fail: true, text: 'what it was started on' };

/** A run that failed and was redriven once, which failed too, two days ago. */
async function ended(): Promise<ArchiveScene> {
  const it = await archiveScene();
  await it.start('r', INPUT);
  await it.operations.redriveRun(RUN, 'somebody');
  await it.settle();
  await it.pass(2);
  return it;
}

const rowsOf = ({ memory }: ArchiveScene) => [...memory.flows.keys()];

test('an archived run is shown, told and listed as before, and its rows are gone but for those of its roots', async () => {
  const it = await ended();
  const before = await it.seen(RUN);
  const [listed] = (await it.operations.listRuns({ limit: 10, status: 'Failed' })).items;
  expect(rowsOf(it)).toHaveLength(4);
  await it.archive(it.s, [RUN]);
  expect(rowsOf(it)).toEqual([rootFlow(RUN), rootFlow(RUN, 1)]);
  expect(it.memory.facts.size).toBe(0);
  expect(await it.seen(RUN)).toEqual(before);
  expect((await it.operations.listRuns({ limit: 10, status: 'Failed' })).items).toEqual([
    { ...listed, archived: true },
  ]);
  expect((await it.operations.showRun(RUN)).archived).toBe(true);
  expect(before.history.events.length).toBeGreaterThan(10);
  expect(before.shown.input).toEqual(INPUT);
});

test('a start of its name is the same start, or is refused, as before', async () => {
  const it = await ended();
  await it.archive(it.s, [RUN]);
  const again = await it.operations.startRun({ chart: 'c', name: 'r', input: INPUT });
  expect(again).toMatchObject({ run: RUN, created: false });
  await expect(it.operations.startRun({ chart: 'c', name: 'r', input: { fail: false } })).rejects.toMatchObject({
    code: 'NAME_TAKEN',
  });
  await it.settle();
  expect(rowsOf(it)).toHaveLength(2);
});

test('it can be neither redriven nor cancelled, and says why', async () => {
  const it = await ended();
  await it.archive(it.s, [RUN]);
  await expect(it.operations.redriveRun(RUN)).rejects.toMatchObject({
    code: 'RUN_NOT_REDRIVABLE',
    message: expect.stringContaining('archive'),
  });
  await expect(it.operations.cancelRun(RUN, {})).rejects.toMatchObject({ code: 'RUN_ENDED' });
  expect(rowsOf(it)).toHaveLength(2);
});

test('the object is JSON lines that say all by themselves', async () => {
  const it = await ended();
  await it.archive(it.s, [RUN]);
  const [[key, bytes]] = [...(it.s.blobs as MemoryBlobs).objects] as [[string, Uint8Array]];
  expect(key).toMatch(/^archive\/c:r\/[\w-]{22}\.jsonl\.gz$/);
  const lines = gunzipSync(bytes)
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines[0]).toEqual({ kind: 'run', format: 1, run: RUN });
  expect(lines.filter(({ kind }) => kind === 'flow')).toHaveLength(4);
  expect(lines.find(({ kind }) => kind === 'facts').facts[0]).toEqual(['started', expect.any(Number), INPUT]);
});

test('a run that has not ended for long enough, of which anything goes on, or whose redrive is on its way, stays', async () => {
  const it = await ended();
  await it.archive(it.s, [RUN], 3);
  const child = it.memory.flows.get(childFlow(rootFlow(RUN), 1, 0))!;
  const { outcome: _outcome, ...goesOn } = child;
  it.memory.flows.set(child.id, { ...goesOn, status: 'Queued' });
  await it.archive(it.s, [RUN]);
  // A later version of this code knows what this one does not.
  it.memory.flows.set(child.id, { ...child, format: 1_000 });
  await it.archive(it.s, [RUN]);
  it.memory.flows.set(child.id, child);
  const first = it.memory.flows.get(rootFlow(RUN))!;
  it.memory.flows.set(first.id, { ...first, redrives: 2 });
  await it.archive(it.s, [RUN]);
  expect(rowsOf(it)).toHaveLength(4);
  it.memory.flows.set(first.id, first);
  await it.archive(it.s, [RUN]);
  expect(rowsOf(it)).toHaveLength(2);
});

test('cut at any call, before or after it, nothing is lost, nothing goes early, and the next ones finish it, two at once', async () => {
  let before: Awaited<ReturnType<ArchiveScene['seen']>>;
  const calls = await atEveryCut(
    async () => {
      const it = await ended();
      before = await it.seen(RUN);
      return it;
    },
    (s, it) => it.archive(s, [RUN]),
    async (it, where) => {
      expect(await it.seen(RUN), where).toEqual(before);
      await Promise.all([it.archive(it.s, [RUN]), it.archive(it.s, [RUN])]);
      await it.archive(it.s, [RUN]);
      expect(await it.seen(RUN), where).toEqual(before);
      expect(rowsOf(it), where).toHaveLength(2);
      expect(it.memory.flows.get(rootFlow(RUN))?.archived?.cleared, where).toBe(true);
      expect((it.s.blobs as MemoryBlobs).objects.size, where).toBe(1);
    },
  );
  expect(calls).toBeGreaterThan(15);
});

/** The same rows, where something happens before the archive is noted. */
const beforeNote = (rows: RunRows, then: () => Promise<unknown>): RunRows => ({
  standsAlone: (flow) => rows.standsAlone(flow),
  leave: (first, redrives) => rows.leave(first, redrives),
  reserve: (first, redrive) => rows.reserve(first, redrive),
  clear: (flow) => rows.clear(flow),
  cleared: (first) => rows.cleared(first),
  async note(first, key, redrives) {
    await then();
    return rows.note(first, key, redrives);
  },
});

test('a redrive that comes while its run is written down wins: the run goes on and is archived another day', async () => {
  const it = await ended();
  const runRows = beforeNote(it.s.runRows!, () => it.operations.redriveRun(RUN));
  await it.archive({ ...it.s, runRows }, [RUN]);
  expect((await it.operations.showRun(RUN)).archived).toBeUndefined();
  await it.settle();
  const before = await it.seen(RUN);
  expect(before.shown).toMatchObject({ status: 'Failed', redrives: 2 });
  await it.pass(2);
  await it.archive(it.s, [RUN]);
  expect(await it.seen(RUN)).toEqual(before);
  expect(rowsOf(it)).toHaveLength(3);
});

test('a redrive that died before its root was put keeps the run where it is, and is made by the next one', async () => {
  const it = await ended();
  await it.s.runRows!.reserve(rootFlow(RUN), 2);
  await it.archive(it.s, [RUN]);
  expect(rowsOf(it)).toHaveLength(4);
  await it.operations.redriveRun(RUN);
  await it.settle();
  await it.pass(2);
  await it.archive(it.s, [RUN]);
  expect(rowsOf(it)).toHaveLength(3);
});

test('a history that was read in part before its run was moved goes on from where it stopped', async () => {
  const it = await ended();
  const { history } = await it.seen(RUN);
  const [first, rest] = [history.events.slice(0, 4), history.events.slice(4)];
  const page = await it.operations.history(RUN, { limit: 4 });
  expect(page.events).toEqual(first);
  await it.archive(it.s, [RUN]);
  const next = await it.operations.history(RUN, { limit: 1000, cursor: page.cursor! });
  expect(next.events).toEqual(rest);
});

test('who reads a run while it is moved reads it whole', async () => {
  const it = await ended();
  const before = await it.seen(RUN);
  let reads = 0;
  const { store } = it.s;
  const readFacts: typeof store.readFacts = async (flow, after, limit) => {
    if (++reads === 2) await it.archive(it.s, [RUN]);
    return store.readFacts(flow, after, limit);
  };
  const moved = new Proxy(store, {
    get: (target, name) => {
      const method = Reflect.get(target, name, target);
      return name === 'readFacts' ? readFacts : typeof method === 'function' ? method.bind(target) : method;
    },
  });
  const page = await createOperations({ ...it.s, store: moved }).history(RUN, { limit: 1000 });
  expect(page).toEqual(before.history);
  expect(rowsOf(it)).toHaveLength(2);
});

test('where no bucket was named an archived run says so', async () => {
  const it = await ended();
  await it.archive(it.s, [RUN]);
  const { archive: _archive, ...blind } = it.s;
  await expect(createOperations(blind).showRun(RUN)).rejects.toMatchObject({ code: 'BUCKET_NOT_NAMED' });
  expect(await createOperations(blind).listRuns({ limit: 10 })).toMatchObject({
    items: [{ run: RUN, status: 'Failed' }],
  });
});

test('a bucket that takes nothing ends the archiving of a page, and a run of its own trouble does not', async () => {
  const it = await ended();
  const runs = [RUN, await it.start('second', INPUT), await it.start('third', INPUT)];
  await it.pass(2);
  let puts = 0;
  const refusing = (error: Error): Blobs => ({
    get: (key) => it.s.blobs.get(key),
    async put(_key) {
      puts++;
      throw error;
    },
  });
  const away = new FlowbeatError('terminal', 'BLOBS_REFUSED', 'S3 refused.');
  await it.archive({ ...it.s, archive: new BlobArchive(refusing(away)) }, runs);
  // Two are under way at a time.
  expect(puts).toBe(2);
  expect(it.events.filter((name) => name === 'archiveFailed')).toHaveLength(2);
  puts = 0;
  await it.archive({ ...it.s, archive: new BlobArchive(refusing(new Error('a mistake of ours'))) }, runs);
  expect(puts).toBe(3);
  expect(await it.operations.listRuns({ limit: 10 })).not.toMatchObject({ items: [{ archived: true }] });
});

test('a run that is too large for an archive is told of once, and stays', async () => {
  const it = await ended();
  const archive = new BlobArchive(it.s.blobs, 500);
  await it.archive({ ...it.s, archive }, [RUN]);
  expect(it.events.filter((name) => name === 'archiveTooLarge')).toHaveLength(1);
  expect(rowsOf(it)).toHaveLength(4);
  expect((await it.s.store.census(it.clock.now(), undefined, it.clock.now())).ended).toBeUndefined();
  expect((it.s.blobs as MemoryBlobs).objects.size).toBe(0);
});

test('a token of an archived run is answered by what became of it, not by an error of its form', async () => {
  const it = await ended();
  const token = makeToken({ id: childFlow(rootFlow(RUN), 1, 0), nonce: 'n' }, 1, 0);
  await expect(it.operations.completeTask(token, null)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  const { id, nonce, position } = it.memory.flows.get(rootFlow(RUN))!;
  await it.archive(it.s, [RUN]);
  for (const asked of [token, makeToken({ id, nonce }, position.step, 0)]) {
    await expect(it.operations.completeTask(asked, null)).rejects.toMatchObject({
      code: 'TASK_TIMED_OUT',
      message: expect.stringContaining('archived'),
    });
  }
});

test('a message of a child that comes after its run was archived is done with, and makes no row', async () => {
  const it = await ended();
  await it.archive(it.s, [RUN]);
  const rows = rowsOf(it);
  for (const parent of [rootFlow(RUN), rootFlow(RUN, 1), childFlow(rootFlow(RUN), 1, 0)]) {
    const message = { kind: 'flow', flow: childFlow(parent, 1, 0), term: 1, queue: 'default', needs: '' } as const;
    const verdict = await examine(it.s, { message, receipt: 'r', receives: 1 }, 'worker');
    expect(verdict).toMatchObject({ do: 'delete' });
  }
  expect(rowsOf(it)).toEqual(rows);
});

test('an archive of a later format is not read as one of this', async () => {
  const it = await ended();
  await it.archive(it.s, [RUN]);
  const archive: Archive = {
    begin: () => Promise.reject(new Error('nothing is written')) as never,
    async *read() {
      yield { kind: 'run', format: 2, run: RUN };
    },
  };
  await expect(createOperations({ ...it.s, archive }).showRun(RUN)).rejects.toMatchObject({ code: 'ARCHIVE_NEWER' });
});
