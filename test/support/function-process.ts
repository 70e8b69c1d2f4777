import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SqsHandler } from '#test/support/event-source';
import type { Call, CallEnd } from '#test/support/lambda-runtime';

const RUNTIME = fileURLToPath(new URL('lambda-runtime.ts', import.meta.url));
const CLOCK_OFF = fileURLToPath(new URL('clock-off.ts', import.meta.url));

/** How a function is run as a process. */
export interface ProcessOptions {
  /** The built module that exports `handler`. */
  readonly module: string;
  readonly environment: Readonly<Record<string, string>>;
  /** How far its wall clock is off, in milliseconds. */
  readonly clockOffMs?: () => number;
}

/** A function in a process of its own, as Lambda runs it: one that ends is started anew with the next call, and its calls under way are never answered. */
export class FunctionProcess implements AsyncDisposable {
  readonly #options: ProcessOptions;
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>();
  #child: ChildProcess | undefined;
  #serial = 0;
  #over = false;
  /** How often the process ended under its calls. */
  deaths = 0;

  constructor(options: ProcessOptions) {
    this.#options = options;
  }

  readonly handler: SqsHandler = (event, context) => {
    const call = Promise.withResolvers<unknown>();
    const id = ++this.#serial;
    this.#calls.set(id, call);
    this.#child ??= this.#start();
    this.#child.send({ id, event, lastsMs: context.getRemainingTimeInMillis() } satisfies Call);
    return call.promise as ReturnType<SqsHandler>;
  };

  #start(): ChildProcess {
    const { module, environment, clockOffMs } = this.#options;
    const execArgv = clockOffMs ? ['--import', CLOCK_OFF] : [];
    const env = { ...process.env, ...environment, ...(clockOffMs && { CLOCK_OFF_MS: String(clockOffMs()) }) };
    const child = fork(RUNTIME, [module], { execArgv, env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.on('message', (end: CallEnd) => {
      const call = this.#calls.get(end.id);
      this.#calls.delete(end.id);
      if ('answer' in end) call?.resolve(end.answer);
      else call?.reject(new Error(end.error));
    });
    child.on('exit', (code) => {
      this.#child = undefined;
      if (!this.#over) this.deaths++;
      for (const call of this.#calls.values()) call.reject(new Error(`the function ended with ${code}`));
      this.#calls.clear();
    });
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    const child = this.#child;
    if (!child) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
}
