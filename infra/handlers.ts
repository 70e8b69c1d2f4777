import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Duration } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { bundleFolder, WORKER_SDK } from '#infra/assets';

/** Handlers that run in a Lambda, so that charts with activities need no worker. */
export interface HandlersProps {
  /** A module that exports handlers (`defineActivities` of `flowbeat/worker`): bundled with all that it imports, by the project's esbuild. */
  readonly entry: string;
  /** The longest that an action may take: 5 minutes where absent, 15 at most. */
  readonly timeout?: Duration;
  /** 512 where absent. */
  readonly memoryMiB?: number;
  /** Told to the handlers, beside what every function is told. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What the executor finds beside its own bundle. */
const HANDLERS_FILE = 'handlers.mjs';

/** What of esbuild is used. */
interface Esbuild {
  buildSync(options: Readonly<Record<string, unknown>>): unknown;
}

/** The executor's code: its bundle, and the user's handlers beside it. */
export function executorCode(scope: Construct, { entry, environment }: HandlersProps, queues: readonly string[]) {
  const source = resolve(entry);
  if (!existsSync(source)) throw new Error(`\`handlers.entry\` names ${source}, which does not exist.`);
  const folder = temporaryFolder();
  cpSync(bundleFolder(scope, 'executor'), folder, { recursive: true });
  esbuildOfProject().buildSync({
    entryPoints: [source],
    outfile: join(folder, HANDLERS_FILE),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    logLevel: 'warning',
    alias: { 'flowbeat/worker': WORKER_SDK },
    // What CommonJS packages that it bundles ask for.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
  const told = { FLOWBEAT_HANDLERS: `./${HANDLERS_FILE}`, FLOWBEAT_QUEUES: queues.join(',') };
  return { code: Code.fromAsset(folder), environment: { ...environment, ...told } };
}

const folders: string[] = [];

/** A folder that goes when the process ends: CDK has copied it by then. */
function temporaryFolder(): string {
  if (folders.length === 0) {
    process.once('exit', () => folders.forEach((folder) => void rmSync(folder, { recursive: true, force: true })));
  }
  const folder = mkdtempSync(join(tmpdir(), 'flowbeat-executor-'));
  folders.push(folder);
  return folder;
}

function esbuildOfProject(): Esbuild {
  const fromProject = createRequire(resolve('package.json'));
  try {
    return fromProject('esbuild') as Esbuild;
  } catch (cause) {
    throw new Error('`handlers` are bundled by esbuild, which this project does not have: npm install -D esbuild', {
      cause,
    });
  }
}
