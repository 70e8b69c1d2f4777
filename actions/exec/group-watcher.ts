import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { ProcessGroup } from '#actions/exec/process-group';

/** Where the shell's `grep` and `sleep` are; it needs nothing else of the worker's environment. */
const PATH = '/usr/local/bin:/usr/bin:/bin';

/** The variable by which the watcher finds a command whose group it was not told. */
export const EXEC_ID = 'FLOWBEAT_EXEC_ID';

/**
 * Ends the commands of a worker that died, even by SIGKILL. It reads which commands are about to start (`? id`), run (`+ id group`) and
 * have ended (`- group`; `! id` where it never started) from a pipe whose other end only the worker holds. The kernel closes that when
 * the worker is gone, whatever ended it; the read then ends, and the groups still listed get SIGTERM and, 0.2 s later, SIGKILL. It
 * stands in a group of its own and ignores what a terminal sends.
 *
 * A worker may die between the start of a command and the line that tells its group: the command often runs first, for milliseconds on
 * a busy machine. Where Linux shows environments, such a command is found by the id in its own. Twice, because at
 * the first look it may not have come to its `exec` yet.
 *
 * A shell, because one costs 1 MB and 1 ms where a Node process costs 40 MB and 40 ms; one for the worker, not one for each command, so
 * that a command is the worker's own child, with its own exit code, and starts no slower. Linux's PR_SET_PDEATHSIG was the alternative:
 * Node cannot set it, and it reaches the command without its children.
 */
const SCRIPT = `
trap '' HUP INT QUIT TERM
groups= started=
without() { left=; for x in $2; do [ "$x" = "$1" ] || left="$left $x"; done; }
while read -r what id group; do
  case $what in
    '?') started="$started $id" ;;
    '!') without "$id" "$started"; started=$left ;;
    +) without "$id" "$started"; started=$left groups="$groups $group" ;;
    -) without "$id" "$groups"; groups=$left ;;
  esac
done
[ -n "$groups$started" ] || exit 0
end() {
  for g in $groups; do kill -s "$1" -- "-$g"; done
  for id in $started; do
    for file in $(grep -ls "${EXEC_ID}=$id" /proc/[0-9]*/environ); do
      pid=\${file#/proc/} pid=\${pid%/environ}
      kill -s "$1" -- "-$pid"
      kill -s "$1" "$pid"
    done
  done
}
end TERM
sleep 0.2 || sleep 1
end KILL
`;

/**
 * Knows the process groups of this worker's commands, and that none outlives the worker. What it cannot prevent: that the watcher is
 * killed together with its worker, or, on macOS, that the worker is killed just as it starts a command. On Windows, and where there is no
 * /bin/sh, the groups are ended when the worker exits by itself, but not when it is killed.
 */
export class GroupWatcher {
  readonly #groups = new Set<ProcessGroup>();
  #shell: ChildProcess | undefined;
  #atExit: (() => void) | undefined;

  /** Starts a command, whose environment must name `id` as EXEC_ID, and watches its group; undefined where it did not start. */
  start(
    id: string,
    spawnIt: () => ChildProcess,
  ): { readonly child: ChildProcess; readonly group: ProcessGroup | undefined } {
    this.#prepare();
    this.#tell(`? ${id}`);
    let child: ChildProcess | undefined;
    try {
      child = spawnIt();
    } finally {
      if (child?.pid === undefined) this.#tell(`! ${id}`);
    }
    if (child.pid === undefined) return { child, group: undefined };
    const group = new ProcessGroup(child.pid);
    this.#groups.add(group);
    this.#tell(`+ ${id} ${group.pid}`);
    return { child, group };
  }

  /** The command has ended with all its group. */
  ended(group: ProcessGroup): void {
    this.#groups.delete(group);
    this.#tell(`- ${group.pid}`);
  }

  /** Ends what still runs, and the watcher with it. */
  close(): void {
    this.#endAll();
    if (this.#atExit !== undefined) process.off('exit', this.#atExit);
    this.#atExit = undefined;
    this.#shell?.stdin?.end();
    this.#shell = undefined;
  }

  /** Costs the first command a millisecond. */
  #prepare(): void {
    if (this.#atExit === undefined) {
      this.#atExit = () => this.#endAll();
      process.on('exit', this.#atExit);
    }
    if (process.platform === 'win32' || this.#shell !== undefined) return;
    const shell = spawn('/bin/sh', ['-c', SCRIPT], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH },
    });
    const lost = () => {
      if (this.#shell === shell) this.#shell = undefined;
    };
    shell.on('error', lost).on('exit', lost);
    shell.stdin.on('error', lost);
    // Neither keeps the worker alive.
    shell.unref();
    (shell.stdin as Socket).unref();
    this.#shell = shell;
    for (const group of this.#groups) this.#tell(`+ again ${group.pid}`);
  }

  /** Node writes to an empty pipe at once, in this call. */
  #tell(line: string): void {
    const pipe = this.#shell?.stdin;
    if (pipe?.writable === true) pipe.write(`${line}\n`);
  }

  #endAll(): void {
    for (const group of this.#groups) group.signal('SIGKILL');
  }
}
