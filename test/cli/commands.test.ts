import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { epoch } from '#engine/time';
import { rejected } from '#ports/errors';
import { runId } from '#ports/ids';
import { runningRun } from '../http/stub-operations.ts';
import { commandLine } from './command-line.ts';

const run = runId('report', 'monday');

test('a start passes chart, name, version and input on, and says how to watch', async () => {
  const { run, operations } = commandLine();
  const { exit, out } = await run(
    'runs',
    'start',
    'report',
    '--name',
    'monday',
    '--version',
    '2',
    '--input',
    '{"day":1}',
  );
  expect(exit).toBe(0);
  expect(operations.started).toEqual([{ chart: 'report', name: 'monday', version: 2, input: { day: 1 } }]);
  expect(out).toContain('report:monday is started.');
  expect(out).toContain('flowbeat runs watch report:monday');
});

test('an input comes from a file or from standard input, and one that is neither is refused before the start', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flowbeat-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'input.json');
  writeFileSync(file, '[1]');
  const { run, operations } = commandLine({ readStdin: async () => '"from stdin"' });
  await run('runs', 'start', 'report', '--input', file);
  await run('runs', 'start', 'report', '--input', '-');
  expect(operations.started.map(({ input }) => input)).toEqual([[1], 'from stdin']);
  for (const wrong of ['no-such-file.json', '{"a":', folder, `${'['.repeat(100_000)}${']'.repeat(100_000)}`]) {
    const { exit, err } = await run('runs', 'start', 'report', '--input', wrong);
    expect([exit, err.startsWith('error: '), err.split('\n').length]).toEqual([2, true, 2]);
  }
  expect(operations.started).toHaveLength(2);
});

test.each([
  ['RUN_NOT_FOUND', 4],
  ['NAME_TAKEN', 5],
  ['RUN_ENDED', 5],
  ['CHART_INVALID', 2],
])('%s ends with exit code %i and the sentence of the server', async (code, expected) => {
  const { run, operations } = commandLine();
  operations.fails = rejected(code, 'One clear sentence.');
  const { exit, out, err } = await run('runs', 'cancel', 'report:monday');
  expect([exit, out, err]).toEqual([expected, '', 'error: One clear sentence.\n']);
  const json = await run('runs', 'cancel', 'report:monday', '--json');
  expect(JSON.parse(json.err)).toEqual({ error: { code, message: 'One clear sentence.' } });
});

test('a stopped server is one sentence and exit code 3', async () => {
  const { run } = commandLine({
    fetch: () => Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } })),
  });
  const { exit, err } = await run('runs', 'list');
  expect(exit).toBe(3);
  expect(err).toBe(
    'error: No server answers at http://127.0.0.1:7420 (ECONNREFUSED). Start one with "flowbeat dev", or name another with --server or FLOWBEAT_SERVER.\n',
  );
});

test('an answer that is lost leaves open whether the request was carried out', async () => {
  const { run } = commandLine({
    fetch: () => Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: { code: 'UND_ERR_SOCKET' } })),
  });
  const start = await run('runs', 'start', 'report');
  expect([start.exit, start.err]).toEqual([3, expect.stringContaining('may have been carried out')]);
  expect((await run('runs', 'list')).err).not.toContain('carried out');
});

