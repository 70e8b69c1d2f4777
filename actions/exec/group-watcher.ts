import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { ProcessGroup } from '#actions/exec/process-group';

/**
 * Ends the commands of a worker that died, even by SIGKILL. It reads which groups begin (`+ id`) and end (`- id`) from a pipe whose other
 * end only the worker holds. The kernel closes that when the worker is gone, whatever ended it; the read then ends, and the groups
 * still listed get SIGTERM and, 0.2 s later, SIGKILL. It stands in a group of its own and ignores what a terminal sends.
 *
 * A shell, because one costs 1 MB and 1 ms where a Node process costs 40 MB and 40 ms; one for the worker, not one for each command, so
 * that a command is the worker's own child, with its own exit code, and starts no slower. Linux's PR_SET_PDEATHSIG was the alternative:
 * Node cannot set it, and it reaches the command without its children.
 */
const SCRIPT = `
trap '' HUP INT QUIT TERM
groups=
while read -r what id; do
  case $what in
    +) groups="$groups $id" ;;
    -) left=; for g in $groups; do [ "$g" = "$id" ] || left="$left $g"; done; groups=$left ;;
  esac
done
[ -n "$groups" ] || exit 0
for g in $groups; do kill -s TERM -- "-$g"; done
sleep 0.2 || sleep 1
for g in $groups; do kill -s KILL -- "-$g"; done
`;

/**
 * Knows the process groups of this worker's commands, and that none outlives the worker. What it cannot prevent: a worker killed in
 * the microseconds between the start of a command and the line in the pipe, a watcher killed with its worker, a machine
 * without /bin/sh. On Windows, and where the shell is missing, the groups are ended when the worker exits by itself, but not
 * when it is killed.
 */
export class GroupWatcher {
  readonly #groups = new Set<ProcessGroup>();
  #shell: ChildProcess | undefined;
  #atExit: (() => void) | undefined;

  /** Call it before a command is started: it costs the first one a millisecond. */
  prepare(): void {
    if (this.#atExit === undefined) {
      this.#atExit = () => this.#endAll();
      process.on('exit', this.#atExit);
    }
    if (process.platform === 'win32' || this.#shell !== undefined) return;
    const shell = spawn('/bin/sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], env: {} });
    const lost = () => {
      if (this.#shell === shell) this.#shell = undefined;
    };
    shell.on('error', lost).on('exit', lost);
    shell.stdin.on('error', lost);
    // Neither keeps the worker alive.
    shell.unref();
    (shell.stdin as Socket).unref();
    this.#shell = shell;
    for (const group of this.#groups) this.#tell('+', group);
  }

  add(group: ProcessGroup): void {
    this.#groups.add(group);
    this.#tell('+', group);
  }

  delete(group: ProcessGroup): void {
    this.#groups.delete(group);
    this.#tell('-', group);
  }

  /** Ends what still runs, and the watcher with it. */
  close(): void {
    this.#endAll();
    if (this.#atExit !== undefined) process.off('exit', this.#atExit);
    this.#atExit = undefined;
    this.#shell?.stdin?.end();
    this.#shell = undefined;
  }

  /** Node writes to an empty pipe at once, in this call. */
  #tell(what: '+' | '-', group: ProcessGroup): void {
    const pipe = this.#shell?.stdin;
    if (pipe?.writable === true) pipe.write(`${what} ${group.pid}\n`);
  }

  #endAll(): void {
    for (const group of this.#groups) group.signal('SIGKILL');
  }
}
