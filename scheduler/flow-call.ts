import type { ActionRequest, Resource } from '#engine/flow';
import type { Json } from '#engine/json';
import type { ActionCall } from '#ports/action';
import { FlowbeatError } from '#ports/errors';
import { actionKey } from '#ports/idempotency';
import type { FlowId, RunId } from '#ports/ids';
import type { Scheduler } from '#scheduler/context';
import type { Entry } from '#scheduler/entry';

/** One action of a held flow, as its handler's runner sees it. A class with getters: nothing is made that no handler asks for. */
export class FlowCall implements ActionCall {
  readonly resource: Resource;
  readonly input: Json;
  readonly attempt: number;
  readonly #s: Scheduler;
  readonly #entry: Entry;
  readonly #request: ActionRequest;

  constructor(s: Scheduler, entry: Entry, request: ActionRequest) {
    this.resource = request.resource;
    this.input = request.input;
    this.attempt = request.attempt;
    this.#s = s;
    this.#entry = entry;
    this.#request = request;
  }

  get flow(): FlowId {
    return this.#entry.flow;
  }
  get run(): RunId {
    return this.#entry.held.record.run;
  }
  get chart(): string {
    return this.#entry.held.record.chart;
  }
  get state(): string {
    return this.#entry.held.position.at;
  }
  get idempotencyKey(): string {
    return actionKey(this.#entry.flow, this.#request.step);
  }
  get timeoutMs(): number | undefined {
    return this.#request.timeoutMs;
  }
  get heartbeatMs(): number | undefined {
    return this.#request.heartbeatMs;
  }
  get role(): string | undefined {
    return this.#request.role;
  }
  get token(): string | undefined {
    return this.#request.callback ? this.#entry.held.options.token(this.#request.step, this.attempt) : undefined;
  }
  get signal(): AbortSignal {
    return this.#entry.signal;
  }

  async checkpoint(data: Json): Promise<void> {
    const { id, term } = this.#entry.held.record;
    const saved =
      !this.#entry.abandoned &&
      (await this.#s.store.saveCheckpoint({ flow: id, step: this.#request.step, data }, term));
    if (saved) return;
    throw new FlowbeatError(
      'terminal',
      'NOT_OWNER',
      `${id} is not this worker's any more; the checkpoint was not saved.`,
      { flow: id },
    );
  }

  readCheckpoint(): Promise<Json | undefined> {
    return this.#s.store.readCheckpoint(this.#entry.flow, this.#request.step);
  }
}
