import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root, runCommand } from '#test/support/command';
import { plantTree } from '#test/support/planted-tree';

interface CruiseResult {
  readonly modules: readonly { readonly source: string; readonly dependencies: readonly Dependency[] }[];
  readonly summary: { readonly violations: readonly Violation[] };
}

interface Dependency {
  readonly module: string;
  readonly resolved: string;
}

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

async function cruise(cwd: string): Promise<CruiseResult> {
  const args = ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', '.'];
  const { stdout, stderr } = await runCommand('depcruise', args, { cwd });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as CruiseResult;
}

/** The rules that a tree of these files breaks, as `file: rule`. */
async function violationsOf(files: Readonly<Record<string, string>>): Promise<string[]> {
  await using tree = await plantTree(files);
  const { summary } = await cruise(tree.path);
  return summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`).sort();
}

/** One module in each folder for the planted imports to find. */
const targets: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'engine',
    'ports',
    'scheduler',
    'adapters/memory',
    'adapters/sqlite',
    'http',
    'http/contract',
    'sdk',
    'actions',
    'workers',
    'embedded',
    'cli',
    'test',
  ].map((folder) => [`${folder}/target.ts`, 'export const target = 1;\nexport type Target = number;\n']),
);

/** Imports that the architecture refuses: the file, its text, and the rule that must say so. */
const planted: readonly (readonly [file: string, text: string, rule: string])[] = [
  ['engine/upward.ts', "import { target } from '#ports/target';\nexport const x = target;\n", 'engine-imports-ours'],
  [
    'engine/upward-type.ts',
    "import type { Target } from '#ports/target';\nexport type X = Target;\n",
    'engine-imports-ours',
  ],
  ['engine/upward-inline.ts', "export type X = import('#ports/target').Target;\n", 'engine-imports-ours'],
  ['engine/upward-late.ts', "export const x = () => import('#scheduler/target');\n", 'engine-imports-ours'],
  ['engine/upward-export.ts', "export * from '#scheduler/target';\n", 'engine-imports-ours'],
  ['engine/upward-path.ts', "export * from '../ports/target.ts';\n", 'engine-imports-ours'],
  ['engine/node.ts', "export * from 'node:fs';\n", 'engine-imports-node'],
  ['engine/package.ts', "export * from 'hono';\n", 'engine-imports-packages'],
  ['ports/upward.ts', "export * from '#scheduler/target';\n", 'ports-imports-ours'],
  ['ports/package.ts', "export * from 'yaml';\n", 'ports-imports-packages'],
  ['ports/node.ts', "export * from 'node:crypto';\n", 'ports-imports-node'],
  ['scheduler/upward.ts', "export * from '#adapters/memory/target';\n", 'scheduler-imports-ours'],
  ['scheduler/package.ts', "export * from 'zod';\n", 'scheduler-imports-packages'],
  ['scheduler/node.ts', "export * from 'node:sqlite';\n", 'scheduler-imports-node'],
  ['adapters/memory/sideways.ts', "export * from '#adapters/sqlite/target';\n", 'adapters-imports-ours'],
  ['adapters/memory/upward.ts', "export * from '#scheduler/target';\n", 'adapters-imports-ours'],
  ['adapters/memory/package.ts', "export * from '@aws-sdk/client-sqs';\n", 'adapter-without-client'],
  ['adapters/dynamodb/package.ts', "export * from '@aws-sdk/client-sqs';\n", 'adapter-dynamodb-packages'],
  ['adapters/sqs/package.ts', "export * from '@aws-sdk/client-dynamodb';\n", 'adapter-sqs-packages'],
  ['adapters/shared.ts', "export * from '#engine/target';\n", 'adapters-folder'],
  ['http/upward.ts', "export * from '#workers/target';\n", 'http-imports-ours'],
  ['http/package.ts', "export * from 'croner';\n", 'http-imports-packages'],
  ['http/contract/inward.ts', "export * from '#http/target';\n", 'contract-imports-ours'],
  ['sdk/upward.ts', "export * from '#ports/target';\n", 'sdk-imports-ours'],
  ['sdk/package.ts', "export * from 'zod';\n", 'sdk-imports-packages'],
  ['actions/upward.ts', "export * from '#scheduler/target';\n", 'actions-imports-ours'],
  ['workers/upward.ts', "export * from '#embedded/target';\n", 'workers-imports-ours'],
  ['workers/server.ts', "export * from '#http/target';\n", 'workers-imports-ours'],
  ['embedded/upward.ts', "export * from '#cli/target';\n", 'embedded-imports-ours'],
  ['embedded/package.ts', "export * from 'hono';\n", 'embedded-imports-packages'],
  ['cli/server.ts', "export * from '#http/target';\n", 'cli-imports-ours'],
  ['cli/scheduler.ts', "export * from '#scheduler/target';\n", 'cli-imports-ours'],
  ['cli/package.ts', "export * from 'hono';\n", 'cli-imports-packages'],
  ['bin/inward.ts', "export * from '#engine/target';\n", 'bin-imports-ours'],
  ['bin/package.ts', "export * from 'hono';\n", 'bin-imports-packages'],
  ['workers/test.ts', "export * from '#test/target';\n", 'workers-imports-ours'],
  ['workers/development.ts', "export * from 'vitest';\n", 'ships-without-development-tools'],
  ['novelty/first.ts', "export * from '../engine/target.ts';\n", 'folder-without-row'],
  ['http/missing.ts', "export * from '#engine/missing';\n", 'unresolvable'],
  ['engine/cycle-a.ts', "import { b } from '#engine/cycle-b';\nexport const a = () => b;\n", 'cycle'],
];

/** Imports that it allows, one of each kind. */
const allowed: Readonly<Record<string, string>> = {
  'engine/fine.ts': "export * from 'zod';\nexport * from '#engine/target';\n",
  'ports/fine.ts': "export * from 'zod';\nexport * from '#engine/target';\n",
  'scheduler/fine.ts': "export * from '#ports/target';\nexport * from '#engine/target';\n",
  'adapters/memory/fine.ts': "export * from '#ports/target';\nexport * from './target.ts';\n",
  'adapters/dynamodb/fine.ts': "export * from '@aws-sdk/client-dynamodb';\n",
  'adapters/sqlite/fine.ts': "export * from 'node:sqlite';\n",
  'http/fine.ts':
    "export * from '@hono/zod-openapi';\nexport * from 'hono/http-exception';\nexport * from '#scheduler/target';\n",
  'workers/fine.ts': "export * from '#http/contract/target';\nexport * from '#adapters/memory/target';\n",
  'cli/fine.ts': "export * from 'commander';\nexport * from '#http/contract/target';\n",
  'bin/fine.ts': "export * from '#cli/target';\nexport * from '#workers/target';\n",
  'test/fine.ts': "export * from 'vitest';\nexport * from '#embedded/target';\n",
  'examples/fine.ts': "export * from '#embedded/target';\n",
};

describe('imports between the folders', () => {
  test('every planted violation is reported by its rule, and nothing else is', async () => {
    const files = Object.fromEntries(planted.map(([file, text]) => [file, text]));
    const expected = planted.map(([file, , rule]) => `${file}: ${rule}`).sort();
    const cycle = { 'engine/cycle-b.ts': "import { a } from '#engine/cycle-a';\nexport const b = () => a;\n" };
    expect(await violationsOf({ ...targets, ...files, ...cycle })).toEqual(expected);
  });

  test('what the table allows is not reported', async () => {
    expect(await violationsOf({ ...targets, ...allowed })).toEqual([]);
  });

  test('the gate itself fails on a violation', async () => {
    await using tree = await plantTree({ ...targets, 'engine/upward.ts': "export * from '#ports/target';\n" });
    const { code } = await runCommand('npm', ['run', '--silent', 'layers'], { cwd: tree.path });
    expect(code).not.toBe(0);
  });

  test('it reads every module of this repository and finds what each `#` import names', async () => {
    const { modules } = await cruise(root);
    const read = new Set(modules.map(({ source }) => source));
    const sources = sourcesOfRepository();
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.filter((source) => !read.has(source))).toEqual([]);

    const imports = modules.flatMap(({ dependencies }) => dependencies).filter(({ module }) => module.startsWith('#'));
    expect(imports.length).toBeGreaterThan(50);
    const lost = imports.filter(({ module, resolved }) => resolved !== `${module.slice(1)}.ts`);
    expect(lost.map(({ module }) => module)).toEqual([]);
  });
});

/** Looked up without the tool that is being tested. */
function sourcesOfRepository(): string[] {
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^(\.|node_modules$|dist$|coverage$|cdk\.out$)/.test(entry.name))
    .map((entry) => entry.name);
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => `${folder}/${file}`)
      .filter((file) => /\.(ts|mts|mjs)$/.test(file)),
  );
}
