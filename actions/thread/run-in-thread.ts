import { type DeadlineLimits, Deadlines } from '#actions/deadlines';
import { LogBuffer } from '#actions/log-buffer';
import { aborted, failure, missed, withLines } from '#actions/outcome';
import type { FromThread } from '#actions/thread/messages';
import type { HandlerHost, ThreadPool, ThreadUser } from '#actions/thread/thread-pool';
import type { Json } from '#engine/json';
import type { ActionCall, ActionOutcome } from '#ports/action';
import { type Clock, sleep } from '#ports/clock';

/** What all isolated actions of a worker share. */
export interface ThreadShared {
  readonly clock: Clock;
  readonly pool: ThreadPool;
}

/** How long a handler that yields has, from the abort of its signal, before its thread is ended. */
const GRACE_MS = 100;
/** `terminate` ends any JavaScript and waits for a synchronous call into the system or native code; the worker does not wait longer. */
const TERMINATE_MS = 1_000;

/** Runs a handler of `module` in a thread, or in a process where the pool is one of processes. Never rejects. */
export async function runInThread(shared: ThreadShared, call: ActionCall, module: string): Promise<ActionOutcome> {
  const { signal } = call;
  if (signal.aborted) return aborted();
  const action = new IsolatedAction(shared, call);
  const onAbort = () => action.stop(aborted());
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await action.run(module);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * One action in a thread: it *waits* for a thread, *runs*, and is *over* when the handler has ended or the thread has. The outcome of one
 * that is stopped is given when it is over, so that no attempt overlaps with the one before.
 */
class IsolatedAction implements ThreadUser {
  readonly #shared: ThreadShared;
  readonly #call: ActionCall;
  readonly #startedAt: number;
  readonly #stopped = Promise.withResolvers<ActionOutcome>();
  readonly #ended = Promise.withResolvers<ActionOutcome>();
  #deadlines: Deadlines;
  #thread: HandlerHost | undefined;
  #log: LogBuffer | undefined;
  #saidLast: Json | undefined;

  constructor(shared: ThreadShared, call: ActionCall) {
    this.#shared = shared;
    this.#call = call;
    this.#startedAt = shared.clock.elapsed();
    // The wait for a thread counts for the time-out, not for the heartbeat: nobody is there yet who could give one.
    this.#deadlines = this.#watch({ timeoutMs: call.timeoutMs });
  }

  /** The action is to end, with this outcome. The first one counts. */
  stop(outcome: ActionOutcome): void {
    this.#stopped.resolve(outcome);
  }

  async run(module: string): Promise<ActionOutcome> {
    const { pool } = this.#shared;
    this.#deadlines.arm();
    const thread = await pool.acquire(this.#stopped.promise);
    this.#deadlines.stop();
    if (thread === undefined) return this.#stopped.promise;
    this.#deadlines = this.#watch(this.#call);
    this.#deadlines.beat();
    this.#deadlines.arm();
    this.#start(thread, module);
    const stopped = await Promise.race([this.#ended.promise.then(() => undefined), this.#stopped.promise]);
    const outcome = stopped === undefined ? await this.#ended.promise : await this.#end(thread, stopped);
    this.#deadlines.stop();
    this.#thread = undefined;
    thread.user = undefined;
    pool.release(thread);
    return withLines(outcome, this.#log);
  }

  receive(message: FromThread): void {
    if (message.type === 'ended') this.#ended.resolve(message.outcome);
    else if (message.type === 'log') {
      this.#log ??= new LogBuffer(this.#shared.clock);
      this.#log.add(message.level, message.text);
    } else {
      this.#deadlines.beat();
      if (message.type === 'beat') this.#saidLast = message.details;
      else void this.#answer(message);
    }
  }

  died(error: Error | undefined): void {
    const why = error === undefined ? 'it called process.exit' : `${error.name}: ${error.message}`;
    const { kind, diedError } = this.#thread as HandlerHost;
    this.#ended.resolve(failure(diedError, `The ${kind} of the handler ended under it: ${why}.`));
  }

  #watch(limits: DeadlineLimits): Deadlines {
    const { clock } = this.#shared;
    return new Deadlines(clock, limits, this.#startedAt, (which) =>
      this.stop(missed(which, this.#call, this.#saidLast)),
    );
  }

  #start(thread: HandlerHost, module: string): void {
    this.#thread = thread;
    thread.user = this;
    const { resource, input, idempotencyKey, attempt, run, chart, state, token } = this.#call;
    const names = { idempotencyKey, attempt, run, chart, state, ...(token === undefined ? {} : { token }) };
    thread.tell({ type: 'run', module, activity: resource.name, input, names });
  }

  /** Ends a handler that goes on: by its signal, if it yields in time; else with its thread. */
  async #end(thread: HandlerHost, outcome: ActionOutcome): Promise<ActionOutcome> {
    const { clock } = this.#shared;
    thread.tell({ type: 'abort' });
    const heard = await Promise.race([this.#ended.promise.then(() => true), sleep(clock, GRACE_MS).then(() => false)]);
    if (!heard) await Promise.race([thread.end(), sleep(clock, TERMINATE_MS)]);
    return outcome;
  }

  async #answer(ask: Extract<FromThread, { readonly type: 'ask' }>): Promise<void> {
    const { id } = ask;
    const thread = this.#thread;
    try {
      const value =
        ask.what === 'checkpoint' ? await this.#call.checkpoint(ask.data) : await this.#call.readCheckpoint();
      if (this.#thread === thread) thread?.tell({ type: 'answer', id, value: value ?? undefined });
    } catch (error) {
      if (this.#thread === thread)
        thread?.tell({ type: 'refusal', id, message: error instanceof Error ? error.message : String(error) });
    }
  }
}
