import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { root } from '#test/support/command';
import { serveHealth } from '#workers/health';
import type { Life } from '#workers/life';

const lines = readFileSync(join(root, 'workers/Dockerfile'), 'utf8')
  .replace(/\\\n/g, ' ')
  .replace(/^(HEALTHCHECK .*)\n\s*(CMD)/m, '$1 $2')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
const listOf = (instruction: string): string[] => {
  const line = lines.find((one) => one.startsWith(`${instruction} `)) ?? '';
  return JSON.parse(line.slice(line.indexOf('['))) as string[];
};
const run = promisify(execFile);
const exitOf = (args: readonly string[]) =>
  run(process.execPath, args, { cwd: root }).then(
    () => ({ code: 0, stderr: '' }),
    (error: { code: number; stderr: string }) => ({ code: error.code, stderr: error.stderr }),
  );

test('what the image copies is what the package holds', () => {
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[] };
  const copied = lines
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(/\s+/).slice(1, -1));
  expect(copied.sort()).toEqual(['bin', 'dist', 'package.json']);
  expect(files.filter((file) => !copied.some((path) => file === path || file.startsWith(`${path}/`)))).toEqual([]);
});

test('it is no root that runs, and its command is one that the command line takes', async () => {
  expect(lines).toContain('USER node');
  const [node, program = '', ...more] = [...listOf('ENTRYPOINT'), ...listOf('CMD')];
  expect(node).toBe('node');
  const { code, stderr } = await exitOf([program, ...more, '--file', '/nowhere/state.db']);
  expect(code).toBe(2);
  expect(stderr).toContain('There is no state file /nowhere/state.db');
});

test('its health check asks the port that the worker is told, and fails where the lease is not proven', async () => {
  const [, ...check] = listOf('HEALTHCHECK');
  const command = listOf('CMD');
  const told = command[command.indexOf('--health-port') + 1];
  expect(check.join(' ')).toContain(`127.0.0.1:${told}/health`);
  const life = { proven: true, incarnation: 'w-1', status: 'Connected', draining: false };
  const server = await serveHealth(0, () => life as unknown as Life);
  const here = check.map((part) => part.replace(`:${told}/`, `:${server.port}/`));
  expect((await exitOf(here)).code).toBe(0);
  life.proven = false;
  expect((await exitOf(here)).code).toBe(1);
  server.close();
  expect((await exitOf(here)).code).toBe(1);
});
