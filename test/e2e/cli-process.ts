import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { root } from '#test/support/command';

/** Where the command is run, and which file it is. */
export interface Place {
  readonly cwd: string;
  readonly program: string;
}

/** The command of this repository. */
export const cli = (...args: readonly string[]): CliProcess =>
  new CliProcess({ cwd: root, program: 'bin/flowbeat.mjs' }, args);

/** The command `flowbeat` as a process of its own, told to speak JSON lines. Killed by its id when its user is done with it. */
export class CliProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly lines: Record<string, unknown>[] = [];
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  stderr = '';
  #wake: (() => void)[] = [];
  #over = false;

  constructor({ cwd, program }: Place, args: readonly string[]) {
    this.child = spawn(process.execPath, [program, ...args, '--json'], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // A test that runs out of time disposes of nothing.
    const killed = () => this.child.kill('SIGKILL');
    process.once('exit', killed);
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      this.lines.push(JSON.parse(line) as Record<string, unknown>);
      this.#tell();
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        this.#over = true;
        process.off('exit', killed);
        this.#tell();
        resolve(signal ?? code ?? -1);
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /** The first line of an event, or the first for which `is` holds too. Throws where the process ends without it. */
  async event(
    name: string,
    is: (line: Record<string, unknown>) => boolean = () => true,
  ): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.lines.find((line) => line.event === name && is(line));
      if (found) return found;
      if (this.#over) throw new Error(`it ended without "${name}": ${this.stderr}`);
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    this.child.kill(signal);
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('SIGKILL');
  }

  #tell(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
