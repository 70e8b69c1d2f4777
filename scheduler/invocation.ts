import type { ActionRequest, FlowEvent } from '#engine/flow';
import { epoch } from '#engine/time';
import type { ActionOutcome, ActionRunner } from '#ports/action';
import type { Timer } from '#ports/clock';
import { FlowbeatError } from '#ports/errors';
import type { FlowRecord } from '#ports/flow-record';
import { type FlowId, functionOwner, type Incarnation } from '#ports/ids';
import type { Received } from '#ports/message';
import { type Claimer, claim } from '#scheduler/claim';
import type { Scheduler } from '#scheduler/context';
import { control } from '#scheduler/control';
import { Entry } from '#scheduler/entry';
import { FlowCall } from '#scheduler/flow-call';
import { examine, laterBy } from '#scheduler/receive';
import { reliably } from '#scheduler/reliably';
import { stopped } from '#scheduler/resume';
import { type Hands, runHeld } from '#scheduler/run-held';
import { takeOverFlow, timeOf } from '#scheduler/take-over';

/** What an invocation of a function is. */
export interface InvocationOptions {
  /** The function's name, and the id of this call of it. */
  readonly name: string;
  readonly request: string;
  /** Milliseconds until its time is up. */
  readonly lastsMs: number;
  readonly actions: ActionRunner;
  /** The queues whose actions it runs. */
  readonly queues: readonly string[];
}

/** The last part of its time, in which it begins no other action: one that takes no longer is never cut short. */
const DRAINING_PART = 0.25;
/** The end of that, in which it aborts those that still run; in the second half of that it writes no more. */
const LAST_PART = 0.1;
const LAST_MS = 2_000;

/**
 * One invocation of a function as an owner of flows. It has no lease and never beats: the moment at which its time is up stands in its name. A
 * message stays until the function returns, so it is the witness for the whole time; should the function die, the message comes back, and past that
 * moment whoever receives it takes the flow over.
 */
export class Invocation {
  readonly owner: Incarnation;
  readonly #s: Scheduler;
  readonly #options: InvocationOptions;
  readonly #drainsAt: number;
  readonly #over = new AbortController();
  /** The flows in its hands; undefined while one is being claimed. */
  readonly #entries = new Map<FlowId, Entry | undefined>();
  readonly #timers: readonly Timer[];

