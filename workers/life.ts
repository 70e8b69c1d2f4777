import type { EpochMs } from '#engine/time';
import type { ActionRunner } from '#ports/action';
import { sleep } from '#ports/clock';
import { FlowbeatError } from '#ports/errors';
import type { FlowRecord } from '#ports/flow-record';
import { type FlowId, type Incarnation, rootOf } from '#ports/ids';
import type { Command, HeldFlow, Lease, LeaseStatus } from '#ports/lease';
import type { Received } from '#ports/message';
import { advance, type Owner, release } from '#scheduler/advance';
import { afterCommit } from '#scheduler/after-commit';
import { adopt, type Claimer, claim, takeUp } from '#scheduler/claim';
import type { Scheduler } from '#scheduler/context';
import { control, endTime } from '#scheduler/control';
import { Entry } from '#scheduler/entry';
import { type Held, ownFact, type Step } from '#scheduler/held';
import { examine, laterBy } from '#scheduler/receive';
import { reliably } from '#scheduler/reliably';
import { stopped } from '#scheduler/resume';
import { runHeld } from '#scheduler/run-held';
import { takeOverFlow } from '#scheduler/take-over';
import type { BeatSource, Composed } from '#workers/beats';
import { EntryHands } from '#workers/entry-hands';

/** The part of a window after which a lease counts as unproven: observers judge after a whole one, so the handlers are aborted before. */
const PROVEN_PART = 0.8;

/**
 * One incarnation of a worker: from its lease to its end, whether it drains or loses its lease. A life that has ended never acts again: whatever was
 * under way finds `over` and stops before its next write (L11; and if it did write, its term is past: L12).
 *
 * Modes: it *claims* until it drains or loses its lease; *draining*, it gives flows back at their next break; *over*, it does nothing.
 */
export class Life implements BeatSource, Owner {
  readonly lease: Lease;
  readonly held = new Map<FlowId, Entry>();
  /** Flows that are being claimed or adopted at this moment: never twice at a time. */
  readonly #taking = new Set<FlowId>();
  readonly #s: Scheduler;
  readonly #actions: ActionRunner;
  readonly #over = new AbortController();
  readonly #pulls = new AbortController();
  readonly #onLost: () => void;
  status: LeaseStatus;
  reason: string | undefined;
  #provenAt: number;
  draining = false;

  constructor(s: Scheduler, lease: Lease, actions: ActionRunner, leasedAt: number, onLost: () => void) {
    this.#s = s;
    this.lease = lease;
    this.#actions = actions;
    this.#onLost = onLost;
    this.status = lease.status;
    this.reason = lease.reason;
    this.#provenAt = leasedAt;
  }

  get incarnation(): Incarnation {
    return this.lease.incarnation;
  }
  get activities(): ReadonlySet<string> {
    return this.#actions.activities;
  }
  get queues(): readonly string[] {
    return this.lease.queues;
  }
  get over(): boolean {
    return this.#over.signal.aborted;
  }
  /** Aborts when this incarnation ends. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }
  /** Aborts when this incarnation wants no more messages: it drains, or has ended. */
  get pulls(): AbortSignal {
    return this.#pulls.signal;
  }
  /** Whether this worker can prove its lease: asked before any action starts, and by a timer that aborts those that run (L11). */
  get proven(): boolean {
    return !this.over && this.#s.clock.elapsed() - this.#provenAt < this.lease.windowMs * PROVEN_PART;
  }
  /** Whether it may claim: unconfirmed, incompatible and draining workers do not (L8). */
  get claims(): boolean {
    return this.status === 'Connected' && !this.draining && this.proven;
  }

  /** Whether it holds a flow, or is about to: a claim under way counts, or a drain would leave its flow behind. */
  get holds(): boolean {
    return this.held.size > 0 || this.#taking.size > 0;
  }

  compose(): Composed | undefined {
    if (this.over) return undefined;
    const flows: HeldFlow[] = [];
    for (const { flow, term } of this.held.values()) flows.push({ flow, term });
    return {
      flows,
      status: this.draining ? 'Draining' : this.status,
      ...(this.reason !== undefined && { reason: this.reason }),
    };
  }

  beaten(flows: readonly HeldFlow[], commands: readonly Command[], elapsed: number): void {
    if (this.over) return;
    this.#provenAt = elapsed;
    for (const { flow, term } of flows) {
      const entry = this.held.get(flow);
      // Now the lease is the proof, and the message need not come back (rule A: at the flow's present term).
      if (!entry?.witness || entry.held.owner !== this.incarnation || entry.term !== term) continue;
      const { witness } = entry;
      entry.witness = undefined;
      this.#quietly(this.#s.queue.done(witness));
    }
    for (const command of commands) this.#obey(command);
  }

  lost(): void {
    this.end('Its lease was condemned.');
    this.#onLost();
  }

  /** Ends this incarnation: aborts every handler; from here on nothing of it acts. */
  end(reason: string): void {
    if (this.over) return;
    for (const entry of this.held.values()) entry.abandon(reason);
    this.#over.abort(new Error(reason));
    this.#pulls.abort();
    this.held.clear();
  }

