import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ServiceKind, serviceText } from '#cli/services/service-text';
import { commandLine } from '../command-line.ts';

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

const textOf = (kind: ServiceKind, args: readonly string[]): string =>
  serviceText(kind, { command: [process.execPath, ...args], folder: '/tmp', writes: [], environment: {}, drainMs: 1 });

/** The words of a command as systemd.service(5) reads them: quotes, backslashes, then specifiers and variables. */
function wordsOf(unit: string): string[] {
  const line = /^ExecStart=(.*)$/m.exec(unit)?.[1] ?? '';
  const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|([^\s"]+)/g)];
  return words.map(([, inside, plain = '']) =>
    (inside?.replace(/\\(.)/g, '$1') ?? plain).replaceAll('%%', '%').replaceAll('$$', '$'),
  );
}

const argumentsOf = (xml: string): string[] =>
  [...xml.matchAll(/<argument>(.*?)<\/argument>/g)].map(([, text = '']) =>
    text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&'),
  );

test('whatever a worker is started with, its service starts it with', () => {
  const word = fc.string({ unit: fc.constantFrom(...'ab \\"\'$%&<>{};#=~*é-/.') });
  const property = fc.property(fc.array(word, { maxLength: 5 }), (args) => {
    expect(wordsOf(textOf('systemd', args))).toEqual([process.execPath, ...args]);
    const plain = args.map((arg) => arg.replaceAll('%', ''));
    expect(argumentsOf(textOf('windows', plain))).toEqual(plain);
  });
  fc.assert(property, { numRuns: 1_000 });
});

test('what no such file can hold is refused', () => {
  expect(() => textOf('systemd', ['a\nExecStop=b'])).toThrow('control character');
  expect(() => textOf('windows', ['%PATH%'])).toThrow('it reads % as the name of a variable');
});

test.skipIf(!hasSystemd)('systemd takes the unit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flowbeat-unit-'));
  const file = join(folder, 'flowbeat-worker.service');
  const environment = { AWS_PROFILE: 'a "b" $c 10%' };
  const command = [process.execPath, '--handlers', './my handlers $1 "x" 10%.js'];
  writeFileSync(file, serviceText('systemd', { command, folder, writes: ['/var/lib/a b'], environment, drainMs: 1 }));
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  expect([status, stderr]).toEqual([0, '']);
});

test('the command prints the service of itself, and starts nothing', async () => {
  const { run, launched } = commandLine({ env: { AWS_REGION: 'eu-west-1', AWS_SECRET_ACCESS_KEY: 'hidden' } });
  const asked = ['worker', '--stack', 'jobs', '--queue', 'gpu', '--drain', '+2m', '--file', '/data/state.db'];
  const { exit, out } = await run(...asked, '--service', 'systemd');
  expect(exit).toBe(0);
  expect(wordsOf(out)).toEqual(['/usr/bin/node', '/opt/flowbeat.mjs', ...asked]);
  for (const line of ['TimeoutStopSec=135', 'KillMode=mixed', 'Restart=on-failure', 'Environment=AWS_REGION=eu-west-1'])
    expect(out.split('\n')).toContain(line);
  expect(out).toContain(`ReadWritePaths=${process.cwd()} /data\n`);
  expect(out).not.toContain('hidden');
  const windows = await run('worker', '--service=windows', '--stack', 'jobs');
  expect(argumentsOf(windows.out)).toEqual(['/opt/flowbeat.mjs', 'worker', '--stack', 'jobs']);
  expect(windows.out).toContain('<stoptimeout>45 sec</stoptimeout>');
  expect((await run('worker', '--service', 'launchd')).exit).toBe(2);
  // There is no state file that it could work on.
  expect((await run('worker', '--service', 'systemd', '--file', 'nowhere/state.db')).exit).toBe(2);
  expect(launched).toEqual([]);
});
