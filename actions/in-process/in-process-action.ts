import { Deadlines } from '#actions/deadlines';
import { type ActionLink, HandlerContext } from '#actions/handler-context';
import type { Abortable, AbortWatch } from '#actions/in-process/abort-watch';
import { jsonCopy } from '#actions/json-copy';
import { LogBuffer } from '#actions/log-buffer';
import { ActionOver, aborted, failureOf, missed, success, withLines } from '#actions/outcome';
import type { Json } from '#engine/json';
import type { ActionCall, ActionOutcome, LogLine } from '#ports/action';
import type { Clock } from '#ports/clock';
import type { Telemetry } from '#ports/telemetry';
import type { Handler } from '#sdk/activity';

/** What all actions that run in this thread share. */
export interface InProcess {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly abortWatch: AbortWatch;
}

const WENT_ON = 'The handler had not ended by then; what it returns later is dropped.';

/**
 * One action in the worker's own thread. This is the hot path: until the handler asks for more, an action is this object, its context and
 * the promise of its outcome.
 *
 * It is *running*, then *settled*, by whichever comes first: the handler's result, a missed deadline, an abort. A handler cannot be ended
 * from outside here; one that goes on after its action was settled works for nothing: its result is dropped and told to telemetry, its
 * checkpoints are refused.
 */
export class InProcessAction implements ActionLink, Abortable {
  readonly names: ActionCall;
  readonly #shared: InProcess;
  readonly #deadlines: Deadlines | undefined;
  #settled = false;
  #resolve: ((outcome: ActionOutcome) => void) | undefined;
  #log: LogBuffer | undefined;
  #timeUp: AbortController | undefined;
  #signal: AbortSignal | undefined;
  #onAbort: (() => void) | undefined;
  #saidLast: Json | undefined;

  constructor(shared: InProcess, call: ActionCall) {
    this.#shared = shared;
    this.names = call;
    if (call.timeoutMs !== undefined || call.heartbeatMs !== undefined) {
      this.#deadlines = new Deadlines(shared.clock, call, shared.clock.elapsed(), (which) =>
        this.#letGo(missed(which, this.names, this.#saidLast)),
      );
    }
  }

  /** Runs the handler. Never rejects. A handler that returns no promise costs no further hop through the microtasks. */
  run(handler: Handler): Promise<ActionOutcome> {
    try {
      const returned = handler(jsonCopy(this.names.input), new HandlerContext(this));
      if (isThenable(returned)) return this.#wait(returned);
      return Promise.resolve(this.#endAtOnce(success(returned)));
    } catch (thrown) {
      return Promise.resolve(this.#endAtOnce(failureOf(thrown)));
    }
  }

  signal(): AbortSignal {
    if (this.#deadlines === undefined) return this.names.signal;
    if (this.#signal === undefined) {
      this.#timeUp = new AbortController();
      this.#signal = AbortSignal.any([this.names.signal, this.#timeUp.signal]);
      if (this.#settled) this.#timeUp.abort(new ActionOver());
    }
    return this.#signal;
  }

  beat(details: Json | undefined): void {
    this.#deadlines?.beat();
    this.#saidLast = details;
  }

  async checkpoint(data: Json): Promise<void> {
    // A later attempt may run by now, under the same key: what a left-over handler saves would destroy what that one saved.
    if (this.#settled) throw new ActionOver();
    this.#deadlines?.beat();
    await this.names.checkpoint(jsonCopy(data));
  }

  checkpointed(): Promise<Json | undefined> {
    return this.names.readCheckpoint();
  }

  write(level: LogLine['level'], text: string): void {
    if (this.#settled) return;
    this.#log ??= new LogBuffer(this.#shared.clock);
    this.#log.add(level, text);
  }

  listen(): void {
    const signal = this.names.signal;
    this.#onAbort = () => this.#letGo(aborted());
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** A handler that blocked past its deadline has missed it, though no timer could fire. */
  #endAtOnce(outcome: ActionOutcome): ActionOutcome {
    this.#settled = true;
    const late = this.#deadlines?.missedNow();
    return withLines(late === undefined ? outcome : missed(late, this.names, this.#saidLast), this.#log);
  }

  #wait(returned: PromiseLike<unknown>): Promise<ActionOutcome> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#shared.abortWatch.add(this);
      this.#deadlines?.arm();
      returned.then(
        (output) => this.#end(output, true),
        (thrown: unknown) => this.#end(thrown, false),
      );
    });
  }

  #end(result: unknown, ok: boolean): void {
    if (!this.#settled) this.#settle(ok ? success(result) : failureOf(result));
    else {
      // The names that cannot have moved on with the flow.
      const { idempotencyKey, attempt, resource } = this.names;
      this.#shared.telemetry.event('action.late', { idempotencyKey, attempt, resource: resource.text, ok });
    }
  }

  /** The outcome is known before the handler has ended. */
  #letGo(outcome: ActionOutcome): void {
    if (this.#settled) return;
    this.write('warn', WENT_ON);
    this.#settle(outcome);
    this.#timeUp?.abort(new ActionOver());
  }

  #settle(outcome: ActionOutcome): void {
    this.#settled = true;
    this.#deadlines?.stop();
    this.#shared.abortWatch.delete(this);
    // The signal may be the worker's own and outlive many actions.
    if (this.#onAbort !== undefined) this.names.signal.removeEventListener('abort', this.#onAbort);
    this.#resolve?.(withLines(outcome, this.#log));
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
