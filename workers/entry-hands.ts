import type { ActionRequest } from '#engine/flow';
import type { ActionOutcome, ActionRunner } from '#ports/action';
import type { Scheduler } from '#scheduler/context';
import type { Entry } from '#scheduler/entry';
import { FlowCall } from '#scheduler/flow-call';
import type { Hands } from '#scheduler/run-held';

/** What the hands of one flow ask of their worker's incarnation. */
export interface Living extends Pick<Hands, 'activities' | 'queues' | 'draining'> {
  readonly over: boolean;
  readonly proven: boolean;
  lost(): void;
}

/** This worker's hands on one flow. */
export class EntryHands implements Hands {
  readonly #life: Living;
  readonly #entry: Entry;
  readonly #s: Scheduler;
  readonly #actions: ActionRunner;

  constructor(life: Living, entry: Entry, s: Scheduler, actions: ActionRunner) {
    this.#life = life;
    this.#entry = entry;
    this.#s = s;
    this.#actions = actions;
  }

  get activities(): ReadonlySet<string> {
    return this.#life.activities;
  }
  get queues(): readonly string[] {
    return this.#life.queues;
  }
  get draining(): boolean {
    return this.#life.draining;
  }

  mayAct(): boolean {
    if (this.#isOver) return false;
    if (!this.#life.proven) this.#life.lost();
    return !this.#isOver;
  }

  async act(action: ActionRequest): Promise<ActionOutcome | undefined> {
    this.#entry.renew();
    const outcome = await this.#actions.run(new FlowCall(this.#s, this.#entry, action));
    this.#entry.acting = false;
    return this.#isOver ? undefined : outcome;
  }

  get #isOver(): boolean {
    return this.#life.over || this.#entry.abandoned;
  }
}
