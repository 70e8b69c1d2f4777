import type { ClosableActionRunner } from '#actions/action-runner';
import type { ActionCall, ActionOutcome, ActionRunner } from '#ports/action';

/** Knows no handler: what a server starts with while its handlers are loaded. */
const NONE: ActionRunner = {
  activities: new Set(),
  run: ({ resource }) =>
    Promise.resolve({ ok: false, error: 'Flowbeat.NoHandler', cause: `There is no handler for ${resource.text}.` }),
};

/**
 * A runner whose handlers can be replaced while it runs (`dev`): actions that are under way go on with the handlers they began with, and the old runner
 * is closed when the last of them is done.
 */
export class SwappableActions implements ActionRunner {
  #current: ActionRunner = NONE;
  readonly #running = new Map<ActionRunner, number>();
  readonly #leaving = new Set<ClosableActionRunner>();
  #owned: ClosableActionRunner | undefined;

  get activities(): ReadonlySet<string> {
    return this.#current.activities;
  }

  /** From now on actions are run by `next`. */
  swap(next: ClosableActionRunner): void {
    if (this.#owned) this.#leaving.add(this.#owned);
    this.#owned = next;
    this.#current = next;
    this.#closeIdle();
  }

  async run(call: ActionCall): Promise<ActionOutcome> {
    const runner = this.#current;
    this.#count(runner, 1);
    try {
      return await runner.run(call);
    } finally {
      this.#count(runner, -1);
      if (this.#leaving.size > 0) this.#closeIdle();
    }
  }

  /** Closes every runner; what still runs is ended by force. */
  async close(): Promise<void> {
    const all = [...this.#leaving, ...(this.#owned ? [this.#owned] : [])];
    this.#leaving.clear();
    await Promise.all(all.map((runner) => runner.close()));
  }

  #count(runner: ActionRunner, by: number): void {
    this.#running.set(runner, (this.#running.get(runner) ?? 0) + by);
  }

  #closeIdle(): void {
    for (const runner of this.#leaving) {
      if ((this.#running.get(runner) ?? 0) > 0) continue;
      this.#leaving.delete(runner);
      this.#running.delete(runner);
      void runner.close();
    }
  }
}
