import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActionRunner } from '#actions/action-runner';
import { errorOf, realClock, TestCall } from '#test/actions/support/calls';
import { childrenOf, commandOf, isRunning, pidsIn, until } from '#test/actions/support/processes';

const runner = createActionRunner({ activities: {}, exec: { killGraceMs: 150 }, clock: realClock });
let folder = '';
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowbeat-exec-'));
});
afterAll(async () => {
  await runner.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A command with a child and a grandchild; each writes its id to `pids`. `deaf`: none of them hears SIGTERM. */
function family(deaf = false) {
  const pids = join(folder, `pids-${++files}`);
  const trap = deaf ? `trap '' TERM; ` : '';
  const script = `${trap}echo $$ >> ${pids}; sh -c 'echo $$ >> ${pids}; sleep 300 & echo $! >> ${pids}; wait' & wait; sleep 300`;
  return { pids, input: { command: 'sh', args: ['-c', script] } };
}

const allGone = (pids: readonly number[]) => pids.every((pid) => !isRunning(pid));

describe('the end of a command (L11)', () => {
  it('ends it with its children on a time-out, and only then answers', async () => {
    const { pids, input } = family();
    const outcome = await runner.run(new TestCall('exec', input, { timeoutMs: 400 }));
    const started = await pidsIn(pids, 3);
    expect(errorOf(outcome)).toBe('States.Timeout');
    expect(allGone(started)).toBe(true);
  });

  it('ends with SIGKILL those that do not hear SIGTERM', async () => {
    const { pids, input } = family(true);
    const call = new TestCall('exec', input);
    const outcome = runner.run(call);
    const started = await pidsIn(pids, 3);
    call.controller.abort();
    expect(errorOf(await outcome)).toBe('Flowbeat.Aborted');
    expect(allGone(started)).toBe(true);
  });

  it('gives a command the grace to clean up', async () => {
    const left = join(folder, 'cleaned');
    const script = `trap 'echo clean > ${left}; exit 1' TERM; echo ready; while :; do sleep 0.02; done`;
    const outcome = await runner.run(
      new TestCall('exec', { command: 'sh', args: ['-c', script] }, { heartbeatMs: 300 }),
    );
    expect(errorOf(outcome)).toBe('States.HeartbeatTimeout');
    expect(readFileSync(left, 'utf8')).toBe('clean\n');
  });

  it('takes output for a sign of life', async () => {
    const script = 'for i in 1 2 3 4 5 6; do echo $i; sleep 0.1; done';
    const call = new TestCall('exec', { command: 'sh', args: ['-c', script] }, { heartbeatMs: 400 });
    expect((await runner.run(call)).ok).toBe(true);
  });

  it('leaves nothing behind in the background when it ends by itself, yet reads what its children still write', async () => {
    const pids = join(folder, 'background');
    const script = `(sleep 0.05; echo late) & sleep 300 >/dev/null 2>&1 & echo $! > ${pids}; echo now`;
    const outcome = await runner.run(new TestCall('exec', { command: 'sh', args: ['-c', script], parse: 'lines' }));
    expect(outcome).toEqual({ ok: true, output: ['now', 'late'] });
    expect(allGone(await pidsIn(pids, 1))).toBe(true);
  });

  it('does not start what was aborted before', async () => {
    const { input } = family();
    const call = new TestCall('exec', input);
    call.controller.abort();
    expect(errorOf(await runner.run(call))).toBe('Flowbeat.Aborted');
  });
});

describe('the end of a worker', () => {
  const worker = join(import.meta.dirname, 'support/exec-worker.ts');

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('by %s ends its commands with their children', async (signal) => {
    const { pids, input } = family(signal === 'SIGKILL');
    const process_ = spawn(process.execPath, [worker, JSON.stringify(input)], { stdio: 'inherit' });
    const started = await pidsIn(pids, 3);
    expect(started.every(isRunning)).toBe(true);
    process_.kill(signal);
    await once(process_, 'exit');
    await until(() => allGone(started), 'the end of the orphans', 5_000);
  });

  it.runIf(process.platform === 'linux')('just as it starts a command ends that too', async () => {
    const { pids, input } = family();
    const dies = join(import.meta.dirname, 'support/dies-at-start.ts');
    await once(spawn(process.execPath, [dies, JSON.stringify(input)], { stdio: 'inherit' }), 'exit');
    await until(
      () => childrenOf(1).every((pid) => !isRunning(pid) || !commandOf(pid).includes(pids)),
      'the end of the orphan',
    );
    const started = existsSync(pids) ? readFileSync(pids, 'utf8').trim().split('\n').map(Number) : [];
    await until(() => allGone(started), 'the end of its children');
  });

  it.runIf(process.platform === 'linux')('leaves no watcher behind when it ends by itself', async () => {
    const pids = join(folder, 'short');
    const input = { command: 'sh', args: ['-c', `echo $$ > ${pids}; sleep 0.3`] };
    const done = spawn(process.execPath, [worker, JSON.stringify(input)], { stdio: 'inherit' });
    const [command] = await pidsIn(pids, 1);
    const children = childrenOf(done.pid ?? 0);
    expect(children).toHaveLength(2);
    expect(children).toContain(command);
    const [code] = await once(done, 'exit');
    expect(code).toBe(0);
    await until(() => allGone(children), 'the end of the watcher', 5_000);
  });
});
