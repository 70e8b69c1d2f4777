import type { Json } from '#engine/json';
import { epoch } from '#engine/time';
import type { ActionCall } from '#ports/action';
import type { Clock } from '#ports/clock';
import type { FlowId, RunId } from '#ports/ids';

/** The machine's own time. */
export const realClock: Clock = {
  now: () => epoch(Date.now()),
  elapsed: () => performance.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms).unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** A clock that stands until it is moved. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #timers = new Map<object, { readonly due: number; readonly then: () => void }>();
  now = () => epoch(1_000_000 + this.#now);
  elapsed = () => this.#now;
  after(ms: number, then: () => void) {
    const key = {};
    this.#timers.set(key, { due: this.#now + ms, then });
    return { cancel: () => void this.#timers.delete(key) };
  }
  /** How many timers are pending: a leak check. */
  get pending(): number {
    return this.#timers.size;
  }
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#timers].filter(([, t]) => t.due <= end).sort(([, a], [, b]) => a.due - b.due)[0];
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.#now = Math.max(this.#now, next[1].due);
      next[1].then();
    }
    this.#now = end;
  }
}

/** A call whose signal counts how often it was asked for, and whose checkpoint is kept in memory. */
export class TestCall implements ActionCall {
  readonly resource: ActionCall['resource'];
  readonly input: Json;
  readonly flow = 'chart:run' as FlowId;
  readonly run = 'chart:run' as unknown as RunId;
  readonly chart = 'chart';
  readonly state = 'Work';
  readonly idempotencyKey = 'chart:run#3';
  readonly attempt = 2;
  readonly timeoutMs?: number;
  readonly heartbeatMs?: number;
  readonly token?: string;
  readonly controller = new AbortController();
  signalsAsked = 0;
  saved: Json | undefined;

  constructor(
    name: string,
    input: Json = null,
    more: { timeoutMs?: number; heartbeatMs?: number; token?: string; saved?: Json } = {},
  ) {
    this.resource =
      name === 'exec' ? { kind: 'exec', name, text: name } : { kind: 'activity', name, text: `activity:${name}` };
    this.input = input;
    Object.assign(this, more);
  }

  get signal(): AbortSignal {
    this.signalsAsked++;
    return this.controller.signal;
  }
  async checkpoint(data: Json) {
    this.saved = data;
  }
  async readCheckpoint() {
    return this.saved;
  }
}

/** The outcome's error, or a failure of the test. */
export const errorOf = (outcome: { readonly ok: boolean; readonly error?: string }) =>
  outcome.ok ? 'it succeeded' : outcome.error;
