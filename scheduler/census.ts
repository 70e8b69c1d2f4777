import type { EpochMs } from '#engine/time';
import { type FlowRecord, isReadable, isTerminal, type ParentLink } from '#ports/flow-record';
import { actionKey, attemptKey } from '#ports/idempotency';
import { type FlowId, type Incarnation, type RunId, rootOf } from '#ports/ids';
import type { Lease } from '#ports/lease';
import { CONTROL_QUEUE } from '#ports/message';
import type { CensusPage } from '#ports/store';
import { afterCommit, standsAtSplit } from '#scheduler/after-commit';
import { readBrake } from '#scheduler/brake';
import type { Scheduler } from '#scheduler/context';
import { endTime } from '#scheduler/control';
import { lookAtEcsTask } from '#scheduler/ecs-task';
import { joinRows, levels, nodeOf } from '#scheduler/join-tree';
import { flowMessage, send, sendAt } from '#scheduler/messages';
import { apart } from '#scheduler/reliably';
import { takeOverFlow, timeOf } from '#scheduler/take-over';

/** How many flows of each kind a census found left behind; above zero is an alarm: a message was lost. */
export interface Census {
  readonly looked: number;
  readonly queued: number;
  readonly due: number;
  readonly owned: number;
  readonly children: number;
  readonly ended: number;
}

/**
 * The net under the net (rule P): a slow scan for lost messages. Looks at every flow that could be left behind and repeats what is idempotent: sends
 * the message of a flow that is queued or due and has not moved for `idleMs`, takes over what no lease of a live worker names, looks after
 * parents that wait for children and after ended children that are still in a join row. Doubled messages are harmless.
 */
export async function census(s: Scheduler, idleMs: number, by: string): Promise<Census> {
  const again = new SendsAgain(s, idleMs);
  const found = { ...NOTHING_FOUND };
  const leases = await leasesOf(s);
  for (let cursor: string | undefined; ; ) {
    ({ cursor } = await lookAtPage(s, { idleMs, by, again, leases, found, left: new Set() }, cursor));
    if (cursor === undefined) break;
  }
  again.end();
  s.telemetry.event('census', found);
  return found;
}

/** What a census begins with. */
export const NOTHING_FOUND: Census = { looked: 0, queued: 0, due: 0, owned: 0, children: 0, ended: 0 };

/** A page of a census. */
export interface Page {
  readonly found: Census;
  /** Goes on after it; absent at the end. */
  readonly cursor?: string;
  /** The runs that are due for the archive. */
  readonly ended: readonly RunId[];
}

/** One page of a census, for who takes it piece by piece and remembers nothing in between. Runs that ended before `endedBefore` are due for the archive. */
export async function censusPage(
  s: Scheduler,
  idleMs: number,
  by: string,
  cursor: string | undefined,
  endedBefore?: EpochMs,
): Promise<Page> {
  const found = { ...NOTHING_FOUND };
  const leases = await leasesOf(s);
  const again = new SendsAgain(s, idleMs);
  const looking = { idleMs, by, again, leases, found, left: new Set<string>() };
  const { cursor: next, ended = [] } = await lookAtPage(s, looking, cursor, endedBefore);
  return { found, ended, ...(next !== undefined && { cursor: next }) };
}

const leasesOf = async (s: Scheduler) =>
  new Map((await s.store.listLeases()).map((lease) => [lease.incarnation, lease]));

interface Looking {
  readonly idleMs: number;
  readonly by: string;
  readonly again: SendsAgain;
  readonly leases: ReadonlyMap<Incarnation, Lease>;
  readonly found: { -readonly [K in keyof Census]: Census[K] };
  /** Splits of this page that were left, which is for good: a distributed Map may have a million children that ended. */
  readonly left: Set<string>;
}

/**
 * Flows of a page that are looked after side by side. A page of DynamoDB has 1 MB, some 3,000 flows: one after the other, at two requests of 10 ms each, they take
 * longer than a function lives, and the page would be begun again and again, each time with another message for every flow.
 */
const LOOKS_AT_ONCE = 32;

