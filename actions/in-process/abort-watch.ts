import type { Clock, Timer } from '#ports/clock';

/** How long an action may run before its signal is listened to. */
const PATIENCE_MS = 25;

/** What can be told that its call was aborted. */
export interface Abortable {
  /** Starts to listen to the call's signal; looks first whether it has aborted already. */
  listen(): void;
}

/**
 * Listens to the signals of those actions that take long. A call makes its signal when it is first asked for, and making one and listening
 * to it costs about 2 us, as much as all else about a short action. So the actions under way wait here, under one timer for
 * all, and most have ended before it fires. An abort reaches a handler that looks at its signal at once; one that does not is let go
 * of up to 25 ms later.
 */
export class AbortWatch {
  readonly #clock: Clock;
  readonly #waiting = new Set<Abortable>();
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(action: Abortable): void {
    this.#waiting.add(action);
    this.#timer ??= this.#clock.after(PATIENCE_MS, () => this.#listenToAll());
  }

  delete(action: Abortable): void {
    this.#waiting.delete(action);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #listenToAll(): void {
    this.#timer = undefined;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const action of waiting) action.listen();
  }
}
