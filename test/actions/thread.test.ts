import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { threadId } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { createActionRunner } from '#actions/action-runner';
import { errorOf, realClock, TestCall } from '#test/actions/support/calls';
import handlers from '#test/actions/support/isolated-handlers';
import { until } from '#test/actions/support/processes';

const module = pathToFileURL(join(import.meta.dirname, 'support/isolated-handlers.ts')).href;
const runner = createActionRunner({ activities: { activities: handlers, module }, clock: realClock, threads: 1 });
afterAll(() => runner.close());

const run = (name: string, more = {}) => runner.run(new TestCall(name, 'in', more));
const thread = async () => (await run('where')) as { output: number };

describe("isolate: 'thread'", () => {
  it('runs in a thread of its own, again and again in the same', async () => {
    const { output } = await thread();
    expect(output).not.toBe(threadId);
    expect((await thread()).output).toBe(output);
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
    expect(errorOf(await run('big'))).toBe('Flowbeat.OutputNotSerializable');
  });

  it('is ended on a time-out though it never yields, and another thread takes over (L11)', async () => {
    const before = (await thread()).output;
    const outcome = await run('blocks', { timeoutMs: 300 });
    expect(outcome).toMatchObject({ ok: false, error: 'States.Timeout', lines: [{ text: 'begun' }] });
    expect((await thread()).output).not.toBe(before);
  });

  it('is ended on an abort though it never yields (L11)', async () => {
    const call = new TestCall('blocks');
    const outcome = runner.run(call);
    setTimeout(() => call.controller.abort(), 150);
    expect(errorOf(await outcome)).toBe('Flowbeat.Aborted');
  });

  it('keeps its thread where it ends on its signal', async () => {
    const before = (await thread()).output;
    expect(errorOf(await run('listens', { timeoutMs: 150 }))).toBe('States.Timeout');
    expect((await thread()).output).toBe(before);
  });

  it('shows that it lives while it blocks, and is missed when it does not', async () => {
    expect(await run('beats', { heartbeatMs: 250 })).toEqual({ ok: true, output: 'done' });
    const missed = await run('blocks', { heartbeatMs: 250 });
    expect(missed).toMatchObject({ error: 'States.HeartbeatTimeout', cause: expect.stringContaining('"alive"') });
  });

  it('fails where the handler ends its thread, and the next one has another', async () => {
    expect(errorOf(await run('exits'))).toBe('Flowbeat.ThreadDied');
    const crashed = await run('crashes');
    expect(crashed).toMatchObject({
      error: 'Flowbeat.ThreadDied',
      cause: expect.stringContaining('in the background'),
    });
    expect((await thread()).output).toBeGreaterThan(0);
  });

  it('waits for a thread; the wait counts for the time-out and hears an abort', async () => {
    const first = new TestCall('listens');
    const running = runner.run(first);
    const [late, called] = [run('where', { timeoutMs: 50, heartbeatMs: 10 }), new TestCall('where')];
    const waiting = runner.run(called);
    const patient = run('where', { heartbeatMs: 10_000 });
    expect(errorOf(await late)).toBe('States.Timeout');
    called.controller.abort();
    expect(errorOf(await waiting)).toBe('Flowbeat.Aborted');
    first.controller.abort();
    expect(errorOf(await running)).toBe('Flowbeat.Aborted');
    expect((await patient).ok).toBe(true);
  });

  it('ends all its threads when it is closed', async () => {
    const other = createActionRunner({ activities: { activities: handlers, module }, clock: realClock, threads: 2 });
    const outcome = other.run(new TestCall('blocks'));
    let settled = false;
    void outcome.then(() => {
      settled = true;
    });
    await other.close();
    await until(() => settled, 'the outcome');
    expect(errorOf(await outcome)).toBe('Flowbeat.ThreadDied');
  });
});