async function lookAtPage(
  s: Scheduler,
  it: Looking,
  cursor: string | undefined,
  endedBefore?: EpochMs,
): Promise<CensusPage> {
  const page = await s.store.census(s.clock.now(), cursor, endedBefore);
  for (let at = 0; at < page.items.length; at += LOOKS_AT_ONCE) {
    await Promise.all(
      page.items.slice(at, at + LOOKS_AT_ONCE).map(async (flow) => {
        it.found.looked++;
        const looked = await apart(s, flow.id, () => lookAfter(s, flow, it));
        if (looked?.came) it.found[looked.came]++;
      }),
    );
  }
  return page;
}

interface Sent {
  readonly term: number;
  /** By the elapsed time of this process. */
  readonly at: number;
  readonly nextMs: number;
}

const sentBefore = new WeakMap<Scheduler, ReadonlyMap<FlowId, Sent>>();

/**
 * Which flows are given another message. The queue cannot be asked whether theirs was lost or only waits behind others (a backlog, a queue that no worker
 * serves for a day); a new one by every census would pile up. So a flow that has not moved is given its next one after twice the time of the last.
 */
class SendsAgain {
  readonly #s: Scheduler;
  readonly #idleMs: number;
  readonly #before: ReadonlyMap<FlowId, Sent>;
  readonly #now = new Map<FlowId, Sent>();
  readonly #stops = new Set<string>();

  constructor(s: Scheduler, idleMs: number) {
    this.#s = s;
    this.#idleMs = idleMs;
    this.#before = sentBefore.get(s) ?? new Map();
  }

  isTime({ id, term }: FlowRecord): boolean {
    const at = this.#s.clock.elapsed();
    const last = this.#before.get(id);
    const same = last?.term === term;
    const early = same && at - last.at < last.nextMs;
    this.#now.set(id, early ? last : { term, at, nextMs: same ? last.nextMs * 2 : this.#idleMs });
    return !early;
  }

