import type { Fact, Position } from '#engine/flow';
import { type EpochMs, epoch } from '#engine/time';
import type { Evidence, FlowRecord, TakeOver } from '#ports/flow-record';
import { type FlowId, type Incarnation, rootFlow, runId } from '#ports/ids';
import type { Lease } from '#ports/lease';
import type { Message, Received } from '#ports/message';
import type { CommitResult, StoreWrite } from '#ports/write';
import type { Suite } from '#test/contract/subject';

/** A time that no test reaches by passing time. */
export const T0: EpochMs = epoch(1_790_000_000_000);

/** An incarnation that no other test uses. */
export const incarnation = (s: Suite): Incarnation => s.fresh('inc') as Incarnation;

/** Where a sample flow stands. */
export const position = (over: Partial<Position> = {}): Position => ({
  at: 'Extract',
  phase: 'act',
  step: 1,
  input: { n: 1, text: 'äöü ✓ 🦊' },
  vars: {},
  entered: T0,
  attempt: 0,
  ...over,
});

/** A queued root flow of a run of its own. */
export function sample(s: Suite, over: Partial<FlowRecord> = {}): FlowRecord {
  const chart = over.chart ?? s.fresh('chart');
  const run = over.run ?? runId(chart, s.fresh('run'));
  return {
    format: 1,
    id: rootFlow(run),
    run,
    chart,
    version: 1,
    queue: 'default',
    needs: 'extract',
    startedAt: T0,
    nonce: 'nonce-of-22-characters',
    status: 'Queued',
    term: 1,
    seq: 0,
    claims: 0,
    position: position(),
    redrives: 0,
    updated: T0,
    ...over,
  };
}

/** One write by the store's own `apply`. */
export const apply = (s: Suite, write: StoreWrite): Promise<Omit<CommitResult, 'refused'>> =>
  s.subject.store.apply(write);

/** Puts a flow; every test begins with one. */
export async function put(s: Suite, over: Partial<FlowRecord> = {}, facts: readonly Fact[] = []): Promise<FlowRecord> {
  const flow = sample(s, over);
  await s.subject.commit([{ kind: 'putFlow', flow, facts }]);
  return flow;
}

/** Puts a flow that an incarnation owns at term 2. */
export async function putOwned(
  s: Suite,
  over: Partial<FlowRecord> = {},
): Promise<FlowRecord & { readonly owner: Incarnation }> {
  const owner = over.owner ?? incarnation(s);
  return { ...(await put(s, { status: 'Owned', term: 2, claims: 1, ...over, owner })), owner };
}

/** A flow that must be there. */
export async function read(s: Suite, flow: FlowId): Promise<FlowRecord> {
  const found = await s.subject.store.readFlow(flow);
  if (!found) throw new Error(`${flow} is not there`);
  return found;
}

/** The record without some of its members. */
export function without<K extends keyof FlowRecord>(flow: FlowRecord, ...names: K[]): Omit<FlowRecord, K> {
  const copy: Record<string, unknown> = { ...flow };
  for (const name of names) delete copy[name];
  return copy as unknown as Omit<FlowRecord, K>;
}

/** Why a worker was taken for dead. */
export const evidence: Evidence = { kind: 'silence', text: 'Its beat did not move for 3 s.' };

/** The record of a take-over. */
export const takeOver = (flow: FlowRecord): TakeOver => ({
  from: flow.owner ?? ('nobody' as Incarnation),
  fromWorker: 'worker-1',
  by: 'sweeper',
  evidence,
  status: 'Queued',
  oldTerm: flow.term,
  term: flow.term + 1,
  fromBreak: flow.seq,
  at: flow.position.at,
  when: T0,
});

/** A message for a flow at a term. */
export const flowMessage = (queue: string, flow: string, term = 1, needs = ''): Extract<Message, { kind: 'flow' }> => ({
  kind: 'flow',
  queue,
  flow: flow as FlowId,
  term,
  needs,
});

/** The lease of a worker of its own. */
export function lease(s: Suite, over: Partial<Lease> = {}): Lease {
  return {
    incarnation: incarnation(s),
    worker: s.fresh('worker'),
    kind: 'local',
    process: { bootId: 'boot', pid: 4711, startTime: '123456' },
    host: 'host-1',
    status: 'Connected',
    windowMs: 3_000,
    beat: 0,
    progress: 0,
    stalled: false,
    flows: [],
    places: 8,
    activities: ['extract', 'resize'],
    queues: ['default'],
    startedAt: T0,
    beatAt: T0,
    commands: [],
    ...over,
  };
}

/** Messages of one queue: asks until `want` have come, at most for some seconds of real time. */
export async function receive(
  s: Suite,
  queue: string,
  want = 1,
  over: { readonly visibilityMs?: number; readonly needs?: ReadonlySet<string>; readonly max?: number } = {},
): Promise<readonly Received[]> {
  const found: Received[] = [];
  for (let tries = 0; found.length < want && tries < 200; tries++) {
    const got = await s.subject.queue.receive({ queues: [queue], max: 10, waitMs: 0, visibilityMs: 60_000, ...over });
    found.push(...got);
    // A queue that is spread over hosts may answer short of what it holds: ask again a little later.
    if (got.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return found;
}

/** What is visible at this moment, asked once. */
export const peek = (s: Suite, queue: string): Promise<readonly Received[]> =>
  s.subject.queue.receive({ queues: [queue], max: 10, waitMs: 0, visibilityMs: 60_000 });
