/** Several worker processes over one state file. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { chain, fork } from '#test/requirements/charts';
import { Cluster, type Member, until } from '#test/support/cluster';

test('XD-12, FX-1: one command starts several local workers on one file; all are listed, and flows are run by all', async () => {
  await using cluster = new Cluster();
  await cluster.serve('--no-worker');
  const pair = cluster.launch(
    ...['worker', '--local', '-n', '2', '--places', '2'],
    ...['--file', cluster.file, '--handlers', cluster.handlers],
  );
  const workers = await until('two workers are listed', async () => {
    const local = (await cluster.workers()).filter(({ kind, status }) => kind === 'local' && status === 'Connected');
    return local.length === 2 && local;
  });
  expect(new Set(workers.map(({ pid }) => pid)).size).toBe(2);
  await until('both are ready', () => pair.output().match(/ works on /g)?.length === 2);
  await cluster.put(fork('fork', ['A', 'B', 'C', 'D']));
  const run = await cluster.start('fork', 'one');
  await until('all places are taken', () => cluster.journal().length === 4);
  for (const { pid } of workers) expect(cluster.journal().filter((entry) => entry.pid === pid)).toHaveLength(2);
  for (const name of ['A', 'B', 'C', 'D']) cluster.open(name);
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
  pair.kill('SIGTERM');
  expect(await pair.ended, pair.output()).toBe(0);
  expect(await cluster.workers()).toEqual([]);
});

test('FX-15, FX-16, FF-19: branches run on different workers, and one view shows where each stands', async () => {
  await using cluster = new Cluster();
  await cluster.serve('--no-worker');
  await Promise.all([cluster.worker('a', '--places', '1'), cluster.worker('b', '--places', '1')]);
  await cluster.put(fork('fork', ['Left', 'Right']));
  const run = await cluster.start('fork', 'one');
  const [left, right] = await Promise.all([cluster.did('began', 'Left'), cluster.did('began', 'Right')]);
  expect(left.pid).not.toBe(right.pid);

  const flows = (
    await cluster.json<{ flows: { at: string; status: string; owner?: string; parent?: string }[] }>(
      'runs',
      'show',
      run,
    )
  ).flows;
  const owners = flows
    .filter(({ parent }) => parent !== undefined)
    .map(({ at, status, owner }) => ({ at, status, owner }));
  expect(owners.map(({ at, status }) => [at, status]).sort()).toEqual([
    ['Left', 'Owned'],
    ['Right', 'Owned'],
  ]);
  expect(new Set(owners.map(({ owner }) => owner)).size).toBe(2);
  expect(flows.find(({ parent }) => parent === undefined)).toMatchObject({ at: 'Fork', status: 'Waiting' });

  // One branch ends; every reader sees it, while the other still runs.
  cluster.open('Left');
  await until('the left branch is shown as ended', async () =>
    (await cluster.run(run)).flows.some(({ at, status }) => at === 'Left' && status === 'Succeeded'),
  );
  const { updatedAt: _, ...seen } = await cluster.run(run);
  expect(seen).toMatchObject({ status: 'Running' });
  await cluster.serve('--no-worker');
  expect(await cluster.run(run)).toMatchObject(seen);
  cluster.open('Right');
  expect(await cluster.ended(run)).toMatchObject({ outcome: { output: [{ name: 'Left' }, { name: 'Right' }] } });
});

test('XD-16: a flow waits in the shared queue until a worker has a place, and that one takes it', async () => {
  await using cluster = new Cluster();
  await cluster.serve('--no-worker');
  const full = await cluster.worker('full', '--places', '1');
  await cluster.put(chain('hold', [['Hold', 'hold']]));
  await cluster.put(chain('note', [['Note', 'note']]));
  await cluster.start('hold', 'one');
  const holds = await cluster.did('began', 'Hold');
  expect(holds.pid).toBe(full.pid);
  const run = await cluster.start('note', 'one');
  const free = await cluster.worker('free', '--places', '1');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
  expect(await cluster.did('done', 'Note')).toMatchObject({ pid: free.pid });
  free.kill('SIGTERM');
  await free.ended;
  // The one that is left is full.
  const next = await cluster.start('note', 'two');
  expect(await cluster.run(next)).toMatchObject({ flows: [{ status: 'Queued' }] });
  cluster.open('Hold');
  expect(await cluster.ended(next)).toMatchObject({ status: 'Succeeded' });
});

test('XD-17: of many workers that compete each flow belongs to one at a time, and each action is run once', async () => {
  await using cluster = new Cluster();
  await cluster.serve('--no-worker');
  await Promise.all(['a', 'b', 'c'].map((name) => cluster.worker(name, '--places', '2')));
  await cluster.put(
    chain('pair', [
      ['First', 'note'],
      ['Second', 'note'],
    ]),
  );
  const runs = await Promise.all(Array.from({ length: 40 }, (_, i) => cluster.start('pair', `run-${i}`)));
  const ended = await Promise.all(runs.map((run) => cluster.ended(run)));
  expect(ended.every(({ status }) => status === 'Succeeded')).toBe(true);
  const journal = cluster.journal();
  expect(journal).toHaveLength(80);
  expect(new Set(journal.map(({ key }) => key)).size).toBe(80);
  expect(new Set(journal.map(({ pid }) => pid)).size).toBeGreaterThan(1);
});

test('FX-6: workers with another state file take nothing and are not listed', async () => {
  await using ours = new Cluster();
  await using theirs = new Cluster();
  await ours.serve('--no-worker');
  await theirs.serve('--no-worker');
  await theirs.worker('stranger');
  expect(await ours.workers()).toEqual([]);
  await ours.put(chain('alone', [['Only', 'note']]));
  await theirs.put(chain('alone', [['Only', 'note']]));
  const run = await ours.start('alone', 'one');
  // The stranger is awake and works: on what is its own.
  expect(await theirs.ended(await theirs.start('alone', 'one'))).toMatchObject({ status: 'Succeeded' });
  expect(await ours.run(run)).toMatchObject({ status: 'Running', flows: [{ status: 'Queued' }] });
  expect(ours.journal()).toEqual([]);
});

test('FX-18, FX-3, XD-47: workers listen on no network port, and finish a run while no server is there', async () => {
  await using cluster = new Cluster();
  const server = await cluster.serve('--no-worker');
  const worker = await cluster.worker('a');
  await cluster.put(
    chain('long', [
      ['Hold', 'hold'],
      ['After', 'note'],
    ]),
  );
  const run = await cluster.start('long', 'one');
  await cluster.did('began', 'Hold');
  expect(listeningPorts(worker.pid)).toEqual([]);
  expect(listeningPorts(server.pid)).toHaveLength(1);
  server.kill('SIGKILL');
  await server.ended;
  cluster.open('Hold');
  await cluster.did('done', 'After');
  await cluster.serve('--no-worker');
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });
});

test('XD-60: at its start the server says how workers join, and one does by just that', async () => {
  await using cluster = new Cluster();
  const server = await cluster.serve('--no-worker');
  const said = await until('it says so', () => / join by: flowbeat (?<command>.+)/.exec(server.output())?.groups);
  cluster.launch(...(said.command ?? '').split(' '), '--handlers', cluster.handlers);
  await cluster.put(chain('short', [['Only', 'note']]));
  expect(await cluster.ended(await cluster.start('short', 'one'))).toMatchObject({ status: 'Succeeded' });
});

test('OR-25: how many flows a worker runs at a time is a setting, 2 by default', async () => {
  await using cluster = new Cluster();
  await cluster.serve('--no-worker');
  await cluster.worker('two');
  expect(await cluster.workers()).toMatchObject([{ worker: 'two', places: 2 }]);
  await cluster.put(fork('wide', ['A', 'B', 'C']));
  const run = await cluster.start('wide', 'one');
  const full = await until('the worker is full', async () => {
    const [worker] = await cluster.workers();
    return worker !== undefined && cluster.journal().length === 2 && worker;
  });
  expect(full.places).toBe(2);
  const [first] = cluster.journal();
  cluster.open(first?.name ?? '');
  await until('the third branch runs', () => cluster.journal().filter(({ what }) => what === 'began').length === 3);
  expect(cluster.journal().map(({ what }) => what)).toEqual(['began', 'began', 'done', 'began']);
  for (const name of ['A', 'B', 'C']) cluster.open(name);
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded' });

  await cluster.worker('three', '--places', '3');
  await cluster.put(fork('wider', ['D', 'E', 'F', 'G', 'H', 'I']));
  await cluster.start('wider', 'one');
  await until('all places are taken', () => cluster.journal().filter(({ what }) => what === 'began').length === 3 + 5);
  expect((await cluster.workers()).map(({ worker, places }) => [worker, places]).sort()).toEqual([
    ['three', 3],
    ['two', 2],
  ]);
});

/** The runs that a second worker begins, by name, where the first has one place and is there when three of them wait. */
async function besideOne(cluster: Cluster, prefetch: string) {
  await cluster.serve('--no-worker');
  await cluster.put(chain('long', [['Hold', 'hold']]));
  for (const name of ['one', 'two', 'three']) await cluster.start('long', name);
  const window = ['--window', '+1m'];
  // All three messages are there at its first look, so once it runs one it holds as many of the others as it may.
  const first = await cluster.worker('first', '--places', '1', '--prefetch', prefetch, ...window);
  await cluster.did('began', 'Hold');
  const second = await cluster.worker('second', '--places', '3', ...window);
  await cluster.start('long', 'four');
  const begun = (by: Member) =>
    cluster.journal().flatMap(({ what, pid, run }) => (what === 'began' && pid === by.pid ? [run] : []));
  await until('the second worker runs what was started last', () => begun(second).includes('long:four'));
  return { first, begun: () => begun(second).sort() };
}