  /** One message that stops a run, or the children of a split, is enough, however many flows go on there. */
  isFirst(stopped: string): boolean {
    if (this.#stops.has(stopped)) return false;
    this.#stops.add(stopped);
    return true;
  }

  /** What this census did not meet has moved on and is forgotten. */
  end(): void {
    sentBefore.set(this.#s, this.#now);
  }
}

async function lookAfter(
  s: Scheduler,
  flow: FlowRecord,
  { leases, again, idleMs, by, left }: Looking,
): Promise<keyof Omit<Census, 'looked'> | undefined> {
  if (!isReadable(flow)) return undefined;
  const now = s.clock.now();
  // What was written by a clock that is ahead, or before this one was put back, does not move either: its message may be hidden by as much.
  const idle = Math.abs(now - flow.updated) >= idleMs;
  if (isTerminal(flow.status)) return finish(s, flow, left);
  const overdue = flow.deadline !== undefined && now - flow.deadline >= idleMs;
  const isQueued = flow.status === 'Queued';
  // The next one of those that wait in a backlog is not due at every census.
  const stands = idle && (!isQueued || again.isTime(flow));
  if ((stands || overdue) && (isAlone(flow) || again.isFirst(rootOf(flow.id))))
    await stopAgain(s, flow, overdue ? now : undefined);
  const link = flow.parent;
  if (stands && link && again.isFirst(`${link.id}/${link.seq}`)) await leaveAgain(s, link);
  if (isQueued) {
    if (!stands) return undefined;
    await s.commit([send(flowMessage(flow, flow.term))]);
    return 'queued';
  }
  if (flow.status === 'Owned' && flow.owner !== undefined) {
    const time = timeOf(flow, now);
    if (time) return time.leftMs <= 0 && (await takeOverFlow(s, flow, { by, ...time.reason })) ? 'owned' : undefined;
    // The list is older than the flow: an owner that is not in it may have been born since.
    const lease = leases.get(flow.owner) ?? (await s.store.readLease(flow.owner));
    if (lease && !lease.condemned) {
      const listed = lease.flows.some((held) => held.flow === flow.id && held.term === flow.term);
      if (listed || !idle) return undefined;
      // Its claim was applied after its answer was given up, and its witness was lost: only its owner can tell.
      await s.store.command(flow.owner, { verb: 'adopt', flow: flow.id });
      return 'owned';
    }
    // Read for such a flow alone, and not told for each: whoever judges tells it.
    if (await readBrake(s)) return undefined;
    const evidence =
      lease?.condemned?.evidence ?? ({ kind: 'missing', text: 'Its owner has no lease any more.' } as const);
    return (await takeOverFlow(s, flow, { by, evidence, fromWorker: lease?.worker ?? 'unknown' }))
      ? 'owned'
      : undefined;
  }
  if (flow.waits?.for === 'children') {
    await afterCommit(s, flow);
    return undefined;
  }
  const due = flow.waits && 'due' in flow.waits ? flow.waits.due : undefined;
  if (due !== undefined && now - due >= idleMs) {
    if (!again.isTime(flow)) return undefined;
    await s.commit([sendAt(s.queue, flowMessage(flow, flow.term, due), due, now)]);
    return 'due';
  }
  if (flow.waits?.for === 'callback' && idle) {
    await lookAtAwaited(s, flow);
    await afterCommit(s, flow);
  }
  return undefined;
}

/** A flow that waits for a task on ECS, whose end no event may have told. */
async function lookAtAwaited(s: Scheduler, flow: FlowRecord): Promise<void> {
  if (!s.services) return;
  const { at, step, attempt } = flow.position;
  const state = (await s.charts.get(flow.chart, flow.version)).states.get(at);
  if (state?.type !== 'Task' || state.work.resource.sync === undefined || state.work.resource.name !== 'ecs:runTask')
    return;
  await lookAtEcsTask(s, attemptKey(actionKey(flow.id, step), attempt), s.clock.now() - flow.updated);
}

/** Whether a flow is all that goes on in its run: then nothing need be remembered of it, and many runs that wait cost no memory. */
const isAlone = ({ parent, waits }: FlowRecord): boolean => !parent && waits !== undefined && waits.for !== 'children';

/** An ended flow whose after-commit steps were cut short and its witness lost: a child that is still in its row, a split whose rows were not cleared away. */
async function finish(s: Scheduler, flow: FlowRecord, left: Set<string>): Promise<'ended' | undefined> {
  if (!(await isInRow(s, flow, left)) && !(await hasRows(s, flow))) return undefined;
  await afterCommit(s, flow);
  return 'ended';
}

/**
 * Whether an ended child has not left its row, or has emptied one that then did not leave the row above it: what follows was cut short. A whole round of a Map has ended
 * but for its last child, and of those nobody need be looked after.
 */
async function isInRow(s: Scheduler, { parent: link }: FlowRecord, left: Set<string>): Promise<boolean> {
  if (!link) return false;
  const { id, seq, index, branches } = link;
  const split = `${id}/${seq}`;
  if (left.has(split)) return false;
  const parent = await s.store.readFlow(id);
  if (!parent || !standsAtSplit(parent, seq)) {
    left.add(split);
    return false;
  }
  for (let level = 0, member = index; level < levels(branches); level++) {
    const node = nodeOf(level, member);
    const [row] = await s.store.readJoin(id, seq, [node]);
    if (!row) return false;
    if (row.open.includes(member)) return true;
    if (row.open.length > 0) return false;
    member = Number(node.slice(node.indexOf('.') + 1));
  }
  return false;
}

async function hasRows(s: Scheduler, { id, left }: FlowRecord): Promise<boolean> {
  if (!left) return false;
  const nodes = joinRows(id, left.seq, left.branches).map(({ node }) => node);
  return (await s.store.readJoin(id, left.seq, nodes)).some((row) => row !== undefined);
}

/** A child that goes on below a parent that has left its split: the message that stops it was lost. */
async function leaveAgain(s: Scheduler, { id, seq, branches }: ParentLink): Promise<void> {
  const parent = await s.store.readFlow(id);
  if (!parent || standsAtSplit(parent, seq)) return;
  await s.commit([send({ kind: 'subtree', queue: CONTROL_QUEUE, flow: id, seq, branches })]);
}

/** A flow that goes on in a cancelled run, or in one whose time is up: the message that stops it was lost. */
async function stopAgain(s: Scheduler, flow: FlowRecord, timeUpAt: EpochMs | undefined): Promise<void> {
  const id = rootOf(flow.id);
  const row = await s.store.readControl(id);
  if (row) await s.commit([send({ kind: 'control', queue: CONTROL_QUEUE, run: flow.run, root: id })]);
  else if (timeUpAt !== undefined) {
    const root = await s.store.readFlow(id);
    if (root) await endTime(s, root, timeUpAt);
  }
}
