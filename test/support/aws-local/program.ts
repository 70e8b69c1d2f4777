import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '#test/support/command';

/** How a program is started. */
export interface Start {
  readonly command: string;
  readonly args: readonly string[];
  /** What it says goes here, after what is there. */
  readonly log: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Where it runs; at the repository's root where absent. */
  readonly folder?: string;
}

/** The Node of this repository comes first, for what the programs start by name. */
const PATH = [join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter);

/** Starts a program that outlives this one, in a process group of its own. */
export function start({ command, args, log, environment, folder = root }: Start): ChildProcess {
  const out = openSync(log, 'a');
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...environment, PATH },
    detached: true,
    stdio: ['ignore', out, out],
  });
  closeSync(out);
  return child;
}

/** Runs a program to its end. Rejects where it fails, and where it takes longer than `limitMs`: then its whole group is ended. */
export async function run(what: string, it: Start, limitMs: number): Promise<void> {
  const child = start(it);
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    signalGroup(child.pid, 'SIGKILL');
  }, limitMs);
  // A Ctrl-C that ends this program reaches nothing in another group.
  const end = () => signalGroup(child.pid, 'SIGKILL');
  process.once('exit', end);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    if (code === 0) return;
    const why = late ? `took longer than ${limitMs / 1_000} s` : `ended with exit code ${code}`;
    throw new Error(`${what} ${why}. The last that it said (all of it: ${it.log}):\n${lastLines(it.log)}`);
  } finally {
    clearTimeout(limit);
    process.off('exit', end);
  }
}

/** The end of a log. */
export function lastLines(log: string, count = 25): string {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}

/** Whether a process is there. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Ends a process that was started here with all of its group: asked first, then made to. */
export async function stop(pid: number, graceMs = 10_000): Promise<void> {
  signal(pid, 'SIGTERM');
  for (const until = performance.now() + graceMs; lives(pid) && performance.now() < until; ) await sleep(50);
  signalGroup(pid, 'SIGKILL');
  while (lives(pid)) await sleep(20);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid !== undefined) signal(-pid, name);
}
