import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { type Clock, sleep } from '#ports/clock';

/** How often it is looked whether a group is gone, and how long after SIGKILL. */
const LOOK_MS = 20;
const AFTER_KILL_MS = 1_000;

/**
 * A command with all that it started: on POSIX its process group, whose id is that of the command, which is spawned `detached`. A process
 * that leaves the group by itself (`setsid`, a daemon) is out of reach.
 */
export class ProcessGroup {
  readonly pid: number;

  constructor(pid: number) {
    this.pid = pid;
  }

  /** Sends a signal to all of the group (0 only looks); false where none is left. On Windows any signal ends the tree. */
  signal(signal: NodeJS.Signals | 0): boolean {
    if (process.platform === 'win32') return this.#signalTree(signal);
    try {
      return process.kill(-this.pid, signal);
    } catch {
      // ESRCH: nobody is left. EPERM: who is left has become another user (or, on macOS, is a zombie); no signal reaches it.
      return false;
    }
  }

  /** SIGTERM, and SIGKILL to what is left after the grace. Resolves when the group is gone, or cannot be ended. */
  async end(clock: Clock, graceMs: number): Promise<void> {
    if (!this.signal('SIGTERM') || (await this.#gone(clock, graceMs))) return;
    this.signal('SIGKILL');
    // Bounded: a process in an uninterruptible call, or a zombie that no init collects, stays.
    await this.#gone(clock, AFTER_KILL_MS);
  }

  async #gone(clock: Clock, withinMs: number): Promise<boolean> {
    const end = clock.elapsed() + withinMs;
    while (this.signal(0) && !(await this.#onlyZombies())) {
      if (clock.elapsed() >= end) return false;
      await sleep(clock, LOOK_MS);
    }
    return true;
  }

  /**
   * In a container whose first process collects no orphans (often the worker itself), what a command left in the background stays in its
   * group as a zombie once it is dead. Signals still find it. Only Linux tells.
   */
  async #onlyZombies(): Promise<boolean> {
    if (process.platform !== 'linux') return false;
    for (const entry of await readdir('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      const stat = await readFile(`/proc/${entry}/stat`, 'latin1').catch(() => '');
      // `pid (name) state parent group …`; the name may hold anything.
      const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ', 3);
      if (Number(group) === this.pid && state !== 'Z' && state !== 'X') return false;
    }
    return true;
  }

  #signalTree(signal: NodeJS.Signals | 0): boolean {
    try {
      process.kill(this.pid, 0);
    } catch {
      return false;
    }
    if (signal !== 0)
      spawn('taskkill', ['/PID', String(this.pid), '/T', '/F'], { stdio: 'ignore' }).on('error', () => {});
    return true;
  }
}
