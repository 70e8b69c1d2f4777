import type { FlowOutcome } from '#engine/flow';
import type { JsonObject } from '#engine/json';
import { type EpochMs, epoch } from '#engine/time';
import type { TakeOver } from '#ports/flow-record';
import type { FlowView, HistoryEvent } from '#scheduler/operations';
import type { WorkerChild } from '#workers/worker-child';

/**
 * Tells a failover as it happens: for people a line each with the seconds since the start, for programs an object each. The words on a take-over are those
 * of its stored record.
 */
export class DemoStory {
  readonly #json: boolean;
  readonly #pids: ReadonlyMap<string, number>;
  readonly #begun = performance.now();
  readonly #redone: string[] = [];
  #told = 0;
  #killedAt: EpochMs | undefined;
  #holder = '';
  #takenMs: number | undefined;
  #state = '';
  #takenTerm = 0;
  #claimTerm = 0;

  constructor(json: boolean, workers: readonly WorkerChild[]) {
    this.#json = json;
    this.#pids = new Map(workers.map(({ name, pid }) => [name, pid]));
  }

  begins(run: string, windowMs: number): void {
    const workers = [...this.#pids].map(([name, pid]) => `${name} (process ${pid})`).join(', ');
    this.#say('workers', `Three workers share one state file: ${workers}.`, {
      workers: Object.fromEntries(this.#pids),
      windowMs,
    });
    this.#say('started', `The run ${run} is started: three long actions, a transaction break after each.`, { run });
  }

  /** Tells what is new about the flow: who holds it, and the record of its take-over, which it carries until the next commit. */
  sees({ owner, term, takenOver }: FlowView): void {
    if (takenOver && takenOver.term > this.#takenTerm) {
      this.#takenTerm = takenOver.term;
      this.#takenOver(takenOver);
    }
    if (owner === undefined || term === this.#claimTerm) return;
    this.#claimTerm = term;
    this.#holder = this.#nameIn(owner);
    this.#say('claimed', `${this.#who()} has claimed the flow, term ${term}.`, { worker: this.#holder, owner, term });
  }

  /** Tells of the actions that were committed since. */
  reads(events: readonly HistoryEvent[]): void {
    for (const event of events) {
      if (event.id <= this.#told) continue;
      this.#told = event.id;
      if (event.type === 'TaskStateEntered') this.#state = String(detailsOf(event, 'stateEntered').name);
      if (event.type !== 'ActivitySucceeded') continue;
      const output = JSON.parse(String(detailsOf(event, 'activitySucceeded').output)) as JsonObject;
      const { parts, alreadyDone = 0 } = output;
      const how =
        Number(alreadyDone) > 0 ? ` It went on from its checkpoint: ${alreadyDone} of ${parts} parts were done.` : '';
      const text = `"${this.#state}" is done by ${this.#who()} and committed: a break.${how}`;
      this.#say('break', text, { state: this.#state, output });
    }
  }

  kills(worker: WorkerChild, { at, term, seq }: FlowView): void {
    this.#killedAt = epoch(Date.now());
    const what = `SIGKILL for ${worker.name} (process ${worker.pid}), in the middle of "${at}", term ${term}, last break ${seq}.`;
    this.#say('killed', what, { worker: worker.name, pid: worker.pid, state: at, term, seq });
  }

  ends(outcome: FlowOutcome): void {
    const took = this.#takenMs === undefined ? '' : ` Taken over ${Math.round(this.#takenMs)} ms after the kill;`;
    const redone = this.#redone.map((state) => `"${state}"`).join(', ') || 'nothing';
    const text = `The run has ended: ${outcome.status}.${took} run again from the last break: ${redone}.`;
    this.#say('ended', text, {
      ...outcome,
      redone: this.#redone,
      ...(this.#takenMs !== undefined && { takenOverMs: this.#takenMs }),
    });
  }

  #takenOver(record: TakeOver): void {
    const { fromWorker, by, oldTerm, term, fromBreak, at, evidence, when } = record;
    if (this.#killedAt !== undefined) this.#takenMs = when - this.#killedAt;
    const what = `Taken over from ${fromWorker} by ${this.#nameIn(by)}: term ${oldTerm} is past, the flow is queued under term ${term}.`;
    this.#say('takenOver', what, { ...record, evidence: { ...evidence } });
    this.#say('evidence', `  Evidence (${evidence.kind}): ${evidence.text}`, { ...evidence });
    this.#redone.push(at);
    const kept = fromBreak > 0 ? `what was committed up to break ${fromBreak} stays` : 'nothing was committed yet';
    const redo = `  It goes on from break ${fromBreak}: ${kept}, "${at}" is run again under the same idempotency key.`;
    this.#say('redone', redo, { fromBreak, state: at });
  }

  #nameIn(incarnation: string): string {
    return [...this.#pids.keys()].find((name) => incarnation.startsWith(`${name}-`)) ?? incarnation;
  }

  #who(): string {
    const pid = this.#pids.get(this.#holder);
    return pid === undefined ? this.#holder : `${this.#holder} (process ${pid})`;
  }

  #say(event: string, text: string, fields: Readonly<Record<string, unknown>>): void {
    const seconds = (performance.now() - this.#begun) / 1000;
    const line = this.#json
      ? JSON.stringify({ event, seconds: Number(seconds.toFixed(3)), ...fields })
      : `${seconds.toFixed(1).padStart(5)} s  ${text}`;
    process.stdout.write(`${line}\n`);
  }
}

const detailsOf = (event: HistoryEvent, name: string): JsonObject => (event[`${name}EventDetails`] ?? {}) as JsonObject;
