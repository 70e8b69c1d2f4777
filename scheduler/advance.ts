import { decide } from '#engine/decide';
import type { Decision, FlowEvent, FlowOutcome, Position } from '#engine/flow';
import type { FlowRecord, Waits } from '#ports/flow-record';
import { rootOf } from '#ports/ids';
import { CONTROL_QUEUE } from '#ports/message';
import type { Write } from '#ports/write';
import { afterCommit, clearJoin, standsAtSplit } from '#scheduler/after-commit';
import { commitFlow } from '#scheduler/commit-flow';
import type { Scheduler } from '#scheduler/context';
import { laterOf, needsOf, queueOf } from '#scheduler/decide-options';
import { type Held, ownFact, type Step } from '#scheduler/held';
import { readRound } from '#scheduler/map-run/read-round';
import { gather } from '#scheduler/map-run/results';
import { flowMessage, send, sendAt } from '#scheduler/messages';
import { reliably } from '#scheduler/reliably';
import { carryOutSplit, type Manner } from '#scheduler/split';
import { stopAwaited } from '#scheduler/stop-awaited';
import { callbackKey } from '#scheduler/token';

/** What the owner tells `advance` of itself. */
export interface Owner {
  /** The activities that it can run. */
  readonly activities: ReadonlySet<string>;
  /** The queues that it serves. */
  readonly queues: readonly string[];
  /** True from the moment that it gives its flows back at their next break (L8). */
  readonly draining: boolean;
}

/**
 * Decides what `event` makes of a flow and commits it, until there is an action for the owner to run or the flow is let go.
 *
 * States without a side effect cost no write; a break costs one, and the owner goes straight on to the next action where it can run it
 * itself. Everything that a crash may cut stands in the order of DESIGN.md §4: messages, side rows, the fenced write, clean-up.
 */
export async function advance(s: Scheduler, held: Held, owner: Owner, event: FlowEvent): Promise<Step> {
  for (let next = event; ; ) {
    held.options.now = laterOf(s, held.record);
    noteLeaving(held, next);
    const decision = decide(held.chart, held.position, next, held.options);
    // Before the commit that leaves the wait: a crash in between only does it once more.
    if (givesUp(held.position, next, decision.position)) await stopAwaited(s, held);
    held.position = decision.position;
    for (const fact of decision.facts) held.facts.push(fact);
    const then = await carryOut(s, held, owner, decision);
    if ('do' in then) return then;
    next = then;
  }
}

const GO: FlowEvent = { type: 'go' };

/** Whether a Task leaves what it may have started before that has ended: it is cancelled, or the time of its wait is up. */
const givesUp = (from: Position, { type }: FlowEvent, to: Position): boolean =>
  (from.phase === 'callback' && to.phase !== 'callback' && type !== 'completed' && type !== 'failed') ||
  (from.phase === 'act' && type === 'cancelled');

/** Does what a decision wants: the owner's next step, or the event to decide on next. */
function carryOut(s: Scheduler, held: Held, owner: Owner, decision: Decision): Promise<Step | FlowEvent> {
  const wanted = decision.next;
  switch (wanted.do) {
    case 'act':
      return act(s, held, owner, decision, wanted);
    case 'go':
      return progress(s, held).then((ok) => (ok ? GO : LET_GO.lost));
    case 'wait':
      return release(s, held, 'Waiting', { for: 'time', due: wanted.due });
    case 'callback': {
      const key = callbackKey(held.position.step, held.position.attempt);
      const since = held.options.now;
      return release(s, held, 'Waiting', {
        for: 'callback',
        key,
        since,
        ...(wanted.due !== undefined && { due: wanted.due }),
      });
    }
    case 'split':
      return split(s, held, { max: wanted.maxConcurrency, ...(wanted.tolerant && { tolerant: true }) });
    case 'read':
      return lookUp(s, held, decision, readRound);
    case 'gather':
      return lookUp(s, held, decision, gather);
    case 'end':
      return end(s, held, wanted.outcome);
  }
}

const LET_GO = {
  released: { do: 'letGo', why: 'released' },
  ended: { do: 'letGo', why: 'ended' },
  lost: { do: 'letGo', why: 'lost' },
} as const satisfies Record<string, Step>;

/** Runs the action here where this worker can, after committing a break that was passed; else hands the flow over (DESIGN.md §4.7). */
async function act(
  s: Scheduler,
  held: Held,
  owner: Owner,
  decision: Decision,
  step: Extract<Step, { do: 'act' }>,
): Promise<Step> {
  const needs = needsOf(held.chart, held.position);
  const queue = queueOf(held.chart, held.position);
  // A service is called by whoever holds the flow.
  const here = (needs === '' || owner.activities.has(needs)) && owner.queues.includes(queue);
  if (!here || owner.draining) return release(s, held, 'Queued');
  if (decision.broke && !(await progress(s, held))) return LET_GO.lost;
  return step;
}

/** Commits where the flow stands and keeps it. */
async function progress(s: Scheduler, held: Held): Promise<boolean> {
  const { record } = held;
  const next: FlowRecord = isPlain(held)
    ? { ...record, ...moved(held), status: 'Owned', owner: held.owner }
    : { ...commonNext(held), status: 'Owned', term: record.term, owner: held.owner };
  return (await commitFlow(s, held, leaving(held), next)) && clearLeft(s, held);
}

/**
 * Clears away the split that the last commit left. False where this incarnation ends first: then it must not commit again, or the flow would forget
 * what its next owner has to clear away.
 */
async function clearLeft(s: Scheduler, { record, signal }: Held): Promise<boolean> {
  if (!record.left) return true;
  const cleared = reliably(s.clock, signal, async () => {
    await afterCommit(s, record);
    return true;
  });
  return (await cleared) ?? false;
}