test('a part of an upload that its line does not get through in its time is sent again, and given up after three times', async () => {
  const puts: string[] = [];
  const { run } = commandLine({
    fetch: async (url, init) => {
      if (url.endsWith('/v1/uploads')) {
        const { size } = JSON.parse(String(init.body));
        const parts = [{ url: 'http://bucket.test/part-1', size }];
        return Response.json(
          { key: 'uploads/1', upload: 'u', parts, expires: '2026-01-01T00:00:00Z' },
          { status: 201 },
        );
      }
      puts.push(url);
      return new Promise((_, reject) => init.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
    },
  });
  const input = JSON.stringify('x'.repeat(6_000_000));
  const { exit, err } = await run('runs', 'start', 'a', '--input', input, '--chunk-timeout', '+10ms');
  expect([exit, err]).toEqual([
    3,
    expect.stringMatching(/6000002 bytes .* longer than 0.01 s, 3 times.* --chunk-timeout/),
  ]);
  expect(puts).toEqual(Array(3).fill('http://bucket.test/part-1'));
  expect((await run('worker', '--chunk-timeout', '+1s')).err).toContain('a state file has none');
});

test('what answers but is no Flowbeat server is told apart', async () => {
  const { run } = commandLine({ fetch: async () => new Response('<html>') });
  expect((await run('workers', 'list')).err).toContain('is no Flowbeat server');
});

test('the server is named by option before environment', async () => {
  const asked: string[] = [];
  const { run } = commandLine({
    env: { FLOWBEAT_SERVER: 'http://env:1/' },
    fetch: async (url) => {
      asked.push(url);
      return Response.json({ items: [] });
    },
  });
  await run('workers', 'list');
  await run('workers', 'list', '--server', 'http://option:2');
  expect(asked).toEqual(['http://env:1/v1/workers', 'http://option:2/v1/workers']);
  expect((await run('workers', 'list', '--server', 'option')).exit).toBe(2);
});

test('hosts without a worker are shown beside the workers, with where each answers for its health', async () => {
  const worker = {
    worker: 'w-1',
    incarnation: 'w-1-a',
    kind: 'external',
    status: 'Connected',
    host: 'h',
    health: 'http://10.0.0.3:8080/health',
    windowMs: 30_000,
    beat: 1,
    places: 2,
    flows: [],
    activities: [],
    queues: [],
    startedAt: '1970-01-01T00:00:00Z',
    beatAt: '1970-01-01T00:00:55Z',
  };
  const host = {
    taskArn: 'arn:aws:ecs:r:1:task/jobs/0f',
    zone: 'eu-west-1b',
    lifeCycle: 'spot',
    since: '1970-01-01T00:00:00Z',
  };
  let discovery: object = {
    at: '1970-01-01T00:00:48Z',
    hosts: [host, { ...host, health: 'http://10.0.0.4:8080/health' }],
  };
  const asked: string[] = [];
  const { run: cli } = commandLine({
    fetch: async (url) => {
      asked.push(url);
      return Response.json({ items: [worker], ...(url.includes('discover=true') && { discovery }) });
    },
  });
  const lines = (await cli('workers', 'list', '--discover')).out.split('\n');
  expect(lines[0]).toMatch(/ACTIVITIES {2}HEALTH$/);
  expect(lines[1]).toMatch(/http:\/\/10\.0\.0\.3:8080\/health$/);
  expect(lines.slice(2, 6)).toEqual([
    '',
    'HOST WITHOUT A WORKER  SINCE   HEALTH',
    '0f eu-west-1b spot     1m ago  -',
    '0f eu-west-1b spot     1m ago  http://10.0.0.4:8080/health',
  ]);
  discovery = { at: '1970-01-01T00:00:48Z', hosts: [] };
  expect((await cli('workers', 'list', '--discover')).out).toMatch(/has one \(asked 12s ago\)\.\n$/);
  expect((await cli('workers', 'list')).out).not.toContain('HEALTH');
  expect(asked.map((url) => url.includes('discover'))).toEqual([true, true, false]);
});

test('on one machine the command says that there is nothing to discover', async () => {
  const { run: cli } = commandLine();
  const { exit, out } = await cli('workers', 'list', '--discover');
  expect(exit).toBe(0);
  expect(out).toContain('There is nothing to discover on one machine');
  expect(out).not.toContain('HOST WITHOUT');
});

test('the brake is set, shown and released', async () => {
  const { run: cli } = commandLine();
  expect((await cli('brake', 'show')).out).toBe('The brake is off: workers that die are taken over from.\n');
  expect((await cli('brake', 'set')).exit).toBe(2);
  expect((await cli('brake', 'set', 'the network')).out).toMatch(/^The brake is on, set .+: the network\n$/);
  expect(JSON.parse((await cli('brake', 'release', '--json')).out)).toEqual({ on: false });
});

test('lists are tables for people and the answer of the API for programs', async () => {
  const { run: cli, operations } = commandLine();
  operations.runs.set(run, { ...runningRun(run), status: 'Failed', endedAt: epoch(2500) });
  const { out } = await cli('runs', 'list');
  expect(out.split('\n').slice(0, 2)).toEqual([
    'RUN            STATUS  VERSION  STARTED  TOOK  REDRIVES',
    'report:monday  Failed        1  1m ago   2.5s',
  ]);
  const { out: json } = await cli('runs', 'list', '--json');
  expect(JSON.parse(json).items[0]).toMatchObject({ run, status: 'Failed' });
  expect((await cli('charts', 'list')).out).toContain('report        3');
});

test('show tells status, flows and outcome of a run; control characters of a user are not obeyed', async () => {
  const { run: cli, operations } = commandLine();
  operations.runs.set(run, {
    ...runningRun(run),
    status: 'Failed',
    endedAt: epoch(2500),
    outcome: { status: 'Failed', error: 'Bad', cause: 'line\n\x1b[2Jtwo' },
  });
  const { out } = await cli('runs', 'show', 'report:monday', '--log');
  expect(out).toContain('cause    line \\x1b[2Jtwo');
  expect(out).toContain('root  Owned   Extract');
  expect(out).toContain('The handlers logged nothing.');
});

test('history prints a line an event, or an object a line', async () => {
  const { run } = commandLine();
  expect((await run('runs', 'history', 'report:monday')).out).toContain('ExecutionStarted');
  const { out } = await run('runs', 'history', 'report:monday', '--json');
  expect(JSON.parse(out)).toMatchObject({ id: 1, type: 'ExecutionStarted' });
});

test('nothing is cut unless a person looks', async () => {
  const long = 'x'.repeat(600);
  const person = { isTTY: true, size: () => ({ columns: 80, rows: 24 }) };
  for (const [looked, terminal] of [[false, {}] as const, [true, person] as const]) {
    const { run: cli, operations } = commandLine(terminal);
    operations.runs.set(run, {
      ...runningRun(run),
      status: 'Succeeded',
      endedAt: epoch(1),
      input: long,
      outcome: { status: 'Succeeded', output: long },
    });
    operations.history = async () => ({
      events: [
        { id: 1, previousEventId: 0, timestamp: epoch(1), type: 'Odd', flow: run, oddEventDetails: { text: long } },
      ] as never,
      cursor: '1',
    });
    for (const command of ['show', 'history', 'watch']) {
      expect((await cli('runs', command, run)).out.includes('…'), command).toBe(looked);
    }
  }
});

test('the history tells moments as times and what handlers logged as text', async () => {
  const { run: cli, operations } = commandLine();
  const line = [epoch(0), 'warn', 'low on disk'];
  operations.history = async () => ({
    events: [
      { id: 1, previousEventId: 0, timestamp: epoch(1), type: 'Log', flow: run, lines: [line], due: epoch(5000) },
    ] as never,
    cursor: '1',
  });
  const { out } = await cli('runs', 'history', run);
  expect(out).toMatch(/lines=\d\d:\d\d:\d\d warn: low on disk due=1970-01-01T00:00:05.000Z/);
});

test('watch ends with the run: exit code 0 if it succeeded, 1 if not', async () => {
  const { run: cli, operations } = commandLine();
  operations.runs.set(run, { ...runningRun(run), status: 'Succeeded', endedAt: epoch(1) });
  expect((await cli('runs', 'watch', 'report:monday')).exit).toBe(0);
  operations.runs.set(run, { ...runningRun(run), status: 'TimedOut', endedAt: epoch(1) });
  const { exit, out } = await cli('runs', 'watch', 'report:monday', '--json');
  expect(exit).toBe(1);
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => Object.keys(JSON.parse(line))[0]),
  ).toEqual(['event', 'run']);
});

