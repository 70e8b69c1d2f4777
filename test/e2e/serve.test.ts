import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { cli } from '#test/e2e/cli-process';
import { handlers } from '#test/e2e/scene';
import { oneTask } from '#test/embedded/server';
import { TemporaryFolder } from '#test/support/temporary-folder';

const serve = (file: string, ...more: string[]) => cli('serve', '--port', '0', '--file', file, ...more);

async function put(url: string, path: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Record<string, unknown>;
}

test('serve answers, runs, and stops with 0 at SIGTERM; a restart goes on from the same file', async () => {
  using folder = new TemporaryFolder();
  const file = folder.file('deep/below/state.db');
  const log = folder.file('log');
  {
    await using server = serve(file, '--handlers', handlers);
    const url = String((await server.event('listening')).url);
    const health = await fetch(`${url}/v1/health`);
    expect([health.status, await health.json()]).toMatchObject([200, { status: 'ok', store: `sqlite: ${file}` }]);
    await server.event('ready');
    await put(url, '/v1/charts', { name: 'once', definition: oneTask('gated') });
    const started = await put(url, '/v1/charts/once/runs', { name: 'a', input: { log } });
    expect(started.run).toBe('once:a');
    const watched = await fetch(`${url}/v1/runs/once:a?wait=20`, { headers: { 'if-none-match': 'W/"none"' } });
    expect(watched.status).toBe(200);
    expect(await server.kill('SIGTERM')).toBe(0);
    expect(server.lines.at(-1)?.event).toBe('stopped');
  }
  await using again = serve(file, '--handlers', handlers);
  const url = String((await again.event('listening')).url);
  const run = (await (await fetch(`${url}/v1/runs/once:a`)).json()) as { status: string };
  expect(run.status).toBe('Succeeded');
  expect(await again.kill('SIGINT')).toBe(0);
});

test('what cannot begin says why in one sentence, exit code 2', async () => {
  using folder = new TemporaryFolder();
  const refusals: [code: string, said: RegExp, ...args: string[]][] = [];

  const noise = folder.file('noise.db');
  writeFileSync(noise, Buffer.alloc(20_000, 'no database'));
  refusals.push(['STORE_NOT_A_DATABASE', /not a Flowbeat state file/, '--file', noise]);

  const newer = folder.file('newer.db');
  await using maker = serve(newer);
  await maker.event('ready');
  await maker.kill('SIGTERM');
  const db = new DatabaseSync(newer);
  db.exec('PRAGMA user_version = 1000');
  db.close();
  refusals.push(['STORE_NEWER', /newer/, '--file', newer]);

  const foreign = folder.file('foreign.db');
  const other = new DatabaseSync(foreign);
  other.exec('CREATE TABLE theirs (a)');
  other.close();
  refusals.push(['STORE_NOT_OURS', /other program|not a Flowbeat/i, '--file', foreign]);

  refusals.push(['STORE_NOT_WRITABLE', /is a directory/, '--file', folder.file('.')]);
  refusals.push(['STORE_FOLDER_MISSING', /cannot be made/, '--file', '/proc/none/state.db']);
  refusals.push(['HANDLERS_INVALID', /no handlers file/, '--file', folder.file('a.db'), '--handlers', 'missing.ts']);
  refusals.push(['HOST_INVALID', /no address of this machine/, '--file', folder.file('b.db'), '--host', '203.0.113.7']);

  const chart = folder.file('bad.yaml');
  writeFileSync(chart, 'name: bad\ndefinition: { StartAt: A, States: { B: { Type: Pas } } }\n');
  refusals.push(['CHART_INVALID', /2 errors; nothing was stored/, '--file', folder.file('c.db'), '--charts', chart]);

  const busy = createServer();
  const port = await new Promise<number>((resolve) =>
    busy.listen(0, '127.0.0.1', () => resolve((busy.address() as { port: number }).port)),
  );
  refusals.push(['PORT_BUSY', /taken by another program/, '--file', folder.file('d.db'), '--port', String(port)]);

  for (const [code, said, ...args] of refusals) {
    await using server = cli('serve', '--port', '0', ...args);
    expect([code, await server.ended]).toEqual([code, 2]);
    const { error } = JSON.parse(server.stderr) as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    expect(error.message).toMatch(said);
    // Whoever starts one that cannot begin is not told that it serves.
    expect(server.lines.map(({ event }) => event)).not.toContain('listening');
  }
  await new Promise((resolve) => busy.close(resolve));
});

