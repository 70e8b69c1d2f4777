import type { FlowId } from '#ports/ids';
import type { Received } from '#ports/message';
import type { Held } from '#scheduler/held';

/** A flow in its owner's hands: a worker's beats list it from the claim until its after-commit steps are done (rule D). */
export class Entry {
  readonly flow: FlowId;
  readonly held: Held;
  /** The message that is its witness; absent once the lease names the flow and the message is deleted. */
  witness: Received | undefined;
  /** The term of the claim: what a lease entry must show to count. */
  readonly term: number;
  /** True while its handler runs: only then can a cancel or a drain act in its place. */
  acting = false;
  /** True when its handler's outcome counts no more: cancelled, or given back while the handler runs on. */
  abandoned = false;
  #abort: AbortController | undefined;

  constructor(held: Held, witness: Received | undefined) {
    this.flow = held.record.id;
    this.term = held.record.term;
    this.held = held;
    this.witness = witness;
  }

  /** Aborts when the action is to stop; made only when a handler asks, since most never do. */
  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.abandoned) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  /** Makes the running handler's outcome count no more, and tells it so. */
  abandon(reason: string): void {
    this.abandoned = true;
    this.#abort?.abort(new Error(reason));
  }

  /** The next action starts, with a signal of its own. */
  renew(): void {
    this.#abort = undefined;
    this.acting = true;
  }
}
