import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openLeases } from '#adapters/sqlite/lease-connection';
import { openSqlite } from '#adapters/sqlite/open';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import type { FlowId, Incarnation } from '#ports/ids';
import { after, stateFile } from '#test/adapters/sqlite/folder';
import { commitOf, next, owned, put, T0 } from '#test/adapters/sqlite/records';

const PROGRAM = fileURLToPath(new URL('writer-process.ts', import.meta.url));

/** Starts a writer; `acknowledged` grows while it runs: the last seq that it was told of, by flow. */
function writer(file: string, name: string, commits: number) {
  const child = spawn(process.execPath, [PROGRAM, file, name, String(commits)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  after(() => void child.kill('SIGKILL'));
  const acknowledged = new Map<string, number>();
  let rest = '';
  child.stdout.on('data', (data: Buffer) => {
    const lines = (rest + data.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [flow, seq] = line.split(' ') as [string, string];
      acknowledged.set(flow, Number(seq));
    }
  });
  return { child, acknowledged };
}

const ended = async (child: ChildProcess) =>
  child.exitCode === null && child.signalCode === null ? once(child, 'close') : undefined;

const open = async (file: string) => {
  const sqlite = await openSqlite({ file, clock: SYSTEM_CLOCK });
  after(() => sqlite.close());
  return sqlite;
};

test('two processes commit to one file at the same time; every commit is in, once, with its facts', async () => {
  const file = stateFile();
  const COMMITS = 60;
  const both = [writer(file, 'a', COMMITS), writer(file, 'b', COMMITS)];
  await Promise.all(both.map(({ child }) => ended(child)));
  expect(both.map(({ child }) => child.exitCode)).toEqual([0, 0]);
  const { store } = await open(file);
  for (const name of ['a', 'b']) {
    for (let i = 0; i < 10; i++) {
      const id = owned(`${name}-${i}`, name).id;
      expect((await store.readFlow(id))?.seq).toBe(COMMITS);
      expect((await store.readFacts(id, -1, 1_000)).map(({ seq }) => seq)).toEqual(
        Array.from({ length: COMMITS }, (_, n) => n + 1),
      );
    }
  }
});

test('a process killed by SIGKILL has lost no commit that was acknowledged', async () => {
  const file = stateFile();
  for (let kill = 0; kill < 3; kill++) {
    const { child, acknowledged } = writer(file, `k${kill}`, 1_000_000);
    while ([...acknowledged.values()].reduce((a, b) => a + b, 0) < 300) await once(child.stdout!, 'data');
    child.kill('SIGKILL');
    await ended(child);
    const sqlite = await openSqlite({ file, clock: SYSTEM_CLOCK });
    expect(acknowledged.size).toBe(10);
    for (const [id, seq] of acknowledged) {
      const flow = await sqlite.store.readFlow(id as FlowId);
      expect(flow?.seq).toBeGreaterThanOrEqual(seq);
      const facts = await sqlite.store.readFacts(id as FlowId, -1, 1_000_000);
      expect(facts.map((chunk) => chunk.seq)).toEqual(Array.from({ length: flow?.seq ?? 0 }, (_, n) => n + 1));
    }
    await sqlite.close();
  }
});

test('a file that another process holds is waited for without stopping the event loop', async () => {
  const file = stateFile();
  const [mine, other] = [await open(file), await open(file)];
  const flow = owned('r', 'me');
  await mine.commit([put(flow)]);
  const { DatabaseSync } = await import('node:sqlite');
  const holder = new DatabaseSync(file);
  holder.exec('BEGIN IMMEDIATE');
  let settled = false;
  const waiting = Promise.all([mine.commit([commitOf(flow)]), other.commit([put(owned('s', 'me'))])]).then(
    (results) => {
      settled = true;
      return results;
    },
  );
  let turns = 0;
  for (let i = 0; i < 50; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    turns++;
  }
  expect(settled).toBe(false);
  expect(turns).toBe(50);
  // Reads do not wait for writers.
  expect(await mine.store.readFlow(flow.id)).toEqual(flow);
  holder.exec('ROLLBACK');
  holder.close();
  expect(await waiting).toEqual([{ ok: true }, { ok: true }]);
  expect(await other.store.readFlow(flow.id)).toEqual(next(flow));
});

test('a receiver in one opening gets what another sends: by a nudge, and without one by looking', async () => {
  const file = stateFile();
  const [here, there] = [await open(file), await open(file)];
  const options = { queues: ['q'], max: 10, waitMs: 30_000, visibilityMs: 30_000 };
  const message = { kind: 'flow', queue: 'q', flow: 'c:r' as FlowId, term: 1, needs: '' } as const;
  there.onSent((queues) => here.nudge(queues));
  const nudged = here.queue.receive(options);
  await there.queue.send([{ message, delayMs: 0 }]);
  expect((await nudged).map((received) => received.message)).toEqual([message]);
  const quiet = await open(file);
  const looking = here.queue.receive(options);
  await quiet.commit([{ kind: 'send', message, delayMs: 20 }]);
  expect(await looking).toHaveLength(1);
});

test('beats go through a connection of their own', async () => {
  const file = stateFile();
  const { store } = await open(file);
  const { leases, close } = await openLeases(file);
  after(close);
  const incarnation = 'inc' as Incarnation;
  await store.putLease({
    incarnation,
    worker: 'w',
    kind: 'local',
    host: 'h',
    status: 'Connected',
    windowMs: 3_000,
    beat: 0,
    progress: 0,
    stalled: false,
    flows: [],
    places: 1,
    activities: [],
    queues: [],
    startedAt: T0,
    beatAt: T0,
    commands: [],
  });
  await store.command(incarnation, { verb: 'drain' });
  const beat = { incarnation, beat: 1, progress: 1, stalled: false, status: 'Connected', flows: [], now: T0 } as const;
  expect(await leases.beat(beat)).toEqual([{ verb: 'drain' }]);
  expect((await store.readLease(incarnation))?.beat).toBe(1);
  await store.condemn(incarnation, 1, 'observer', { kind: 'silence', text: 'silent' }, T0);
  expect(await leases.beat({ ...beat, beat: 2 })).toBeUndefined();
});
