import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as source from '#sdk/worker';
import { CliProcess } from '#test/e2e/cli-process';
import { assetsOf, cdkProject, filesOf, OWN_WORDS } from '#test/pack/cdk-project';
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

  test('dev runs a chart with handlers in TypeScript, and loads them again when they change', async () => {
    await user.write('handlers.ts', handlers);
    const chart = {
      name: 'greet',
      definition: { StartAt: 'A', States: { A: { Type: 'Task', Resource: 'activity:greet', End: true } } },
    };
    await user.write('greet.json', JSON.stringify(chart));
    const place = { cwd: user.folder, program: 'node_modules/flowbeat/bin/flowbeat.mjs' };
    const args = ['dev', '--port', '0', '--handlers', './handlers.ts', '--charts', 'greet.json'];
    await using dev = new CliProcess(place, args);
    const server = String((await dev.event('listening')).url);
    await dev.event('ready');
    const greet = async (name: string) => {
      const start = [
        'flowbeat',
        'runs',
        'start',
        'greet',
        '--input',
        `{"name":"${name}"}`,
        '--watch',
        '--server',
        server,
      ];
      const { code, stdout, stderr } = await user.run('npx', start);
      expect(code, stderr).toBe(0);
      return stdout;
    };
    expect(await greet('Ada')).toContain('Hello Ada');
    await user.write('handlers.ts', handlers.replace('Hello', 'Welcome'));
    await dev.event('handlers');
    expect(await greet('Ben')).toContain('Welcome Ben');
    expect(await dev.kill('SIGTERM')).toBe(0);
  });

  test('its worker processes, their threads and the demo start from what was built', async () => {
    const { code, stdout, stderr } = await user.run('npx', ['flowbeat', 'demo', 'failover']);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/Taken over from \w+ by \w+: term 2 is past/);
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

  describe('flowbeat/cdk', () => {
    let project: string;

    beforeAll(async () => {
      project = await cdkProject(user);
    });

    test("a user's application is typed, and its stack holds the charts of a file, of an object and of states", async () => {
      expect(await user.run('tsc', ['-p', '.'], { cwd: project })).toMatchObject({ code: 0, stdout: '' });
      const synth = ['synth', '--quiet', '--no-notices', '--no-version-reporting'];
      const { code, stderr } = await user.run('cdk', synth, { cwd: project, env: { CDK_DISABLE_CLI_TELEMETRY: '1' } });
      expect(code, stderr).toBe(0);
      const template = JSON.parse(readFileSync(join(project, 'cdk.out', 'Jobs.template.json'), 'utf8'));
      const resources = Object.values(
        template.Resources as Record<string, { Type: string; Properties: { Name?: string } }>,
      );
      const charts = resources.filter(({ Type }) => Type === 'Custom::FlowbeatChart');
      expect(charts.map(({ Properties }) => Properties.Name).sort()).toEqual(['Asl', 'Chain', 'nightly']);
    });

    test('the functions are the bundles of the package; only the handlers are bundled there', async () => {
      const assets = await assetsOf(project);
      const bundles = join(user.folder, 'node_modules', 'flowbeat', 'dist', 'functions');
      const shipped = await Promise.all(readdirSync(bundles).map((name) => filesOf(join(bundles, name))));
      const texts = (files: readonly ReadonlyMap<string, string>[]) =>
        files.map((each) => each.get('index.mjs')).sort();
      expect(shipped.length).toBeGreaterThanOrEqual(7);
      // Compared as booleans, since they are megabytes.
      expect(JSON.stringify(texts(assets)) === JSON.stringify(texts(shipped))).toBe(true);
      const [handlers = '', ...others] = assets.flatMap((each) => each.get('handlers.mjs') ?? []);
      expect(others).toEqual([]);
      expect(handlers).toContain(OWN_WORDS);
      expect(handlers.length).toBeLessThan(5_000);
    });

    test('a chart that is not valid fails the synth, with where in it', async () => {
      const { code, stderr } = await user.run('node', ['wrong.ts'], { cwd: project });
      expect(code).not.toBe(0);
      for (const pointer of ['/States/A/Next: ', '/States/B/Type: ', '/States/B: ']) expect(stderr).toContain(pointer);
    });
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
