import { Worker } from 'node:worker_threads';
import { ERRORS } from '#actions/outcome';
import type { FromThread, ToThread } from '#actions/thread/messages';
import type { Clock, Timer } from '#ports/clock';

/** How long a thread without work is kept: starting one takes about 40 ms, keeping one about 10 MB. */
const IDLE_MS = 30_000;

/** The action that has a thread. */
export interface ThreadUser {
  receive(message: FromThread): void;
  died(error: Error | undefined): void;
}

/** What runs isolated handlers: a thread, or a process. */
export interface HandlerHost {
  readonly kind: 'thread' | 'process';
  /** The name of the error of an action under which it ended. */
  readonly diedError: string;
  user: ThreadUser | undefined;
  /** It is ended, or about to be: not to be used again. */
  readonly ended: boolean;
  tell(message: ToThread): void;
  /** With work it keeps the worker alive, without it does not. */
  busy(): void;
  idle(clock: Clock, end: () => void): void;
  end(): Promise<void>;
}

/** A thread for isolated handlers. */
export class HandlerThread implements HandlerHost {
  readonly kind = 'thread';
  readonly diedError = ERRORS.threadDied;
  user: ThreadUser | undefined;
  ended = false;
  readonly #worker: Worker;
  #idle: Timer | undefined;

  constructor() {
    // By its name, because the file has another extension in the package.
    const program = new URL(import.meta.resolve('#actions/thread/handler-thread'));
    let error: Error | undefined;
    this.#worker = new Worker(program, { name: 'flowbeat handler' })
      .on('message', (message: FromThread) => this.user?.receive(message))
      .on('error', (thrown) => {
        error = thrown instanceof Error ? thrown : new Error(String(thrown));
      })
      .on('exit', () => {
        this.ended = true;
        this.user?.died(error);
      });
  }

  tell(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  busy(): void {
    this.#idle?.cancel();
    this.#worker.ref();
  }

  idle(clock: Clock, end: () => void): void {
    this.#worker.unref();
    this.#idle = clock.after(IDLE_MS, end);
  }

  async end(): Promise<void> {
    this.ended = true;
    this.#idle?.cancel();
    await this.#worker.terminate();
  }
}

/** Threads or processes for isolated handlers: at most `max`, made when needed. Actions beyond that wait their turn, first come, first served. */
export class ThreadPool {
  readonly #clock: Clock;
  #max: number;
  readonly #make: () => HandlerHost;
  readonly #all = new Set<HandlerHost>();
  readonly #free: HandlerHost[] = [];
  readonly #queue = new Set<(thread: HandlerHost) => void>();

  constructor(clock: Clock, max: number, make: () => HandlerHost = () => new HandlerThread()) {
    this.#clock = clock;
    this.#make = make;
    this.#max = max;
  }

  /** A thread, now or when one is free; undefined if `stopped` resolves first. */
  async acquire(stopped: Promise<unknown>): Promise<HandlerHost | undefined> {
    const thread = this.#next();
    if (thread !== undefined) return thread;
    const { promise, resolve } = Promise.withResolvers<HandlerHost>();
    this.#queue.add(resolve);
    const given = await Promise.race([promise, stopped.then(() => undefined)]);
    if (given !== undefined) return given;
    // Either it still waits, or a thread was given in the same turn: that goes to the next.
    if (!this.#queue.delete(resolve)) this.release(await promise);
    return undefined;
  }

  /** Gives a thread back; one that has ended makes room for a new one. */
  release(thread: HandlerHost): void {
    if (thread.ended) this.#all.delete(thread);
    else this.#free.push(thread);
    const [waiting] = this.#queue;
    const next = waiting === undefined ? undefined : this.#next();
    if (waiting !== undefined && next !== undefined) {
      this.#queue.delete(waiting);
      waiting(next);
    } else if (!thread.ended) thread.idle(this.#clock, () => this.#drop(thread));
  }

  async close(): Promise<void> {
    this.#max = 0;
    await Promise.all([...this.#all].map((thread) => thread.end()));
    this.#all.clear();
    this.#free.length = 0;
  }

  /** The last one used, so that the others can end; else a new one, if there may be more. */
  #next(): HandlerHost | undefined {
    let thread = this.#free.pop();
    while (thread?.ended) {
      this.#all.delete(thread);
      thread = this.#free.pop();
    }
    if (thread === undefined && this.#all.size < this.#max) {
      thread = this.#make();
      this.#all.add(thread);
    }
    thread?.busy();
    return thread;
  }

  #drop(thread: HandlerHost): void {
    const at = this.#free.indexOf(thread);
    if (at < 0) return;
    this.#free.splice(at, 1);
    this.#all.delete(thread);
    void thread.end();
  }
}
