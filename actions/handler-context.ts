import { activityLog } from '#actions/log-buffer';
import type { Json } from '#engine/json';
import type { ActionCall, LogLine } from '#ports/action';
import type { ActivityContext, ActivityLog } from '#sdk/activity';

/** What names an action to its handler; a call has it, and so has the message that hands a call to a thread. */
export type ActionNames = Pick<ActionCall, 'idempotencyKey' | 'attempt' | 'run' | 'chart' | 'state' | 'token'>;

/** What a handler's context asks of the action that it stands for, in this thread or in another. */
export interface ActionLink {
  readonly names: ActionNames;
  signal(): AbortSignal;
  beat(details: Json | undefined): void;
  checkpoint(data: Json): Promise<void>;
  checkpointed(): Promise<Json | undefined>;
  write(level: LogLine['level'], text: string): void;
}

/**
 * What a handler is given beside its input. All members are getters on the prototype: they cost nothing until they are used, and the
 * functions they give may be taken out by destructuring.
 */
export class HandlerContext implements ActivityContext {
  readonly #link: ActionLink;
  #log: ActivityLog | undefined;

  constructor(link: ActionLink) {
    this.#link = link;
  }

  get signal(): AbortSignal {
    return this.#link.signal();
  }

  get idempotencyKey(): string {
    return this.#link.names.idempotencyKey;
  }

  get attempt(): number {
    return this.#link.names.attempt;
  }

  get run(): string {
    return this.#link.names.run;
  }

  get chart(): string {
    return this.#link.names.chart;
  }

  get state(): string {
    return this.#link.names.state;
  }

  get taskToken(): string | undefined {
    return this.#link.names.token;
  }

  get heartbeat(): ActivityContext['heartbeat'] {
    return (details) => this.#link.beat(details);
  }

  get checkpoint(): ActivityContext['checkpoint'] {
    return (data) => this.#link.checkpoint(data);
  }

  get checkpointed(): ActivityContext['checkpointed'] {
    return <T>() => this.#link.checkpointed() as Promise<T | undefined>;
  }

  get log(): ActivityLog {
    this.#log ??= activityLog((level, text) => this.#link.write(level, text));
    return this.#log;
  }
}
