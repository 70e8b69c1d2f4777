import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { Deadlines } from '#actions/deadlines';
import { HeadCapture, LineSplitter, TailCapture } from '#actions/exec/capture';
import { type Environment, environmentOf } from '#actions/exec/environment';
import { EXEC_ID, type GroupWatcher } from '#actions/exec/group-watcher';
import { type ExecInput, parseExecInput } from '#actions/exec/input';
import { EXEC_ERRORS, notStarted, outcomeOf } from '#actions/exec/result';
import { LogBuffer } from '#actions/log-buffer';
import { aborted, failure, missed, withLines } from '#actions/outcome';
import type { ActionCall, ActionOutcome } from '#ports/action';
import { type Clock, sleep } from '#ports/clock';

/** What all commands of a worker share. */
export interface ExecShared {
  readonly clock: Clock;
  readonly environment: Environment;
  readonly watcher: GroupWatcher;
  /** From SIGTERM to SIGKILL. */
  readonly killGraceMs: number;
}

/** How long after a command's exit its children may still write to its output: `cmd > >(tee log)` ends a moment after cmd. */
const DRAIN_MS = 250;

/** Runs the command of an `exec` Task. Never rejects. */
export async function runExec(shared: ExecShared, call: ActionCall): Promise<ActionOutcome> {
  const parsed = parseExecInput(call.input);
  if (!parsed.ok) return failure(EXEC_ERRORS.invalidInput, parsed.why);
  const input = parsed.value;
  // Node reports a missing folder as a missing program.
  if (input.cwd !== undefined && !(await isFolder(input.cwd))) {
    return failure(
      EXEC_ERRORS.invalidInput,
      `The input of this exec Task is wrong. 'cwd' names a folder that is not there: ${input.cwd}.`,
    );
  }
  if (call.signal.aborted) return aborted();
  return new ExecAction(shared, call, input).run();
}

/**
 * One command. It ends by itself, or is ended for a missed deadline or an abort; either way the outcome is given when its whole process
 * group is gone, so that no attempt overlaps with the one before. That includes what it left in the background: an action that is over
 * has no more effects. What must live on has to leave the group (`setsid`), or better be a service.
 */
class ExecAction {
  readonly #shared: ExecShared;
  readonly #call: ActionCall;
  readonly #input: ExecInput;
  readonly #deadlines: Deadlines;
  readonly #log: LogBuffer;
  readonly #stdout: HeadCapture;
  readonly #stderr: TailCapture;
  #logged = false;

  constructor(shared: ExecShared, call: ActionCall, input: ExecInput) {
    this.#shared = shared;
    this.#call = call;
    this.#input = input;
    this.#log = new LogBuffer(shared.clock);
    this.#stdout = new HeadCapture(input.maxOutput);
    this.#stderr = new TailCapture(input.maxOutput);
    this.#deadlines = new Deadlines(shared.clock, call, shared.clock.elapsed(), (which) =>
      this.#stop(missed(which, call)),
    );
  }

  #stop: (outcome: ActionOutcome) => void = () => {};

  async run(): Promise<ActionOutcome> {
    const { watcher, clock, killGraceMs } = this.#shared;
    const id = randomUUID();
    let started: ReturnType<GroupWatcher['start']>;
    try {
      started = watcher.start(id, () => this.#spawn(id));
    } catch (error) {
      return notStarted(this.#input, error as NodeJS.ErrnoException);
    }
    const { child, group } = started;
    if (group === undefined) {
      const [error] = await once(child, 'error');
      return notStarted(this.#input, error);
    }
    const outcome = await this.#ended(child);
    await group.end(clock, killGraceMs);
    watcher.ended(group);
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
    return withLines(outcome ?? this.#outcome(child), this.#logged ? this.#log : undefined);
  }

  #spawn(id: string): ChildProcess {
    const { command, args, cwd, stdin } = this.#input;
    const env = environmentOf(this.#shared.environment, this.#input, this.#call);
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...env, [EXEC_ID]: id },
      detached: process.platform !== 'win32',
      windowsHide: true,
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    // A command need not read its input to the end; the error of a start that failed is taken by `run`.
    child.on('error', () => {});
    child.stdin?.on('error', () => {});
    if (stdin !== undefined) child.stdin?.end(typeof stdin === 'string' ? stdin : JSON.stringify(stdin));
    this.#read(child);
    return child;
  }

  #read(child: ChildProcess): void {
    const lines = new LineSplitter((line) => {
      this.#logged = true;
      this.#log.add('info', line);
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      this.#deadlines.beat();
      this.#stdout.add(chunk);
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#deadlines.beat();
      this.#stderr.add(chunk);
      lines.add(chunk);
    });
    child.stderr?.on('end', () => lines.end());
  }

  /** Resolves when the command has exited and its output is read (undefined), or when it is to be ended, with the outcome of that. */
  async #ended(child: ChildProcess): Promise<ActionOutcome | undefined> {
    const { signal } = this.#call;
    const { promise: stopped, resolve: stop } = Promise.withResolvers<ActionOutcome>();
    this.#stop = stop;
    const onAbort = () => stop(aborted());
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    this.#deadlines.arm();
    try {
      return await Promise.race([stopped, exited.then(() => this.#drained(closed))]);
    } finally {
      this.#deadlines.stop();
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #drained(closed: Promise<void>): Promise<undefined> {
    const patience = new AbortController();
    await Promise.race([closed, sleep(this.#shared.clock, DRAIN_MS, patience.signal)]);
    patience.abort();
  }

  #outcome(child: ChildProcess): ActionOutcome {
    return outcomeOf(this.#input, {
      exitCode: child.exitCode,
      signal: child.signalCode,
      stdout: this.#stdout.text(),
      stderr: this.#stderr.text(),
      stdoutTruncated: this.#stdout.truncated,
      stderrTruncated: this.#stderr.truncated,
    });
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