test('a watch that follows a redrive does not begin with the end before it', async () => {
  const { run: cli, operations } = commandLine();
  const ended = (redrives: number, status: 'Failed' | 'Succeeded') =>
    operations.runs.set(run, { ...runningRun(run), status, endedAt: epoch(1), redrives });
  operations.redriveRun = async () => ({ ...ended(1, 'Succeeded').get(run)! });
  const { showRun } = operations;
  operations.showRun = async (asked) => {
    // The first look is answered from before.
    if (looks++ === 0) return { ...(await showRun.call(operations, asked)), status: 'Failed', redrives: 0 };
    return showRun.call(operations, asked);
  };
  let looks = 0;
  const { exit, out } = await cli('runs', 'redrive', run, '--watch');
  expect([exit, out.includes('Failed')]).toEqual([0, false]);
});

test('what names no run and an empty list say what to do', async () => {
  const { run } = commandLine();
  const { exit, err } = await run('runs', 'show', 'monday');
  expect([exit, err]).toEqual([2, expect.stringContaining('A run is <chart>:<name>')]);
  expect((await run('runs', 'list')).out).toContain('There are no runs. Start one:');
  expect((await run('runs', 'list', '--chart', 'x')).out).toContain('There are no such runs.');
});

test('an interrupted watch leaves the run alone and says so: exit code 130', async () => {
  const { run: cli, operations, interrupt } = commandLine();
  operations.runs.set(run, runningRun(run));
  const watching = cli('runs', 'watch', 'report:monday');
  setTimeout(interrupt, 20);
  const { exit, err } = await watching;
  expect(exit).toBe(130);
  expect(err).toContain('The run goes on.');
  expect(operations.asked.map(([name]) => name)).not.toContain('cancelRun');
});