test('OR-26: how many messages a worker holds ahead of its places is a setting; it gives them back when it stops', async () => {
  await using cluster = new Cluster();
  const { first, begun } = await besideOne(cluster, '2');
  expect(begun()).toEqual(['long:four']);
  first.kill('SIGTERM');
  await until('the second worker runs what the first held', () => begun().length === 3);
  expect(begun()).toEqual(['long:four', 'long:three', 'long:two']);
  // That was at once, not when the first had finished what it ran.
  expect(cluster.journal().filter(({ what }) => what !== 'began')).toEqual([]);
  cluster.open('Hold');
  expect(await first.ended, first.output()).toBe(0);
  for (const name of ['one', 'two', 'three', 'four']) await cluster.ended(`long:${name}`);
  expect(cluster.journal().filter(({ what }) => what === 'began')).toHaveLength(4);
});

test('OR-26: without it a worker holds nothing ahead, and others take what waits', async () => {
  await using cluster = new Cluster();
  const { begun } = await besideOne(cluster, '0');
  await until('the second worker runs all that the first does not', () => begun().length === 3);
  expect(begun()).toEqual(['long:four', 'long:three', 'long:two']);
});

/** TCP sockets on which a process listens. */
function listeningPorts(pid: number): number[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      } catch {
        return undefined;
      }
    }),
  );
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A' && inodes.has(fields[9] ?? ''))
      .map((fields) => Number.parseInt(fields[1]?.split(':')[1] ?? '', 16)),
  );
}
