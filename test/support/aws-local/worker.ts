import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Installation } from '#test/support/aws-local/installation';
import type { Place } from '#test/support/aws-local/place';
import { lastLines, lives, start } from '#test/support/aws-local/program';
import { environmentOf, type Target } from '#test/support/aws-local/target';

const PATIENCE_MS = 60_000;

/** What a worker is started with beside the installation. */
export interface WorkerSettings {
  readonly name: string;
  readonly handlers: string;
  /** A time expression; the installation's own where absent. */
  readonly window?: string;
  /** All that charts name where absent. */
  readonly queues?: readonly string[];
}

/** Starts `flowbeat worker` on an installation; its process id, once it may claim. It lives on when this process ends. */
export async function startWorker(
  place: Place,
  target: Target,
  { table, queuePrefix }: Installation,
  { name, handlers, window, queues = [] }: WorkerSettings,
): Promise<number> {
  const log = place.log('worker');
  const before = existsSync(log) ? readFileSync(log, 'utf8').length : 0;
  const where = ['--store', 'dynamodb', '--table', table, '--queue-prefix', queuePrefix];
  const pulls = queues.flatMap((queue) => ['--queue', queue]);
  const how = [
    ...pulls,
    '--handlers',
    handlers,
    '--name',
    name,
    ...(window === undefined ? [] : ['--window', window]),
    '--json',
  ];
  // The process itself and not its launcher, so that a signal to its id reaches it.
  const args = ['bin/main.ts', 'worker', ...where, ...how];
  const environment = { ...environmentOf(target), FLOWBEAT_ADVANCE: '1' };
  const child = start({ command: process.execPath, args, log, environment });
  const { pid = -1 } = child;
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until; await sleep(50)) {
    if (readFileSync(log, 'utf8').slice(before).includes('"event":"ready"')) {
      child.unref();
      return pid;
    }
    if (!lives(pid) || child.exitCode !== null) break;
  }
  child.kill('SIGKILL');
  throw new Error(`The worker did not start. The last that it said (${log}):\n${lastLines(log)}`);
}