test('a watch on a terminal redraws in place and gives the cursor back', async () => {
  const { run: cli, operations } = commandLine({ isTTY: true, size: () => ({ columns: 80, rows: 24 }) });
  operations.runs.set(run, { ...runningRun(run), status: 'Succeeded', endedAt: epoch(1) });
  const { out, plain } = await cli('runs', 'watch', 'report:monday');
  expect(out.startsWith('\x1b[?25l')).toBe(true);
  expect(out.endsWith('\x1b[?25h')).toBe(true);
  expect(plain).toContain('report:monday  Succeeded');
});

test('serve and worker hand over what they were given, with the defaults of the manual', async () => {
  const { run, launched } = commandLine();
  await run('serve', '--window', '+30s', '--handlers', 'a.js,b.js', '--handlers', 'c.js', '--no-worker');
  await run('worker', '--local', '-n', '4', '--file', 'package.json');
  await run('demo', 'failover');
  expect(launched[0]).toMatchObject({
    mode: 'serve',
    host: '127.0.0.1',
    port: 7420,
    file: './.flowbeat/state.db',
    handlers: ['a.js', 'b.js', 'c.js'],
    worker: false,
    windowMs: 30_000,
  });
  expect(launched[1]).toMatchObject({ store: { kind: 'sqlite' }, count: 4, places: 2, prefetch: 0, drainMs: 30_000 });
  expect(launched[2]).toEqual({ scenario: 'failover', json: false });
});

test('the bounds of expressions go to the server, each within its range', async () => {
  const { run, launched } = commandLine();
  await run('serve', '--expression-fuel', '50000', '--expression-depth', '100');
  expect(launched[0]).toMatchObject({ bounds: { fuel: 50_000, depth: 100 } });
  const { exit, err } = await run('serve', '--expression-size', '5');
  expect(exit).toBe(2);
  expect(err).toContain('1000');
  expect(err).toContain('100000000');
});

test.each(['0', '+0s', '30', 'soon', '-5s', '+1x'])('the window %s is a configuration error', async (window) => {
  const { run, launched } = commandLine();
  const { exit, err } = await run('serve', '--window', window);
  expect(exit).toBe(2);
  expect(err).toContain(`'${window}' is no time expression`);
  if (/^\+?0/.test(window)) expect(err).toContain('zero is a configuration error');
  expect(launched).toEqual([]);
});

test('a worker over a state file that is not there is refused, for it would wait for ever', async () => {
  const { run, launched } = commandLine();
  const { exit, err } = await run('worker', '--file', 'nope.db');
  expect([exit, launched]).toEqual([2, []]);
  expect(err).toContain('There is no state file nope.db.');
  expect(err).toContain('flowbeat serve --file nope.db');
});

test('a launcher that fails with an error of ours ends with its sentence; what nobody foresaw shows its stack', async () => {
  const failing = (error: unknown) => commandLine({}, { serve: () => Promise.reject(error) }).run('serve');
  const busy = await failing(rejected('PORT_BUSY', 'Port 7420 is taken. Choose another with --port.'));
  expect([busy.exit, busy.err]).toEqual([2, 'error: Port 7420 is taken. Choose another with --port.\n']);
  const unforeseen = await failing(new Error('boom'));
  expect([unforeseen.exit, unforeseen.err.includes('at ')]).toEqual([1, true]);
});

test('a port that is none is refused', async () => {
  const { exit, err } = await commandLine().run('serve', '--port', '70000');
  expect([exit, err.includes('from 0 to 65535')]).toEqual([2, true]);
});

test.each([['runs list --limit x'], ['runs list --limti 3'], ['bogus'], ['runs'], ['runs show']])(
  'the usage error of "%s --json" is one line for programs',
  async (line) => {
    const { exit, out, err } = await commandLine().run(...line.split(' '), '--json');
    expect([exit, out, err.trim().split('\n').length]).toEqual([2, '', 1]);
    expect(JSON.parse(err)).toEqual({ error: { code: 'BAD_INPUT', message: expect.stringMatching(/^[^\n]{10,}$/) } });
  },
);

test('a run that was archived is shown as one', async () => {
  const { run: call, operations } = commandLine();
  operations.runs.set(run, runningRun(run));
  expect((await call('runs', 'show', run)).out).not.toContain('archived');
  operations.runs.set(run, { ...runningRun(run), status: 'Failed', archived: true });
  expect((await call('runs', 'show', run)).out).toMatch(/archived +yes: it can be read, and not be redriven/);
});
