import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Environment } from '#actions/exec/environment';
import { EXEC_ID, type GroupWatcher } from '#actions/exec/group-watcher';
import type { ProcessGroup } from '#actions/exec/process-group';
import { ERRORS } from '#actions/outcome';
import type { FromThread, ToThread } from '#actions/thread/messages';
import type { HandlerHost, ThreadUser } from '#actions/thread/thread-pool';
import type { Clock, Timer } from '#ports/clock';

/** How long a process without work is kept: starting one takes about 100 ms, keeping one about 50 MB. */
const IDLE_MS = 30_000;

/** A process for isolated handlers, in a group of its own with all that its handlers start. */
export class HandlerProcess implements HandlerHost {
  readonly kind = 'process';
  readonly diedError = ERRORS.processDied;
  user: ThreadUser | undefined;
  ended = false;
  readonly #child: ChildProcess;
  readonly #group: ProcessGroup | undefined;
  readonly #clock: Clock;
  readonly #gone: Promise<void>;
  #idle: Timer | undefined;

  constructor(clock: Clock, watcher: GroupWatcher, environment: Environment) {
    this.#clock = clock;
    // By its name, because the file has another extension in the package.
    const program = fileURLToPath(import.meta.resolve('#actions/process/handler-process'));
    const id = randomUUID();
    const started = watcher.start(id, () =>
      spawn(process.execPath, [program], {
        env: { ...ofHandlers(environment), [EXEC_ID]: id },
        detached: process.platform !== 'win32',
        windowsHide: true,
        // Standard output is the worker's own: what it says may be for programs.
        stdio: ['ignore', 2, 2, 'ipc'],
      }),
    );
    this.#child = started.child;
    this.#group = started.group;
    let error: Error | undefined;
    this.#gone = new Promise((resolve) => {
      const over = async (why: Error | undefined) => {
        this.ended = true;
        error ??= why;
        // What it left behind goes with it, before anybody tries again.
        this.#group?.signal('SIGKILL');
        await this.#group?.end(this.#clock, 0);
        if (this.#group) watcher.ended(this.#group);
        this.user?.died(error);
        resolve();
      };
      this.#child
        .on('message', (message: FromThread) => this.user?.receive(message))
        .once('error', (thrown) => (this.#group ? undefined : void over(thrown)))
        .once('exit', (code, signal) => void over(new Error(signal ?? `exit code ${code}`)));
    });
  }

  tell(message: ToThread): void {
    // One that has died says so by itself.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  busy(): void {
    this.#idle?.cancel();
    this.#child.ref();
    this.#child.channel?.ref();
  }

  idle(clock: Clock, end: () => void): void {
    this.#child.unref();
    this.#child.channel?.unref();
    this.#idle = clock.after(IDLE_MS, end);
  }

  async end(): Promise<void> {
    this.ended = true;
    this.#idle?.cancel();
    this.#group?.signal('SIGKILL');
    await this.#gone;
  }
}

/** The worker's environment without what is the worker's own: how it was started, and the agent that protects its task. */
const ofHandlers = (environment: Environment): Environment =>
  Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) => !name.startsWith('FLOWBEAT_') && !name.startsWith('NODE_CHANNEL_') && name !== 'ECS_AGENT_URI',
    ),
  );
