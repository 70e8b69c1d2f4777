import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { root } from '#test/support/command';

const fakeOldNode = fileURLToPath(new URL('../support/fake-old-node.cjs', import.meta.url));

const lock = {
  '': { name: 'flowbeat' },
  'node_modules/one': { version: '1.0.0', integrity: 'sha512-one' },
  'node_modules/other-platform': { version: '1.0.0', integrity: 'sha512-other', optional: true },
};

/** A repository of a launcher, a lockfile and a program, with an `npm` that only notes that it was called. */
let repository: string;

beforeEach(async () => {
  repository = await mkdtemp(join(tmpdir(), 'flowbeat-launcher-'));
  await cp(join(root, 'bin'), join(repository, 'bin'), { recursive: true });
  await write('package.json', '{ "type": "module" }');
  await write('package-lock.json', JSON.stringify({ packages: lock }));
  await write('tools/npm', `#!/bin/sh\necho "$@" >> ${repository}/npm-calls\nexit 1\n`);
  await chmod(join(repository, 'tools/npm'), 0o755);
});

afterEach(() => rm(repository, { recursive: true, force: true }));

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(repository, file)), { recursive: true });
  await writeFile(join(repository, file), text);
}

/** What npm leaves behind; `present` is the record it writes last. */
async function installed(present: Readonly<Record<string, object>>): Promise<void> {
  await write('node_modules/.package-lock.json', JSON.stringify({ packages: present }));
  await write('node_modules/one/package.json', '{}');
  await write('node_modules/.bin/node', `#!/bin/sh\nexec ${process.execPath} "$@"\n`);
  await chmod(join(repository, 'node_modules/.bin/node'), 0o755);
}

function start(file: string, ...preload: string[]) {
  const path = [join(repository, 'tools'), process.env.PATH ?? ''].join(delimiter);
  return spawn(process.execPath, [...preload, join(repository, file), '--once'], {
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

describe('what is installed', () => {
  async function npmWasCalled(): Promise<boolean> {
    await write('install.mjs', "import { installIfNeeded } from './bin/toolchain.mjs';\ninstallIfNeeded();\n");
    await once(start('install.mjs'), 'close');
    return existsSync(join(repository, 'npm-calls'));
  }

  const { 'node_modules/one': one } = lock;

  test('is left alone when it is what the lockfile names; a package for another platform may be missing', async () => {
    await installed({ 'node_modules/one': one });
    expect(await npmWasCalled()).toBe(false);
  });

  test('is installed by `npm ci` on a bare clone', async () => {
    expect(await npmWasCalled()).toBe(true);
    expect(await readFile(join(repository, 'npm-calls'), 'utf8')).toMatch(/^ci /);
  });

  test('is installed again when the lockfile has moved on', async () => {
    await installed({ 'node_modules/one': { ...one, version: '0.9.0' } });
    expect(await npmWasCalled()).toBe(true);
  });

  test('is installed again when a package is not recorded', async () => {
    await installed({});
    expect(await npmWasCalled()).toBe(true);
  });

  test('is installed again when a folder is gone', async () => {
    await installed({ 'node_modules/one': one });
    await rm(join(repository, 'node_modules/one'), { recursive: true });
    expect(await npmWasCalled()).toBe(true);
  });
});

describe('npm start', () => {
  function npmStart(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(process.execPath, [join(repository, 'bin/start.mjs'), ...args], { encoding: 'utf8' });
  }

  test('refuses what it does not know, before it installs or serves anything', () => {
    const { status, stderr } = npmStart('--onec');
    expect([status, stderr]).toEqual([2, expect.stringContaining('does not know --onec')]);
    expect(existsSync(join(repository, 'npm-calls'))).toBe(false);
  });

  test('answers --help', () => {
    expect(npmStart('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--once'), stderr: '' });
  });
});

describe('a program started by an older Node', () => {
  const program = `
    process.on('SIGINT', () => console.log('SIGINT'));
    process.on('SIGTERM', () => { console.log('SIGTERM'); process.exit(7); });
    setInterval(() => {}, 1000);
    console.log(parseInt(process.versions.node) >= 24 ? 'new' : 'old', ...process.argv.slice(2));
  `;

  test('runs on the new one, gets each signal once, and gives its exit code', async () => {
    await installed({ 'node_modules/one': lock['node_modules/one'] });
    await write('bin/quick-start.ts', program);
    const launcher = start('bin/start.mjs', '--require', fakeOldNode);
    const lines = createInterface(launcher.stdout)[Symbol.asyncIterator]();
    const next = async () => (await lines.next()).value;

    expect(await next()).toBe('new --once');
    // As a Ctrl-C arrives: from the terminal and from npm.
    launcher.kill('SIGINT');
    expect(await next()).toBe('SIGINT');
    launcher.kill('SIGINT');
    launcher.kill('SIGTERM');
    expect(await next()).toBe('SIGTERM');
    expect(await once(launcher, 'close')).toEqual([7, null]);
  });
});
