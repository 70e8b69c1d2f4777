import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstalledPackage } from '#test/pack/installed-package';
import { root } from '#test/support/command';

/** What a user installs beside the package for `flowbeat/cdk`; linked from this repository, since an installation of it takes 18 s more. */
const BESIDE = ['aws-cdk-lib', 'constructs', 'esbuild'];

const APP = `
import { App, Stack } from 'aws-cdk-lib';
import { Pass, Succeed } from 'aws-cdk-lib/aws-stepfunctions';
import { Chart, Flowbeat } from 'flowbeat/cdk';

const stack = new Stack(new App(), 'Jobs', { stackName: 'jobs' });
const flowbeat = new Flowbeat(stack, 'Flowbeat', { handlers: { entry: 'handlers.ts' } });
new Chart(stack, 'File', { flowbeat, source: 'charts/nightly.yaml' });
new Chart(stack, 'Asl', { flowbeat, source: { StartAt: 'Done', States: { Done: { Type: 'Succeed' } } } });
new Chart(stack, 'Chain', { flowbeat, source: new Pass(stack, 'First').next(new Succeed(stack, 'Last')) });
`;

const HANDLERS = `
import { defineActivities } from 'flowbeat/worker';
import { greeting } from './greeting.ts';

export default defineActivities({ greet: async (input: { name: string }) => greeting(input.name) });
`;

const CHART = `
name: nightly
definition: { StartAt: A, States: { A: { Type: Task, Resource: 'activity:greet', End: true } } }
`;

const WRONG = `
import { App, Stack } from 'aws-cdk-lib';
import { Chart, Flowbeat } from 'flowbeat/cdk';

const stack = new Stack(new App(), 'Wrong');
const flowbeat = new Flowbeat(stack, 'Flowbeat');
const states = { A: { Type: 'Pass', Next: 'C' }, B: { Type: 'Psas' } };
new Chart(stack, 'Wrong', { flowbeat, source: { StartAt: 'A', States: states } });
`;

/** What only the user's own module says. */
export const OWN_WORDS = 'from a module of the user';

const FILES: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ type: 'module' }),
  'cdk.json': JSON.stringify({ app: 'node app.ts' }),
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      strict: true,
      noEmit: true,
      module: 'nodenext',
      target: 'es2024',
      lib: ['es2024', 'esnext.disposable', 'dom'],
      types: [],
      allowImportingTsExtensions: true,
    },
    include: ['*.ts'],
  }),
  'app.ts': APP,
  'wrong.ts': WRONG,
  'handlers.ts': HANDLERS,
  'greeting.ts': `export const greeting = (name: string): string => name + ' ${OWN_WORDS}';\n`,
  'charts/nightly.yaml': CHART,
};

/** A user's CDK application in a folder of its own below that of the installed package. Returns where it is, from there. */
export async function cdkProject(user: InstalledPackage): Promise<string> {
  await mkdir(join(user.folder, 'jobs', 'charts'), { recursive: true });
  for (const name of BESIDE) await symlink(join(root, 'node_modules', name), join(user.folder, 'node_modules', name));
  for (const [file, text] of Object.entries(FILES)) await user.write(join('jobs', file), text);
  return join(user.folder, 'jobs');
}

/** The files of each asset of a synthesized application, each asset by what is in it. */
export async function assetsOf(project: string): Promise<readonly ReadonlyMap<string, string>[]> {
  const out = join(project, 'cdk.out');
  const folders = (await readdir(out)).filter((name) => name.startsWith('asset.'));
  return Promise.all(folders.map((folder) => filesOf(join(out, folder))));
}

/** The texts of a folder's files, by name. */
export async function filesOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder);
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  );
}
