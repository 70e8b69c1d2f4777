import { afterAll, describe, expect, it } from 'vitest';
import { createActionRunner } from '#actions/action-runner';
import type { Json } from '#engine/json';
import { errorOf, realClock, TestCall } from '#test/actions/support/calls';

const environment = { PATH: process.env.PATH, HOME: '/home/me', SECRET: 'hidden', LC_ALL: 'C' };
const runner = createActionRunner({ activities: {}, exec: { environment }, clock: realClock });
afterAll(() => runner.close());

const run = (input: Json, more = {}) => runner.run(new TestCall('exec', input, more));
const sh = (script: string, more = {}) => run({ command: 'sh', args: ['-c', script], ...more });
const node = (script: string, more = {}) => run({ command: process.execPath, args: ['-e', script], ...more });

describe('exec', () => {
  it('gives code, output and errors of a command; what it says on standard error is its log', async () => {
    const outcome = await sh('echo out; echo one >&2; printf two >&2');
    expect(outcome).toMatchObject({
      ok: true,
      output: { exitCode: 0, stdout: 'out\n', stderr: 'one\ntwo', truncated: false },
    });
    expect(outcome.lines?.map((line) => line.text)).toEqual(['one', 'two']);
  });

  it('runs no shell: arguments arrive as they are', async () => {
    const script = 'console.log(JSON.stringify(process.argv.slice(1)))';
    const outcome = await run({
      command: process.execPath,
      args: ['-e', script, '$HOME;', '*', 7, true],
      parse: 'json',
    });
    expect(outcome).toEqual({ ok: true, output: ['$HOME;', '*', '7', 'true'] });
  });

  it.each([
    ['text', 'line 1\nline 2'],
    ['lines', ['line 1', 'line 2']],
  ])('parses its output as %s', async (parse, output) => {
    expect(await sh('echo line 1; echo line 2', { parse })).toEqual({ ok: true, output });
  });

  it('fails where the output should be JSON and is not, or is too long', async () => {
    expect(errorOf(await sh('echo no', { parse: 'json' }))).toBe('Exec.OutputNotJson');
    expect(errorOf(await sh('echo [1,2,3]', { parse: 'json', maxOutput: 3 }))).toBe('Exec.OutputTooLarge');
  });

  it('sends text or JSON to its standard input; without any that is empty', async () => {
    expect(await run({ command: 'cat', stdin: 'text', parse: 'text' })).toEqual({ ok: true, output: 'text' });
    expect(await run({ command: 'cat', stdin: { a: [1] }, parse: 'json' })).toEqual({ ok: true, output: { a: [1] } });
    expect(await run({ command: 'cat', parse: 'text' })).toEqual({ ok: true, output: '' });
    expect(await run({ command: 'true', stdin: 'x'.repeat(1_000_000), parse: 'text' })).toEqual({
      ok: true,
      output: '',
    });
  });

  it('names the action in the environment, and inherits little unless asked', async () => {
    const script = 'console.log(JSON.stringify(process.env))';
    const call = new TestCall(
      'exec',
      { command: process.execPath, args: ['-e', script], env: { MORE: 1, HOME: '/elsewhere' }, parse: 'json' },
      { token: 'T' },
    );
    const { output } = (await runner.run(call)) as { output: Record<string, string> };
    expect(output).toMatchObject({
      FLOWBEAT_IDEMPOTENCY_KEY: 'chart:run#3',
      FLOWBEAT_ATTEMPT: '2',
      FLOWBEAT_RUN: 'chart:run',
      FLOWBEAT_TASK_TOKEN: 'T',
      MORE: '1',
      HOME: '/elsewhere',
      LC_ALL: 'C',
    });
    expect(output.SECRET).toBeUndefined();
    expect(await node('console.log(process.env.SECRET)', { inheritEnv: true, parse: 'text' })).toMatchObject({
      output: 'hidden',
    });
    const listed = await node('console.log(process.env.SECRET)', { inheritEnv: ['SECRET'], parse: 'text' });
    expect(listed).toMatchObject({ output: 'hidden' });
  });

  it('runs in a folder', async () => {
    expect(await run({ command: 'pwd', cwd: '/', parse: 'text' })).toEqual({ ok: true, output: '/' });
  });

  it('keeps the beginning of standard output and the end of standard error', async () => {
    const script = `process.stdout.write('o'.repeat(300000) + 'END'); process.stderr.write('e'.repeat(300000) + 'END')`;
    const { output } = (await node(script)) as unknown as {
      output: { stdout: string; stderr: string; truncated: boolean };
    };
    expect(output.truncated).toBe(true);
    expect(output.stdout).toBe('o'.repeat(256 * 1024));
    expect(output.stderr).toHaveLength(256 * 1024);
    expect(output.stderr.endsWith('END')).toBe(true);
  });

  it('has exit codes and signals as error names, with the end of standard error as cause', async () => {
    expect(await sh('echo why >&2; exit 3')).toMatchObject({ ok: false, error: 'ExitCode.3', cause: 'why' });
    expect(await sh('echo out; exit 1')).toMatchObject({ error: 'ExitCode.1', cause: 'out' });
    expect(await sh('exit 9')).toMatchObject({ error: 'ExitCode.9', cause: 'sh exited with code 9.' });
    expect(errorOf(await sh('kill -TERM $$'))).toBe('Signal.SIGTERM');
  });

  it('says what could not be started, and why', async () => {
    expect(errorOf(await run({ command: 'no-such-program' }))).toBe('Exec.NotFound');
    expect(errorOf(await run({ command: import.meta.filename }))).toBe('Exec.NotStarted');
  });

  it.each([
    ['no object', 'ls', / It must be/],
    ['no command', {}, / 'command' is missing/],
    ['an argument that is none', { command: 'ls', args: [{}] }, / 'args\[0\]' must be/],
    ['a NUL', { command: 'ls', args: ['a\0b'] }, / 'args\[0\]' .*NUL/],
    ['an unknown field', { command: 'ls', arguments: [] }, /must not have .arguments.\./],
    ['an unknown form of output', { command: 'ls', parse: 'xml' }, / 'parse' must be/],
    ['a folder that is not there', { command: 'ls', cwd: '/no/where' }, / 'cwd' names a folder that is not there/],
  ])('refuses %s, naming the field', async (_, input, cause) => {
    expect(await run(input)).toMatchObject({
      ok: false,
      error: 'Exec.InvalidInput',
      cause: expect.stringMatching(cause),
    });
  });
});
