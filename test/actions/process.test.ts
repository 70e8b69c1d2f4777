import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { createActionRunner } from '#actions/action-runner';
import { errorOf, realClock, TestCall } from '#test/actions/support/calls';
import handlers from '#test/actions/support/process-handlers';
import { isRunning, pidsIn, until } from '#test/actions/support/processes';

const module = pathToFileURL(join(import.meta.dirname, 'support/process-handlers.ts')).href;
const open = () => createActionRunner({ activities: { activities: handlers, module }, clock: realClock, threads: 1 });
const runner = open();
const folder = mkdtempSync(join(tmpdir(), 'flowbeat-process-'));
afterAll(async () => {
  await runner.close();
  rmSync(folder, { recursive: true });
});

const run = (name: string, more = {}) => runner.run(new TestCall(name, 'in', more));
const pid = async () => ((await run('where')) as { output: number }).output;

describe("isolate: 'process'", () => {
  it('runs in a process of its own, again and again in the same', async () => {
    const first = await pid();
    expect(first).not.toBe(process.pid);
    expect(await pid()).toBe(first);
  });

  it('is told who asks, and has its log, checkpoints and errors as elsewhere', async () => {
    expect(await run('names', { token: 'T' })).toEqual({
      ok: true,
      output: { input: 'in', names: ['chart:run#3', 2, 'chart:run', 'chart', 'Work', 'T'] },
    });
    expect((await run('talks')).lines?.map(({ level, text }) => `${level}: ${text}`)).toEqual([
      'warn: from afar { a: 1 }',
    ]);
    const call = new TestCall('resumes', null, { saved: 41 });
    expect(await runner.run(call)).toEqual({ ok: true, output: 41 });
    expect(call.saved).toEqual({ after: 41 });
    expect(await run('declines')).toEqual({ ok: false, error: 'Card.Declined', cause: 'no funds' });
  });

  it('has the environment of its worker, without what is the worker’s own', async () => {
    process.env.FLOWBEAT_PROBE = 'secret';
    process.env.ECS_AGENT_URI = 'http://127.0.0.1:1';
    process.env.PROBE_OF_HANDLERS = 'theirs';
    const fresh = open();
    const { output } = (await fresh.run(new TestCall('environment'))) as unknown as { output: object };
    await fresh.close();
    for (const name of ['FLOWBEAT_PROBE', 'ECS_AGENT_URI', 'PROBE_OF_HANDLERS']) delete process.env[name];
    expect(output).toMatchObject({ PROBE_OF_HANDLERS: 'theirs' });
    expect(output).not.toHaveProperty('FLOWBEAT_PROBE');
    expect(output).not.toHaveProperty('ECS_AGENT_URI');
  });

  it('refuses a result that is too large to be told', async () => {
    expect(errorOf(await run('big'))).toBe('States.DataLimitExceeded');
  });

  it('is ended on a time-out though it never yields, and another process takes over (L11)', async () => {
    const before = await pid();
    const outcome = await run('blocks', { timeoutMs: 500 });
    expect(outcome).toMatchObject({ ok: false, error: 'States.Timeout', lines: [{ text: 'begun' }] });
    expect(isRunning(before)).toBe(false);
    expect(await pid()).not.toBe(before);
  });

  it('is ended on an abort with all that it started (L11)', async () => {
    const file = join(folder, 'pids');
    const call = new TestCall('parents', file);
    const outcome = runner.run(call);
    const pids = await pidsIn(file, 2);
    expect(pids.map(isRunning)).toEqual([true, true]);
    call.controller.abort();
    expect(errorOf(await outcome)).toBe('Flowbeat.Aborted');
    expect(pids.map(isRunning)).toEqual([false, false]);
  });

  it('keeps its process where it ends on its signal', async () => {
    const before = await pid();
    expect(errorOf(await run('listens', { timeoutMs: 150 }))).toBe('States.Timeout');
    expect(await pid()).toBe(before);
  });

  it('shows that it lives while it blocks, and is missed when it does not', async () => {
    // The process is there: its start is not to be counted.
    await pid();
    expect(await run('beats', { heartbeatMs: 1_500 })).toEqual({ ok: true, output: 'done' });
    const missed = await run('blocks', { heartbeatMs: 1_500 });
    expect(missed).toMatchObject({ error: 'States.HeartbeatTimeout', cause: expect.stringContaining('"alive"') });
  });

  it('fails where the handler ends its process or crashes it, and the next one has another', async () => {
    expect(await run('exits')).toMatchObject({
      error: 'Flowbeat.ProcessDied',
      cause: expect.stringContaining('exit code 3'),
    });
    expect(await run('crashes')).toMatchObject({
      error: 'Flowbeat.ProcessDied',
      cause: expect.stringContaining('SIGABRT'),
    });
    expect(isRunning(await pid())).toBe(true);
  });

  it('ends all its processes when it is closed', async () => {
    const other = open();
    const file = join(folder, 'closed');
    const outcome = other.run(new TestCall('parents', file));
    const pids = await pidsIn(file, 2);
    await other.close();
    await until(() => !pids.some(isRunning), 'the end of the processes');
    expect(errorOf(await outcome)).toBe('Flowbeat.ProcessDied');
  });
});