  /** From here on it claims nothing, and gives its flows back at their next break. */
  drain(): void {
    this.draining = true;
    this.#pulls.abort();
  }

  /** Deals with one message: examines it, claims its flow, runs it until it is let go. Never throws. */
  async handle(received: Received): Promise<void> {
    const { queue, telemetry } = this.#s;
    try {
      if (received.message.kind !== 'flow') {
        const carried = await control(this.#s, received, this.lease.incarnation);
        await (carried.done ? queue.done(received) : queue.later(received, carried.delayMs));
        return;
      }
      const verdict = await examine(this.#s, received, this.lease.incarnation);
      if (this.over) return;
      telemetry.event(`message.${verdict.do}`, { why: 'flow' in verdict ? verdict.flow.status : verdict.why });
      if (verdict.do === 'delete') await queue.done(received);
      else if (verdict.do === 'later') await queue.later(received, verdict.delayMs);
      else if (verdict.do === 'claim') await this.#claimAndRun(verdict.flow, received);
      else if (!(await this.#adopt(verdict.flow.id, received))) await queue.later(received, laterBy(received.receives));
    } catch (error) {
      // The message is still there: what was not finished is found again when it comes back.
      this.#failed(error);
    }
  }

  async #claimAndRun(flow: FlowRecord, received: Received): Promise<void> {
    // A worker with no handler for an activity never claims it, but where the run was cancelled: then nothing is left to be run, and the message says so.
    const able = flow.needs === '' || this.activities.has(flow.needs) || needsNothing(received);
    if (!able || !this.claims) return this.#s.queue.later(received, able ? 0 : laterBy(received.receives));
    // Read before another message of it let this worker claim it: what runs already is not run once more at the same term.
    const isHeld = (this.held.get(flow.id)?.term ?? 0) > flow.term;
    if (isHeld || this.#taking.has(flow.id)) return this.#s.queue.later(received, laterBy(received.receives));
    this.#taking.add(flow.id);
    let running: Promise<void> | undefined;
    try {
      const claimed = await claim(this.#s, flow, this.#claimer);
      if (this.over) return;
      if (typeof claimed === 'string') return this.#s.queue.later(received, 0);
      running = this.#hold(claimed.held, received);
    } catch (error) {
      await this.#giveUp(flow.id, error);
    } finally {
      this.#taking.delete(flow.id);
    }
    await running;
  }

  /** Runs a flow that the store has put as claimed by this incarnation, until it is let go. Never rejects. */
  async take(flow: FlowRecord, witness: Received): Promise<void> {
    // Should this life be over, its successor takes over what it owned.
    if (this.over) return;
    this.#taking.add(flow.id);
    let running: Promise<void> | undefined;
    try {
      const held = await takeUp(this.#s, flow, this.#claimer);
      if (held && !this.over) running = this.#hold(held, witness);
    } catch (error) {
      await this.#giveUp(flow.id, error);
    } finally {
      this.#taking.delete(flow.id);
    }
    await running;
  }

  /** Takes up a flow that is this incarnation's by the store but not in its hands. Returns false where it is in its hands, or not its own any more. */
  async #adopt(id: FlowId, received?: Received): Promise<boolean> {
    if (this.held.has(id) || this.#taking.has(id)) return false;
    this.#taking.add(id);
    try {
      const flow = await reliably(this.#s.clock, this.signal, () => this.#s.store.readFlow(id));
      if (flow?.owner !== this.incarnation || this.over) return false;
      const held = await adopt(this.#s, flow, this.#claimer);
      if (!held || this.over) return false;
      void this.#hold(held, received).catch((error: unknown) => this.#failed(error));
      return true;
    } catch (error) {
      await this.#giveUp(id, error);
      return false;
    } finally {
      this.#taking.delete(id);
    }
  }

  get #claimer(): Claimer {
    return { incarnation: this.incarnation, worker: this.lease.worker, signal: this.signal };
  }

  async #hold(held: Held, witness?: Received): Promise<void> {
    const entry = new Entry(held, witness);
    // Taken from this worker by mistake and claimed by it again: the handler that still runs is an owner of the past.
    this.held.get(entry.flow)?.abandon('The flow was taken over.');
    this.held.set(entry.flow, entry);
    await this.#unlessBroken(entry, () => this.#run(entry));
  }

  /** Lets an entry go by the step that `work` comes to, or by giving its flow up. */
  async #unlessBroken(entry: Entry, work: () => Promise<Step | undefined>): Promise<void> {
    try {
      this.#letGo(entry, await work());
    } catch (error) {
      await this.#giveUp(entry.flow, error);
      // Its message is left: whoever receives it repeats what may not have been done after a commit.
      if (this.held.get(entry.flow) === entry) this.held.delete(entry.flow);
    }
  }

  /**
   * A flow that this worker owns and cannot go on with, by a fault that no repetition of the same step cures: a mistake of ours, a chart that is not there,
   * a store that refuses. It is queued anew, later each time, so that its claims count up to where it is parked for people to see (at once where its
   * chart says `failover: off`); held on to, it would be listed, and so looked after by nobody, for as long as this worker lives.
   */
  async #giveUp(id: FlowId, error: unknown): Promise<void> {
    this.#failed(error);
    const evidence = { kind: 'self', text: `It could not go on with it: ${String(error)}` } as const;
    const { clock, store } = this.#s;
    let isLetGo = false;
    for (let tries = 0; !this.over; tries++) {
      try {
        const flow = await store.readFlow(id);
        if (flow?.owner !== this.incarnation) {
          isLetGo = true;
          // A commit has let it go, and what follows that may have been cut short: until it is done the flow stays listed (rule D).
          if (flow) await afterCommit(this.#s, flow);
          return;
        }
        await sleep(clock, this.draining ? 0 : laterBy(flow.claims - 1), this.signal);
        await takeOverFlow(this.#s, flow, { by: this.incarnation, evidence, fromWorker: this.lease.worker });
        return;
      } catch {
        // What only the census can still bring about does not hold up a drain.
        if (isLetGo && this.draining) return;
        // As long as the store refuses this too, the flow stays in hand; a worker whose store is gone soon loses its lease.
        await sleep(clock, laterBy(tries), this.signal);
      }
    }
  }

  /** Undefined where this life or this entry ended in between. */
  #run(entry: Entry): Promise<Step | undefined> {
    return runHeld(this.#s, entry.held, new EntryHands(this, entry, this.#s, this.#actions));
  }

  /** The flow is let go: its lease entry goes, then its message where the fact that it is past is stable. */
  #letGo(entry: Entry, step: Step | undefined): void {
    // An undefined step: somebody else finishes (this life is over, or the entry was abandoned and is let go by whoever did that).
    if (step?.do !== 'letGo' || this.over) return;
    if (this.held.get(entry.flow) === entry) this.held.delete(entry.flow);
    if (step.why !== 'lost' && entry.witness) this.#quietly(this.#s.queue.done(entry.witness));
  }

  #obey(command: Command): void {
    if (command.verb === 'drain') this.drain();
    if (command.flow === undefined) return;
    const entry = this.held.get(command.flow);
    // Whoever commands it about a flow has read that it owns it.
    if (!entry) this.#quietly(this.#adopt(command.flow));
    if (command.verb === 'cancel' && entry && !entry.abandoned) this.#quietly(this.#cancel(entry));
  }

  /** A cancel reaches a flow whose action runs: the handler is told, and the flow ends without waiting for it. */
  async #cancel(entry: Entry): Promise<void> {
    const event = await reliably(this.#s.clock, this.signal, () => stopped(this.#s, entry.held));
    if (!event || this.over || entry.abandoned || !entry.acting) return;
    await this.#instead(entry, 'cancelled', (held) => advance(this.#s, held, this, event));
  }

  /**
   * The message that says that the time of a run is up may be late: whoever runs one of its actions looks at the time itself.
   */
  lookAtDeadlines(): void {
    if (this.over) return;
    const now = this.#s.clock.now();
    for (const entry of this.held.values()) {
      const { deadline } = entry.held.record;
      if (deadline === undefined || !entry.acting || entry.abandoned || now < deadline) continue;
      this.#quietly(this.#timeUp(entry, now));
    }
  }

  async #timeUp(entry: Entry, now: EpochMs): Promise<void> {
    const root = await this.#s.store.readFlow(rootOf(entry.flow));
    if (root) await endTime(this.#s, root, now);
    await this.#cancel(entry);
  }

  /** Gives back every flow whose action still runs; the next owner starts that action again from the last break, if its chart allows it. */
  async giveBack(): Promise<void> {
    const running = [...this.held.values()].filter((entry) => entry.acting && !entry.abandoned);
    await Promise.all(
      running.map((entry) =>
        entry.held.chart.failover === 'off'
          ? this.#park(entry)
          : this.#instead(entry, 'given back', (held) => release(this.#s, held, 'Queued')),
      ),
    );
  }

  /** An action that may not be repeated unasked was cut short: its flow waits for a person's word. */
  async #park(entry: Entry): Promise<void> {
    entry.abandon('given back');
    const evidence = { kind: 'self', text: 'Its worker was stopped while its action ran.' } as const;
    const reason = { by: this.incarnation, evidence, fromWorker: this.lease.worker };
    await this.#unlessBroken(entry, async () => {
      await reliably(this.#s.clock, this.signal, () => takeOverFlow(this.#s, entry.held.record, reason));
      return { do: 'letGo', why: 'released' };
    });
  }

  async #instead(entry: Entry, reason: string, then: (held: Held) => Promise<Step>): Promise<void> {
    entry.abandon(reason);
    entry.held.facts.push(ownFact('aborted', this.#s.clock.now(), { reason }));
    await this.#unlessBroken(entry, () => then(entry.held));
  }

  #quietly(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): void {
    const code = error instanceof FlowbeatError ? error.code : 'UNEXPECTED';
    this.#s.telemetry.event('handleFailed', { code, message: String(error), stack: (error as Error).stack });
  }
}

const needsNothing = ({ message }: Received): boolean => message.kind === 'flow' && message.needs === '';
