import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, platform, release, totalmem } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { fsyncsPerSecond } from './floor.ts';

/** On what was measured. Load is that of the minute before: other work on the machine moves every figure, and ratios less. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly versions: {
    readonly flowbeat: string;
    readonly commit: string;
    readonly node: string;
    readonly sqlite: string;
  };
  readonly settings: { readonly [name: string]: string | number };
  readonly fsyncsPerSecond: number;
  readonly loadBefore: number;
  readonly measuredAt: string;
  readonly notMeasured: readonly string[];
}

/** What no figure tells. */
export const NOT_MEASURED: readonly string[] = [
  'handlers: they return at once, so that what remains is the cost of Flowbeat itself',
  'HTTP: runs start through the operation that the API calls, in the process',
  'networks: one machine; requests to DynamoDB and SQS are counted on emulators, not timed',
  'power cuts: processes are killed, the machine is not; that commits wait for fsync is read back from the store',
  'long histories, large inputs, thousands of branches: tests show that they work, not how fast',
];

/** Looks at the machine; `folder` is on the disk that is measured. */
export function describeMachine(folder: string, settings: Machine['settings']): Machine {
  const db = new DatabaseSync(':memory:');
  const sqlite = Object.values(db.prepare('SELECT sqlite_version()').get() ?? {})[0];
  db.close();
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  };
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    versions: { flowbeat: version, commit: commit(), node: process.versions.node, sqlite: String(sqlite) },
    settings,
    fsyncsPerSecond: Math.round(fsyncsPerSecond(folder)),
    loadBefore: loadavg()[0] ?? 0,
    measuredAt: new Date().toISOString(),
    notMeasured: NOT_MEASURED,
  };
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: new URL('.', import.meta.url),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}