  constructor(s: Scheduler, options: InvocationOptions) {
    const { name, request, lastsMs } = options;
    const lastMs = Math.min(LAST_MS, lastsMs * LAST_PART);
    this.#s = s;
    this.#options = options;
    this.owner = functionOwner(name, request, epoch(s.clock.now() + Math.ceil(lastsMs)));
    this.#drainsAt = s.clock.elapsed() + lastsMs * (1 - DRAINING_PART);
    this.#timers = [
      s.clock.after(lastsMs - lastMs, () => this.#timeUp()),
      s.clock.after(lastsMs - lastMs / 2, () => this.#over.abort()),
    ];
  }

  /** True from the moment at which it gives flows back at their next break. */
  get draining(): boolean {
    return this.#s.clock.elapsed() >= this.#drainsAt;
  }

  /** Deals with one message. Returns whether it can be deleted; where not, it was told when to come back, or comes back when its visibility ends. */
  async handle(received: Received): Promise<boolean> {
    const { queue, telemetry } = this.#s;
    if (received.message.kind !== 'flow') {
      const carried = await control(this.#s, received, this.owner);
      if (!carried.done) await queue.later(received, carried.delayMs);
      return carried.done;
    }
    const verdict = await examine(this.#s, received, this.owner);
    telemetry.event(`message.${verdict.do}`, { why: 'flow' in verdict ? verdict.flow.status : verdict.why });
    if (verdict.do === 'delete') return true;
    if (verdict.do === 'claim') return this.#claimAndRun(verdict.flow, received);
    await queue.later(received, verdict.do === 'later' ? verdict.delayMs : laterBy(received.receives));
    return false;
  }

  /** Aborts when it may write no more. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** All messages are dealt with: nothing of it is left behind. */
  close(): void {
    for (const timer of this.#timers) timer.cancel();
  }

  async #claimAndRun(flow: FlowRecord, received: Received): Promise<boolean> {
    const { actions, name } = this.#options;
    const { message, receives } = received;
    // Where the run was cancelled nothing is left to be run, and the message says so.
    const able =
      flow.needs === '' || actions.activities.has(flow.needs) || ('needs' in message && message.needs === '');
    const later = async (delayMs: number) => {
      await this.#s.queue.later(received, delayMs);
      return false;
    };
    if (!able || this.draining) return later(able ? 0 : laterBy(receives));
    // Two messages of a flow in one batch: the second claim would be taken for the first, and the action would run twice.
    if (this.#entries.has(flow.id)) return later(laterBy(receives));
    this.#entries.set(flow.id, undefined);
    try {
      const who: Claimer = { incarnation: this.owner, worker: name, signal: this.signal };
      const claimed = await claim(this.#s, flow, who);
      if (typeof claimed === 'string') return later(0);
      const entry = new Entry(claimed.held, received);
      this.#entries.set(flow.id, entry);
      const step = await runHeld(this.#s, claimed.held, new InvocationHands(this, entry, this.#s, this.#options));
      // Where its time was up meanwhile, what follows the commit may not be done: the message brings it to somebody who repeats it (rule B).
      if (step?.do === 'letGo' && step.why !== 'lost') return !this.signal.aborted;
      await this.#giveUp(flow);
    } catch (error) {
      const code = error instanceof FlowbeatError ? error.code : 'UNEXPECTED';
      this.#s.telemetry.event('handleFailed', { code, message: String(error), stack: (error as Error).stack });
      await this.#giveUp(flow, error);
    } finally {
      this.#entries.delete(flow.id);
    }
    return later(0);
  }

  /**
   * A flow that it cannot go on with is queued anew, so that its claims count up to where it is parked: its time is up before an action has ended, or a
   * fault that no repetition of the same step cures. Should this fail too, its message finds it when the time is up.
   */
  async #giveUp({ id }: FlowRecord, error?: unknown): Promise<void> {
    const flow = await this.#s.store.readFlow(id);
    if (flow?.owner !== this.owner) return;
    const text = error === undefined ? undefined : `It could not go on with it: ${String(error)}`;
    const { reason } = timeOf(flow, this.#s.clock.now())!;
    await takeOverFlow(this.#s, flow, {
      by: this.owner,
      fromWorker: reason.fromWorker,
      evidence: text === undefined ? reason.evidence : { kind: 'self', text },
    });
  }

  #timeUp(): void {
    for (const entry of this.#entries.values()) entry?.abandon('The time of the function is up.');
  }
}

/** An invocation's hands on one flow. */
class InvocationHands implements Hands {
  readonly activities: ReadonlySet<string>;
  readonly queues: readonly string[];
  readonly #invocation: Invocation;
  readonly #entry: Entry;
  readonly #s: Scheduler;
  readonly #actions: ActionRunner;

  constructor(invocation: Invocation, entry: Entry, s: Scheduler, { actions, queues }: InvocationOptions) {
    this.activities = actions.activities;
    // What came to it is on a queue that it serves: were it not, it would hand the flow over to where it came from.
    this.queues = [...queues, entry.held.record.queue];
    this.#invocation = invocation;
    this.#entry = entry;
    this.#s = s;
    this.#actions = actions;
  }

  get draining(): boolean {
    return this.#invocation.draining;
  }

  mayAct(): boolean {
    return !this.#invocation.signal.aborted;
  }

  /** Nobody can tell it of a cancel, so it looks: one small read. */
  look(): Promise<FlowEvent | undefined> {
    return reliably(this.#s.clock, this.#invocation.signal, () => stopped(this.#s, this.#entry.held));
  }

  async act(action: ActionRequest): Promise<ActionOutcome | undefined> {
    this.#entry.renew();
    const outcome = await this.#actions.run(new FlowCall(this.#s, this.#entry, action));
    this.#entry.acting = false;
    return this.#entry.abandoned ? undefined : outcome;
  }
}