test('what a handler does to its process is told: a rejection harms no run, an exception or an exit ends the process', async () => {
  using folder = new TemporaryFolder();
  await using server = serve(folder.file('state.db'), '--handlers', handlers);
  const url = String((await server.event('listening')).url);
  await server.event('ready');
  const start = async (activity: string) => {
    await put(url, '/v1/charts', { name: activity, definition: oneTask(activity) });
    await put(url, `/v1/charts/${activity}/runs`, { name: 'a', input: {} });
  };
  await start('strayRejection');
  expect((await server.event('strayRejection')).message).toContain('left behind');
  await start('strayError');
  expect((await server.event('strayError')).message).toContain('thrown too late');
  expect(await server.ended).toBe(1);

  await using again = serve(folder.file('other.db'), '--handlers', handlers);
  const other = String((await again.event('listening')).url);
  await put(other, '/v1/charts', { name: 'strayExit', definition: oneTask('strayExit') });
  // The process may be gone before it answers.
  await put(other, '/v1/charts/strayExit/runs', { name: 'a', input: {} }).catch(() => {});
  expect(await again.event('strayExit')).toMatchObject({ code: 3 });
  expect(await again.ended).toBe(3);
});

test('one window for the whole cluster: a worker that asks for another one is refused while others live', async () => {
  using folder = new TemporaryFolder();
  const file = folder.file('state.db');
  await using server = serve(file, '--window', '+5s');
  await server.event('ready');
  await using worker = cli('worker', '--file', file, '--handlers', handlers, '--window', '+9s');
  expect(await worker.ended).toBe(2);
  expect(worker.stderr).toContain('WINDOW_DIFFERS');
});

test('worker -n starts processes, starts a killed one again, and drains them all at SIGTERM', async () => {
  using folder = new TemporaryFolder();
  const file = folder.file('state.db');
  // SQLite takes an empty file for a new database.
  writeFileSync(file, '');
  await using workers = cli('worker', '-n', '2', '--file', file, '--handlers', handlers, '--window', '+3s');
  const ready = async (count: number) => {
    while (workers.lines.filter(({ event }) => event === 'ready').length < count) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await ready(2);
  const victim = Number(workers.lines.find(({ event }) => event === 'ready')?.pid);
  process.kill(victim, 'SIGKILL');
  expect(await workers.event('workerDied')).toMatchObject({ pid: victim, how: 'SIGKILL' });
  await ready(3);
  expect(await workers.kill('SIGTERM')).toBe(0);
  const pids = workers.lines.filter(({ event }) => event === 'ready').map(({ pid }) => Number(pid));
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
});

test('demo failover: the killed worker is taken over by proof, and the run succeeds', async () => {
  await using demo = cli('demo', 'failover');
  expect(await demo.ended).toBe(0);
  const killed = demo.lines.find(({ event }) => event === 'killed');
  const taken = demo.lines.find(({ event }) => event === 'takenOver');
  expect(taken).toMatchObject({ fromWorker: killed?.worker, oldTerm: 2, term: 3, fromBreak: 1, at: 'Pack' });
  expect(taken?.evidence).toMatchObject({ kind: 'process' });
  expect(demo.lines.at(-1)).toMatchObject({ event: 'ended', status: 'Succeeded', redone: ['Pack'] });
});
