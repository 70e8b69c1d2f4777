import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as source from '#sdk/worker';
import { type InstalledPackage, installPackage, sizeOnDisk } from '#test/pack/installed-package';
import { root, runCommand } from '#test/support/command';

const handlers = `
import { ActivityError, defineActivities } from 'flowbeat/worker';

export default defineActivities({
  async greet(input: { name: string }, { signal, attempt }) {
    signal.throwIfAborted();
    if (attempt > 100) throw new ActivityError('Tired', 'too many attempts');
    return { greeting: 'Hello ' + input.name };
  },
});
`;

const tsconfig = JSON.stringify({
  compilerOptions: {
    strict: true,
    noEmit: true,
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024', 'dom'],
    types: [],
  },
  include: ['*.ts'],
});

describe('the package, installed by a user', () => {
  let user: InstalledPackage;

  beforeAll(async () => {
    user = await installPackage();
  });

  afterAll(async () => {
    await user?.[Symbol.asyncDispose]();
  });

  test('it answers as the version that package.json names', async () => {
    const { version }: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(await user.run('npx', ['flowbeat', '--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  test('with the DynamoDB and SQS clients it takes at most 60 MB', async () => {
    await user
      .run('npm', ['ls', '@aws-sdk/client-dynamodb', '@aws-sdk/client-sqs'])
      .then(({ code }) => expect(code).toBe(0));
    expect((await sizeOnDisk(`${user.folder}/node_modules`)) / 1e6).toBeLessThanOrEqual(60);
  });

  test('below Node 24 it says in one sentence what it needs, with exit code 2', async () => {
    const preload = fileURLToPath(new URL('../support/fake-old-node.cjs', import.meta.url));
    const command = ['--require', preload, 'node_modules/flowbeat/bin/flowbeat.mjs', '--version'];
    const { code, stdout, stderr } = await user.run('node', command);
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: 'flowbeat needs Node 24 or newer and found 20.11.0: install it from https://nodejs.org and try again.\n',
    });
  });

  test('handlers in TypeScript find the types of flowbeat/worker', async () => {
    await user.write('tsconfig.json', tsconfig);
    await user.write('handlers.ts', handlers);
    expect(await user.run('tsc', ['-p', '.'])).toMatchObject({ code: 0, stdout: '' });

    await user.write(
      'wrong.ts',
      "import { defineActivities } from 'flowbeat/worker';\nexport default defineActivities({ greet: 1 });\n",
    );
    const { stdout } = await user.run('tsc', ['-p', '.']);
    expect(stdout).toContain('wrong.ts(2,');
  });

  test('flowbeat/worker gives modules and CommonJS what its source exports', async () => {
    const names = Object.keys(source).sort();
    const print = 'console.log(JSON.stringify(Object.keys(worker).sort()));';
    await user.write('module.mjs', `import * as worker from 'flowbeat/worker';\n${print}\n`);
    await user.write('common.cjs', `const worker = require('flowbeat/worker');\n${print}\n`);
    for (const file of ['module.mjs', 'common.cjs']) {
      const { stdout, stderr } = await user.run('node', [file]);
      expect(JSON.parse(stdout), stderr).toEqual(names);
    }
  });
});

test('in the repository flowbeat/worker is the source itself', async () => {
  const script =
    "import { defineActivities } from 'flowbeat/worker'; import * as source from '#sdk/worker'; console.log(defineActivities === source.defineActivities);";
  expect(await runCommand('node', ['--input-type=module', '--eval', script], { cwd: root })).toMatchObject({
    stdout: 'true\n',
  });
});

test('in the repository the command runs on the Node that is installed there, whatever Node started it', async () => {
  const preload = fileURLToPath(new URL('../support/fake-old-node.cjs', import.meta.url));
  const help = await runCommand('node', ['--require', preload, 'bin/flowbeat.mjs', '--help'], { cwd: root });
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toContain('flowbeat');
});