/**
 * Gives the flow back: to a queue, or to wait. Raises the term and clears the owner (rule E); its message goes first. What follows is repeated
 * by whoever finds the flow, should this process die here.
 */
export async function release(s: Scheduler, held: Held, status: 'Queued' | 'Waiting', waits?: Waits): Promise<Step> {
  const term = held.record.term + 1;
  const next: FlowRecord = { ...commonNext(held), status, term, ...(waits && { waits }) };
  const writes: Write[] = [...leaving(held)];
  if (status === 'Queued') writes.push(send(flowMessage(next, term)));
  else if (waits && 'due' in waits && waits.due !== undefined) {
    writes.push(sendAt(s.queue, flowMessage(next, term, waits.due), waits.due, held.options.now));
  }
  held.facts.push(ownFact('released', held.options.now, { to: waits?.for ?? next.queue, term }));
  if (!(await commitFlow(s, held, writes, next))) return LET_GO.lost;
  s.telemetry.event('released', { flow: next.id, term, status, to: waits?.for ?? next.queue });
  await reliably(s.clock, held.signal, () => afterCommit(s, next));
  return LET_GO.released;
}

/** Does for a distributed Map what changes nothing that others see, after committing a break that was passed. */
async function lookUp(
  s: Scheduler,
  held: Held,
  decision: Decision,
  look: (s: Scheduler, held: Held) => Promise<FlowEvent | undefined>,
): Promise<Step | FlowEvent> {
  if (decision.broke && !(await progress(s, held))) return LET_GO.lost;
  return (await look(s, held)) ?? LET_GO.lost;
}

/** Being committed *at* the state is the intent; then the children; then the release to wait for them. */
async function split(s: Scheduler, held: Held, manner: Manner): Promise<Step> {
  if (held.record.split === undefined || held.leaves) {
    const seq = held.record.seq + 1;
    const at: FlowRecord = {
      ...commonNext(held),
      status: 'Owned',
      term: held.record.term,
      owner: held.owner,
      split: seq,
    };
    if (!(await commitFlow(s, held, leaving(held), at))) return LET_GO.lost;
    s.telemetry.event('split', { flow: at.id, seq, branches: at.position.branches });
    if (!(await clearLeft(s, held))) return LET_GO.lost;
  }
  const made = await reliably(s.clock, held.signal, () => carryOutSplit(s, held.record, manner, held.signal));
  if (!made) return LET_GO.lost;
  const { record } = held;
  const step = await release(s, held, 'Waiting', { for: 'children' });
  if (step === LET_GO.lost) await reliably(s.clock, held.signal, () => clearStaleRows(s, record));
  return step;
}

/** A split that was carried out too late put rows back that the new owner had cleared away: nobody else would find them. */
async function clearStaleRows(s: Scheduler, record: FlowRecord): Promise<void> {
  const found = await s.store.readFlow(record.id);
  if (!found || record.split === undefined || standsAtSplit(found, record.split)) return;
  await clearJoin(s, found, record.split, record.position.branches ?? 0);
}

/** Ends the flow; a terminal status never changes (L3). */
async function end(s: Scheduler, held: Held, outcome: FlowOutcome): Promise<Step> {
  const term = held.record.term + 1;
  const next: FlowRecord = { ...commonNext(held), status: outcome.status, term, outcome };
  if (!(await commitFlow(s, held, leaving(held), next))) return LET_GO.lost;
  s.telemetry.event('ended', { flow: next.id, status: outcome.status, root: rootOf(next.id) === next.id });
  await reliably(s.clock, held.signal, () => afterCommit(s, next));
  return LET_GO.ended;
}

/** What every commit of this flow writes: the position, the seq, and which split it stands at or leaves. Status, term and owner are the caller's. */
function commonNext(held: Held): Omit<FlowRecord, 'status' | 'term' | 'owner' | 'waits' | 'outcome'> {
  const { owner: _owner, waits: _waits, split, left: _left, takenOver: _takenOver, ...kept } = held.record;
  const { leaves } = held;
  return {
    ...kept,
    ...moved(held),
    ...(split !== undefined && !leaves && { split }),
    ...(leaves && { left: leaves }),
  };
}

/** What moves with every commit. */
const moved = ({ record, position, chart, options }: Held) => ({
  position,
  seq: record.seq + 1,
  claims: 0,
  queue: queueOf(chart, position),
  needs: needsOf(chart, position),
  updated: options.now,
});

/** Whether a commit leaves nothing of the record out: cloning it takes a quarter of the time that taking it apart does. */
const isPlain = ({ record, leaves }: Held): boolean =>
  leaves === undefined &&
  record.waits === undefined &&
  record.split === undefined &&
  record.left === undefined &&
  record.takenOver === undefined;

/** Notes that `event` makes the flow leave the split that it stands at; by anything but a join its subtree is cancelled. */
function noteLeaving(held: Held, event: FlowEvent): void {
  const { split: seq, position } = held.record;
  // Left already, and not committed yet: what comes after it is another split's.
  if (seq === undefined || held.leaves || event.type === 'go') return;
  held.leaves = { seq, branches: position.branches ?? 0, cancel: event.type !== 'joined' };
}

/** A split that is left by an error or a cancel has its subtree cancelled: the message goes before the commit that leaves it. */
function leaving({ leaves, record }: Held): Write[] {
  if (!leaves?.cancel) return [];
  return [send({ kind: 'subtree', queue: CONTROL_QUEUE, flow: record.id, seq: leaves.seq, branches: leaves.branches })];
}
