/**
 * Which process this is, and whether another one is gone. A pid alone proves nothing, since it is used again: with the process's start time and the
 * boot of the machine it names one process for ever.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Evidence } from '#ports/flow-record';
import type { Lease, ProcessIdentity } from '#ports/lease';

const onLinux = process.platform === 'linux';

/** This process; undefined where the system does not tell enough to prove its death later. */
export function thisProcess(): ProcessIdentity | undefined {
  const started = look(process.pid);
  if (bootId === undefined || started === undefined || started === 'gone') return undefined;
  return { bootId, pid: process.pid, startTime: started };
}

/**
 * Proof that a lease's process is gone: it ran in this boot of this machine (and in this namespace of pids), and no process of its pid and start time
 * is there. Undefined where it lives, or where this host cannot tell.
 */
export function proveDead(lease: Lease): Evidence | undefined {
  const { process: dead, worker } = lease;
  if (!dead || bootId === undefined || dead.bootId !== bootId) return undefined;
  const found = look(dead.pid);
  if (found === undefined || found === dead.startTime) return undefined;
  const how = found === 'gone' ? '' : ': its number belongs to a process that was started at another time';
  return { kind: 'process', text: `Process ${dead.pid} of ${worker} has ended${how}.` };
}

/** The name of this machine. */
export const thisHost = (): string => hostname();

/** The start time of a process by its pid, `gone`, or undefined where the system does not say. */
function look(pid: number): string | 'gone' | undefined {
  if (onLinux) return fromProc(pid);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'gone';
  }
  return process.platform === 'win32' ? undefined : fromPs(pid);
}

/** Field 22 of /proc/<pid>/stat, in clock ticks since boot; field 3 tells a process that has ended and was not waited for yet. */
function fromProc(pid: number): string | 'gone' | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ESRCH' ? 'gone' : undefined;
  }
  // The name in parentheses may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return 'gone';
  return fields[19];
}

/** Asking takes some milliseconds of this process's time, so a living process is asked for at most once in a while. */
const ASK_EVERY_MS = 5_000;
const asked = new Map<number, { readonly at: number; readonly startTime: string }>();

function fromPs(pid: number): string | 'gone' | undefined {
  const known = asked.get(pid);
  if (known && performance.now() - known.at < ASK_EVERY_MS) return known.startTime;
  try {
    const output = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', timeout: 2_000 });
    const startTime = output.trim();
    if (startTime === '') return 'gone';
    asked.set(pid, { at: performance.now(), startTime });
    return startTime;
  } catch {
    return undefined;
  }
}

const bootId = ((): string | undefined => {
  try {
    if (onLinux) {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      // Containers of one machine share its boot and may share the file, but each counts its own pids.
      return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
    }
    if (process.platform === 'darwin') {
      return execFileSync('sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8', timeout: 2_000 }).trim();
    }
  } catch {
    // Not told here: then silence is the only evidence.
  }
  return undefined;
})();
